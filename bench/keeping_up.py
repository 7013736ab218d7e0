"""What it takes to keep 50,000 readings a second: journal and embedded store, nothing else.

The readings of a second come in twenty batches, without pauses; the processor time over the
city seconds that passed is the share of a core that the live historian needs. It runs in a
process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.city import large_city
from bench.readings import batches
from bench.rows import Row, row
from historian.embedded.store import EmbeddedStore
from historian.filling import fill_store
from historian.intake import JournalledIntake
from historian.journal.journal import Journal
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.bus import LocalBus
from telemetry.clock import RealClock

_POINTS = 50_000
_SECONDS = 120
_BATCHES = 20
_DIFFERENT = 8
_FLUSH_EVERY = 60


def measure() -> list[Row]:
    """Share of a core, longest put, and whether everything came back."""
    found = json.loads(
        subprocess.run(
            [sys.executable, "-m", "bench.keeping_up"], check=True, capture_output=True, text=True
        ).stdout
    )
    what = "journal and embedded store, 50,000 points at 1 s"
    whole = found["stored"] == _POINTS * _SECONDS
    share, copied = found["share"], found["copied"]
    goal = "under 15 % of one core, nothing missing; beside it the readings copied once in memory"
    rows = [row(what, share, copied, "% of a core", goal, met=share < 15 and whole)]
    p99, written = found["put_p99_ms"], found["write_ms"]
    goal = "under 30 ms; beside it the same bytes written to a file"
    return [*rows, row("put of 2,500 samples, p99", p99, written, "ms", goal, met=p99 < 30)]


async def _kept(folder: Path) -> dict[str, float]:
    points = large_city(_POINTS).points
    journal = Journal(folder / "journal", points)
    store = EmbeddedStore(folder / "store", points)
    accounting = Accounting()
    intake = JournalledIntake(journal, LocalBus[Batch](), points, accounting)
    loops = [
        asyncio.create_task(loop)
        for loop in (
            fill_store("embedded", journal, store, accounting=accounting, clock=RealClock()),
            journal.keep_synced(RealClock()),
        )
    ]
    seconds = [_split(batch) for batch in batches(_POINTS, _DIFFERENT)]
    puts = []
    began = time.process_time()
    for second in range(_SECONDS):
        shift = (second - second % _DIFFERENT) * 1_000_000_000
        for part in seconds[second % _DIFFERENT]:
            batch = Batch(part.point, part.time + shift, part.value, part.quality)
            put = time.perf_counter()
            await intake.accept("bench", batch)
            puts.append(time.perf_counter() - put)
            await asyncio.sleep(0)
        if second % _FLUSH_EVERY == _FLUSH_EVERY - 1:
            await store.flush()
    while accounting.figures()["store:embedded"].buffered:
        await store.flush()
        await asyncio.sleep(0.01)
    share = 100 * (time.process_time() - began) / _SECONDS
    stored = accounting.figures()["store:embedded"].stored
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await store.close()
    journal.close()
    return {"share": share, "put_p99_ms": 1e3 * float(np.quantile(puts, 0.99)), "stored": stored}


def _split(batch: Batch) -> list[Batch]:
    rows = len(batch) // _BATCHES
    return [batch.take(np.arange(n * rows, (n + 1) * rows)) for n in range(_BATCHES)]


def _copied() -> float:
    """Percent of a core for copying every second's readings once."""
    second = next(batches(_POINTS, 1))
    began = time.process_time()
    for _ in range(_SECONDS):
        second.take(np.arange(len(second)))
    return 100 * (time.process_time() - began) / _SECONDS


def _written(folder: Path) -> float:
    """Milliseconds, p99, for writing as many bytes to a file."""
    content = bytes(2_500 * 21)
    took = []
    with (folder / "plain").open("wb", buffering=0) as file:
        for _ in range(_SECONDS * _BATCHES):
            began = time.perf_counter()
            file.write(content)
            took.append(time.perf_counter() - began)
    return 1e3 * float(np.quantile(took, 0.99))


def main() -> None:
    """One run in this process; prints its figures as JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = asyncio.run(_kept(folder))
        print(json.dumps({**figures, "copied": _copied(), "write_ms": _written(folder)}))


if __name__ == "__main__":
    main()
