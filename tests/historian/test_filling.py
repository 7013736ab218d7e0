"""From the journal into a store: nothing is lost on the way and everything is counted."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from historian.embedded.store import EmbeddedStore
from historian.errors import StoreError
from historian.filling import fill_store
from historian.memory import MemoryStore
from historian.queries import RangeQuery
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.clock import VirtualClock
from tests.historian.making import NOON, SECOND, numbered_table, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from historian.entry import Entry
    from historian.journal.journal import Journal
    from historian.store import Store
    from telemetry.accounting import PathFigures
    from tests.historian.conftest import JournalFolder

POINTS = numbered_table(10)


def append(journal: Journal, second: int) -> int:
    return journal.append("a", Batch.of(range(10), NOON + second * SECOND, second))


class MoodyStore(MemoryStore):
    """Refuses three times, and the fourth time takes everything in but loses its answer."""

    calls = 0

    async def append(self, entries: Sequence[Entry]) -> int:
        self.calls += 1
        if self.calls <= 3:
            raise StoreError("the store is down")
        through = await super().append(entries)
        if self.calls == 4:
            raise StoreError("the answer was lost")
        return through


class Filling:
    """A running loop and its account."""

    def __init__(self, clock: VirtualClock, accounting: Accounting) -> None:
        self.clock = clock
        self._accounting = accounting

    def figures(self) -> PathFigures:
        figures = self._accounting.figures()["store:test"]
        assert figures.missing == 0
        return figures


@asynccontextmanager
async def filling(journal: Journal, store: Store) -> AsyncIterator[Filling]:
    clock, accounting = VirtualClock(), Accounting()
    loop = fill_store("test", journal, store, accounting=accounting, clock=clock)
    task = asyncio.create_task(loop)
    await asyncio.sleep(0)
    try:
        yield Filling(clock, accounting)
    finally:
        task.cancel()


async def seconds_of(store: Store) -> list[float]:
    series = await store.query(RangeQuery(3, 0, 2**62))
    return [float(value) for value in series.value]


async def test_everything_in_the_journal_reaches_the_store(folder: JournalFolder) -> None:
    journal = folder.open()
    append(journal, 0)
    store = MemoryStore(len(POINTS))
    async with filling(journal, store) as loop:
        for second in range(1, 5):
            append(journal, second)
        assert loop.figures().buffered == 50
        await until(lambda: loop.figures().stored == 50)
    assert await seconds_of(store) == [0, 1, 2, 3, 4]


async def test_a_store_that_fails_delays_and_loses_nothing_S1(folder: JournalFolder) -> None:
    journal = folder.open()
    store = MoodyStore(len(POINTS))
    async with filling(journal, store) as loop, asyncio.timeout(20):
        append(journal, 0)
        await until(lambda: store.calls == 1)
        append(journal, 1)
        assert (loop.figures().stored, loop.figures().buffered) == (0, 20)
        while loop.figures().stored < 20:
            await loop.clock.advance(0.1)
            await asyncio.sleep(0.001)
    assert store.calls >= 5
    assert await seconds_of(store) == [0, 1]


async def test_the_mark_waits_until_a_segment_is_written(
    folder: JournalFolder, tmp_path: Path
) -> None:
    journal = folder.open()
    store = EmbeddedStore(tmp_path / "store", POINTS)
    async with filling(journal, store) as loop:
        append(journal, 0)
        await until(lambda: store.taken == 1)
        assert (loop.figures().stored, loop.figures().buffered) == (0, 10)
        await store.flush()
        append(journal, 1)
        await until(lambda: loop.figures().stored == 10)
        assert loop.figures().buffered == 10
    await store.close()


async def test_a_crash_between_memory_and_segment_is_made_good_by_the_journal_S5(
    folder: JournalFolder, tmp_path: Path
) -> None:
    journal = folder.open()
    store = EmbeddedStore(tmp_path / "store", POINTS)
    await store.append([])
    for second in range(3):
        append(journal, second)
    await store.append(journal.read(1, 20))
    await store.flush()  # 0 and 1 are in a segment, the mark has not moved
    await store.append(journal.read(3, 100))  # 2 is in memory only
    folder.crash()
    await abandon(store, tmp_path)
    again = EmbeddedStore(tmp_path / "crashed", POINTS)
    journal = folder.open(after=again.through)
    async with filling(journal, again) as loop:
        assert loop.figures().received == 30
        await until(lambda: loop.figures().stored == 20)
        assert await seconds_of(again) == [0, 1, 2]
    await again.close()


async def abandon(store: EmbeddedStore, tmp_path: Path) -> None:
    """Leave the files as they are now, as a killed process would."""
    await asyncio.to_thread(shutil.copytree, tmp_path / "store", tmp_path / "crashed")
    await store.close()
