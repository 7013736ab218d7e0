"""Segments are written, merged and pruned by city time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.queries import RangeQuery
from historian.settings import HistorianSettings
from historian.tending import tend_store
from telemetry.clock import VirtualClock
from tests.historian.making import NOON, entry, numbered_table, until

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_segment_is_written_every_five_minutes_and_old_readings_go(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path, numbered_table(1), sizes=Sizes(fan_in=2))
    clock = VirtualClock(NOON)
    settings = HistorianSettings(segment_s=300, keep_days=1)
    task = asyncio.create_task(tend_store(store, settings, clock))
    await store.append([entry(1, [0, 0], [-90_000, -3600], [1, 2])])
    await clock.advance(299)
    assert store.through == 0
    await clock.advance(2)
    await until(lambda: store.through == 1)
    await store.append([entry(2, [0], 301, 3)])
    segments = tmp_path / "segments"
    await until(lambda: len(list(segments.glob("*.parquet"))) == 1)  # yesterday's is gone
    await clock.advance(300)
    await until(lambda: store.through == 2)
    await until(lambda: [p.name.split("-")[3] for p in segments.glob("*.parquet")] == ["l1"])
    assert (await store.query(RangeQuery(0, 0, 2**62))).value.tolist() == [2, 3]
    task.cancel()
    await store.close()
