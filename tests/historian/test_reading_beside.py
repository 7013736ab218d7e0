"""Other programs read the files while the service writes, merges and sums up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from historian.embedded.sizes import Sizes
from tests.historian.making import DAY, NOON, SECOND, entry
from tests.historian.places import merge_all

if TYPE_CHECKING:
    from pathlib import Path

    from tests.historian.places import Place

READER = """
import sqlite3, sys
import duckdb

folder = sys.argv[1]

def live(kind):
    # The catalogue says which files are live; the folder also holds some that are not.
    with sqlite3.connect(f"file:{folder}/catalogue.sqlite?mode=ro", uri=True) as catalogue:
        rows = catalogue.execute("SELECT file FROM segment WHERE kind = ?", [kind])
        return [f"{folder}/segments/{file}" for (file,) in rows]

def samples():
    while True:
        try:
            return duckdb.execute(
                "SELECT point, time_ns, arg_max(value, sequence) AS value "
                "FROM read_parquet(?) GROUP BY ALL ORDER BY ALL", [live("samples")]
            ).df()
        except duckdb.IOException:
            pass  # a file went between the two lines: the catalogue has its successor

print("ready", flush=True)
for line in sys.stdin:
    known = int(line)
    frame = samples()
    counted = frame[frame.point == 1].value.tolist()
    assert counted == list(range(1, len(counted) + 1)), counted
    assert len(counted) >= known, (len(counted), known)
    print(len(frame), flush=True)
"""
"""What an analyst would write, in a process of its own; the answer is a pandas table."""


class Beside:
    """The reader, in another process."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", READER, str(folder)]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self._line()

    def _line(self) -> str:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        assert line, "the reader has failed"
        return line

    def rows(self, known: int) -> int:
        """How many rows it sees; fails unless those up to ``known`` are among them."""
        assert self._child.stdin is not None
        self._child.stdin.write(f"{known}\n")
        self._child.stdin.flush()
        return int(self._line())

    def close(self) -> None:
        self._child.communicate(timeout=20)


@pytest.mark.system
async def test_duckdb_and_pandas_read_beside_the_running_service(place: Place) -> None:
    store = place.open(sizes=Sizes(fan_in=2, rows_per_file=50, minutes_per_file=20))
    beside = await asyncio.to_thread(Beside, place.path)

    async def write() -> None:
        for number in range(1, 81):
            seconds = (number // 20) * DAY // SECOND + number
            await store.append([entry(number, [0, 1, 2], seconds, number)])
            await store.flush()
            await merge_all(store)
            while await store.summarise(NOON + number // 20 * DAY):
                pass

    writing = asyncio.create_task(write())
    looks = 0
    while not writing.done():
        await asyncio.to_thread(beside.rows, store.through)
        looks += 1
    await writing
    assert looks > 5
    assert await asyncio.to_thread(beside.rows, 80) == 240
    await asyncio.to_thread(beside.close)
