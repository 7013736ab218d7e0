"""The historian as a whole, in trouble: slow stores, jumping clocks, pauses, little memory."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from historian.embedded.store import EmbeddedStore
from historian.embedded.tending import tend_store
from historian.errors import StoreFullError
from historian.filling import fill_store
from historian.intake import JournalledIntake
from historian.journal.disk import Disk
from historian.memory import MemoryStore
from historian.queries import RangeQuery
from historian.settings import HistorianSettings
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.bus import LocalBus
from telemetry.clock import RealClock, VirtualClock
from tests.historian.making import NOON, SECOND, numbered_table, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence
    from pathlib import Path

    from historian.entry import Entry
    from tests.historian.conftest import JournalFolder

POINTS = numbered_table(10)
HOUR = 3600


class WallClock(VirtualClock):
    """A clock that somebody sets, and a process that is paused."""

    set_by_s = 0

    def now(self) -> int:
        return super().now() + self.set_by_s * SECOND

    def leap(self, seconds: float) -> None:
        """The process did not run for so long: nobody was woken in time."""
        self._elapsed += seconds


class FlushCountingStore(EmbeddedStore):
    """Counts how often its memory is written down."""

    flushes = 0

    async def flush(self) -> None:
        self.flushes += 1
        await super().flush()


class SlowStore(MemoryStore):
    """Takes five seconds for every write."""

    def __init__(self, points: int, clock: VirtualClock) -> None:
        super().__init__(points)
        self._clock = clock

    async def append(self, entries: Sequence[Entry]) -> int:
        if entries:
            await self._clock.sleep_until(self._clock.monotonic() + 5)
        return await super().append(entries)


class FullStore(MemoryStore):
    """Its disk is full for some attempts."""

    failures = 0

    async def append(self, entries: Sequence[Entry]) -> int:
        if entries and self.failures < 6:
            self.failures += 1
            raise StoreFullError("no space is left for a segment")
        return await super().append(entries)


def batch(time_ns: int, value: float) -> Batch:
    return Batch.of(range(10), time_ns, value)


async def values_of(store: MemoryStore | EmbeddedStore) -> list[float]:
    series = await store.query(RangeQuery(3, 0, 2**62))
    return [float(value) for value in series.value]


@asynccontextmanager
async def running(*loops: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_store_that_takes_5_s_a_write_slows_nobody_else_S2(folder: JournalFolder) -> None:
    journal, clock, accounting = folder.open(), VirtualClock(), Accounting()
    quick, slow = MemoryStore(len(POINTS)), SlowStore(len(POINTS), clock)
    intake = JournalledIntake(journal, LocalBus(), POINTS, accounting)

    def figures(name: str) -> tuple[int, int]:
        found = accounting.figures()[f"store:{name}"]
        assert found.missing == 0
        return found.stored, found.buffered

    async with running(
        fill_store("quick", journal, quick, accounting=accounting, clock=clock),
        fill_store("slow", journal, slow, accounting=accounting, clock=clock),
    ):
        for second in range(12):
            await intake.accept("a", batch(NOON + second * SECOND, second))
            await until(lambda: figures("quick")[1] == 0)
            await clock.advance(1.0)
        assert figures("quick") == (120, 0)
        assert figures("slow")[1] > 0
        async with asyncio.timeout(20):
            while figures("slow")[1]:
                await clock.advance(1.0)
                await asyncio.sleep(0.001)
    assert await values_of(slow) == await values_of(quick) == list(range(12))


async def test_a_store_that_finds_the_disk_full_is_given_the_reserve_and_goes_on_S3(
    folder: JournalFolder,
) -> None:
    journal, clock, accounting = folder.open(reserve_mib=1), VirtualClock(), Accounting()
    store = FullStore(len(POINTS))
    async with running(fill_store("s", journal, store, accounting=accounting, clock=clock)):
        journal.append("a", batch(NOON, 1))
        async with asyncio.timeout(20):
            while accounting.figures()["store:s"].buffered:
                await clock.advance(30.0)
                await asyncio.sleep(0.001)
    assert journal.figures().reserve_bytes == journal.figures().whole_reserve_bytes / 2
    assert await values_of(store) == [1]


@pytest.mark.parametrize(
    "set_by_s",
    [pytest.param(HOUR, id="S7-one-hour-on"), pytest.param(-HOUR, id="S7-one-hour-back")],
)
async def test_setting_the_wall_clock_moves_no_reading_and_no_interval(
    folder: JournalFolder, tmp_path: Path, set_by_s: int
) -> None:
    journal, clock, accounting = folder.open(), WallClock(), Accounting()
    store = FlushCountingStore(tmp_path / "store", POINTS)
    settings = HistorianSettings(segment_s=10)
    given: list[tuple[int, float]] = []
    async with running(
        fill_store("e", journal, store, accounting=accounting, clock=clock),
        tend_store(store, settings, clock),
        journal.keep_synced(clock),
    ):
        for second in range(60):
            clock.set_by_s = set_by_s if 20 <= second < 40 else 0
            given.append((clock.now(), second))
            journal.append("a", batch(clock.now(), second))
            await until(lambda: store.taken == journal.last)
            await clock.advance(1.0)
        assert store.flushes == 6
        assert 150 < journal.figures().growth_bytes_per_s < 350
    series = await store.query(RangeQuery(3, 0, 2**62))
    found = list(zip(series.time.tolist(), series.value.tolist(), strict=True))
    assert found == sorted(given)
    newest = await store.latest(np.array([3], np.int32))
    assert (int(newest.time[0]), float(newest.value[0])) == max(given)
    await store.close()


async def test_after_a_pause_of_60_s_the_disk_is_not_flooded_S8(
    folder: JournalFolder, tmp_path: Path
) -> None:
    syncs = 0

    def sync(_: int) -> None:
        nonlocal syncs
        syncs += 1

    journal, clock, accounting = folder.open(disk=Disk(sync=sync)), WallClock(), Accounting()
    store = FlushCountingStore(tmp_path / "store", POINTS)
    settings = HistorianSettings(segment_s=5)
    async with running(
        fill_store("e", journal, store, accounting=accounting, clock=clock),
        tend_store(store, settings, clock),
        journal.keep_synced(clock),
    ):
        journal.append("a", batch(clock.now(), 1))
        await until(lambda: store.taken == 1)
        await until(lambda: syncs == 1)
        clock.leap(60)
        for value in range(2, 5):  # what piled up outside comes in at once
            journal.append("a", batch(clock.now(), value))
        await clock.advance(0.5)
        await until(lambda: syncs == 2)
        await until(lambda: store.taken == 4)
        await clock.advance(4.0)
        assert (syncs, store.flushes) == (2, 1)
    assert accounting.figures()["store:e"].missing == 0
    await store.close()


async def test_what_was_taken_in_before_an_end_under_load_is_in_the_store_S10(
    folder: JournalFolder, tmp_path: Path
) -> None:
    journal, accounting, clock = folder.open(), Accounting(), RealClock()
    store = EmbeddedStore(tmp_path / "store", POINTS)
    intake = JournalledIntake(journal, LocalBus(), POINTS, accounting)
    async with running(
        fill_store("e", journal, store, accounting=accounting, clock=clock),
        tend_store(store, HistorianSettings(segment_s=0.05), clock),
        journal.keep_synced(clock),
    ):
        for value in range(500):
            await intake.accept("a", batch(NOON + value * SECOND, value))
    async with asyncio.timeout(10):
        await store.close()
        journal.close()
    again = EmbeddedStore(tmp_path / "store", POINTS)
    journal = folder.open(after=again.through)
    async with running(fill_store("e", journal, again, accounting=Accounting(), clock=clock)):
        await until(lambda: again.taken == journal.last)
    assert await values_of(again) == list(range(500))
    await again.close()


@pytest.mark.system
def test_512_mib_are_enough_for_the_design_load_and_an_hours_backlog_S9(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.historian.small_memory", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["latest"] == found["points"]
    assert found["stored"] == found["received"]
    assert found["fed"] == found["received"]
    assert found["peak_mib"] < 512
