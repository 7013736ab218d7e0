"""Segments are written, merged, summed up, thinned and forgotten by city time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.embedded.tending import tend_store
from historian.queries import BucketQuery
from historian.settings import HistorianSettings, Retention
from telemetry.clock import VirtualClock
from telemetry.kinds import Kind
from tests.historian.making import DAY, NOON, SECOND, entry, numbered_table, until
from tests.historian.places import values

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

MIDNIGHT_S = 12 * 3600


class Tended:
    """A store whose tending has begun."""

    def __init__(self, directory: Path, settings: HistorianSettings) -> None:
        self.store = EmbeddedStore(directory, numbered_table(1), sizes=Sizes(fan_in=2), hot_s=1e-9)
        self.clock = VirtualClock(NOON)
        self.segments = directory / "segments"
        self.tending = asyncio.create_task(tend_store(self.store, settings, self.clock))

    def files(self, level: str) -> list[str]:
        return [path.name for path in self.segments.glob("*.parquet") if level in path.name]

    async def hours_until(self, condition: Callable[[], bool], step_s: float = 900.0) -> float:
        """Let time pass until something has come about; returns the hours since noon."""
        async with asyncio.timeout(20):
            while not condition():
                await self.clock.advance(step_s)
                await asyncio.sleep(0.01)  # the store works in threads
        return (self.clock.now() - NOON) / (3600 * SECOND)

    async def close(self) -> None:
        self.tending.cancel()
        await self.store.close()


@pytest.fixture
async def tended(tmp_path: Path) -> AsyncIterator[Tended]:
    kinds = {Kind.PRESSURE: Retention(raw_days=3, keep_days=30)}
    tended = Tended(tmp_path, HistorianSettings(segment_s=300, kinds=kinds))
    yield tended
    await tended.close()


async def test_a_segment_is_written_every_five_minutes_and_merged(tended: Tended) -> None:
    await tended.store.append([entry(1, [0, 0], [1, 2], [1, 2])])
    await tended.clock.advance(299)
    assert tended.store.through == 0
    await tended.clock.advance(2)
    await until(lambda: tended.store.through == 1)
    await tended.store.append([entry(2, [0], 301, 3)])
    await tended.clock.advance(300)
    await until(lambda: bool(tended.files("-l1-")) and not tended.files("-l0-"))
    assert await values(tended.store) == [1, 2, 3]


async def test_a_day_is_summed_up_an_hour_after_its_end(tended: Tended) -> None:
    await tended.store.append([entry(1, [0, 0], [1, MIDNIGHT_S + 1], [1, 2])])
    await tended.hours_until(lambda: bool(tended.files("2026-01-02")))
    hours = await tended.hours_until(lambda: bool(tended.files("-m0-")))
    assert hours > 13
    assert {name[:10] for name in tended.files("-m0-")} == {"2026-01-01"}


async def test_samples_go_after_their_time_and_minutes_after_theirs(tended: Tended) -> None:
    await tended.store.append([entry(1, [0, 0], [-86_400 * 20, 1], [1, 2])])
    await tended.hours_until(lambda: bool(tended.files("-m0-")))
    await tended.hours_until(lambda: len(tended.files("-l")) == 1)
    assert await values(tended.store) == [2]
    weeks = BucketQuery(0, NOON - 30 * DAY, NOON + DAY, 7 * DAY)
    assert (await tended.store.query(weeks)).count.sum() == 2
    hours = await tended.hours_until(lambda: len(tended.files("-l")) == 0, 6 * 3600)
    assert hours > 84
    hours = await tended.hours_until(lambda: len(tended.files("-m")) == 1, 6 * 3600)
    assert hours > 240
    assert (await tended.store.query(weeks)).count.sum() == 1
