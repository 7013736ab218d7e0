"""kill -9 at the moments that hurt: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from historian.embedded.store import EmbeddedStore
from historian.filling import fill_store
from historian.journal.journal import Journal
from historian.queries import RangeQuery
from telemetry.accounting import Accounting
from telemetry.clock import RealClock
from tests.historian.lives import LIFE_S, Historian, Lives
from tests.historian.making import NOON, SECOND, until
from tests.historian.writing_child import POINTS

HISTORIAN = Path(__file__).parents[2] / "historian"
MOMENTS = {
    "before-a-frame-is-written": "journal/writer.py:write:60",
    "after-a-frame-before-its-sync": "journal/writer.py:sync:60",
    "when-a-journal-segment-is-full": "journal/spool.py:_retire:1",
    "before-a-mark-is-saved": "journal/marks.py:save_mark:3",
    "before-passed-segments-go": "journal/spool.py:remove_upto:2",
    "before-a-segment-is-written": "embedded/parquet.py:_copy:2",
    "after-a-segment-before-the-catalogue": "embedded/catalogue.py:apply:3",
    "after-the-catalogue": "embedded/live.py:after:6",
    "in-the-middle-of-merging": "embedded/files.py:samples_of_points:2",
    "after-a-listing-before-replaced-files-go": "embedded/segments.py:_sweep:6",
}


@pytest.mark.system
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=[f"S5-{name}" for name in MOMENTS])
async def test_every_acknowledged_batch_is_there_once_after_kill_nine(
    tmp_path: Path, moment: str
) -> None:
    acknowledged = await asyncio.to_thread(_write_until_killed, tmp_path, moment)
    assert len(acknowledged) > 10
    store = EmbeddedStore(tmp_path / "store", POINTS)
    journal = Journal(tmp_path / "journal", POINTS, after=store.through)
    accounting = Accounting()
    loop = fill_store("e", journal, store, accounting=accounting, clock=RealClock())
    task = asyncio.create_task(loop)
    await asyncio.sleep(0)
    figures = accounting.figures()["store:e"]
    assert figures.received == figures.buffered
    await until(lambda: store.taken >= journal.last)
    series = await store.query(RangeQuery(0, 0, 2**62))
    found = series.value.tolist()
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= acknowledged[-1]
    await store.flush()
    await until(lambda: accounting.figures()["store:e"].buffered == 0)
    assert accounting.figures()["store:e"].missing == 0
    task.cancel()
    await store.close()
    journal.close()


def test_every_moment_is_one_that_the_code_has() -> None:
    for moment in MOMENTS.values():
        file, function, _ = moment.split(":")
        source = (HISTORIAN / file).read_text(encoding="utf-8")
        assert re.search(rf"def {function}\(", source), f"{file} has no {function} any more"


KILLS = 50


@pytest.mark.system
async def test_fifty_kills_at_random_moments_lose_nothing_that_was_acknowledged_S5(
    tmp_path: Path,
) -> None:
    lives, chance = Lives(tmp_path), random.Random(20_260_101)
    for kill in range(KILLS):
        # Every fifth is killed while it starts, and perhaps recovers from the one before.
        once_open, delay = kill % 5 > 0, chance.uniform(0.0, 0.3)
        ended = await asyncio.to_thread(lives.live_and_die, delay, once_open=once_open)
        assert ended == -signal.SIGKILL
    assert sum(lives.acknowledged) > 300
    kept = await _what_is_kept(tmp_path)
    for life, acknowledged in enumerate(lives.acknowledged):
        numbers = kept.get(life, [])
        assert numbers == list(range(1, len(numbers) + 1)), "in order, each once, without a hole"
        assert len(numbers) >= acknowledged


async def _what_is_kept(directory: Path) -> dict[int, list[int]]:
    """The batches that a last start finds, by life; its account must be whole as well."""
    historian = Historian.open(directory)
    kept: dict[int, list[int]] = {}
    async with asyncio.TaskGroup() as tasks:
        loops = historian.run_in(tasks)
        await until(lambda: historian.store.taken >= historian.journal.last)
        await historian.store.flush()
        await until(lambda: historian.accounting.figures()["store:e"].buffered == 0)
        assert historian.missing() == {}
        series = await historian.store.query(RangeQuery(0, 0, 2**62))
        for loop in loops:
            loop.cancel()
    for time, value in zip(series.time.tolist(), series.value.tolist(), strict=True):
        kept.setdefault((time - NOON) // SECOND // LIFE_S, []).append(int(value))
    await historian.store.close()
    historian.journal.close()
    return kept


def _write_until_killed(directory: Path, moment: str) -> list[int]:
    command = [sys.executable, "-m", "tests.historian.writing_child", str(directory), moment]
    child = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL
    return [int(line) for line in child.stdout.split()]
