"""The loops that keep the embedded store in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from historian.retention import Lifetimes
from telemetry.clock import SECOND
from telemetry.supervision import MissedTick, Ticker, keep_running

if TYPE_CHECKING:
    from collections.abc import Callable

    from historian.embedded.store import EmbeddedStore
    from historian.settings import HistorianSettings
    from telemetry.clock import Clock

ORDER_S = 3_600.0
"""Seconds between summing up days, thinning and forgetting; late samples come in crowds."""

GRACE_S = 3_600.0
"""Seconds after midnight UTC before a day counts as over."""


async def tend_store(store: EmbeddedStore, settings: HistorianSettings, clock: Clock) -> None:
    """Write segments and merge them; sum up days that are over; thin and forget what is too old.

    Args:
        store: the store.
        settings: how often segments are written, and how long readings are kept.
        clock: city time.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_write(store, settings, clock))
        tasks.create_task(_put_in_order(store, settings, clock))


async def _write(store: EmbeddedStore, settings: HistorianSettings, clock: Clock) -> None:
    ticker = Ticker(clock, settings.segment_s, MissedTick.SKIP, phase_s=settings.segment_s)

    async def run(well: Callable[[], None]) -> None:
        while True:
            await ticker.tick()
            await store.flush()
            while await store.compact():
                pass
            well()

    await keep_running("writing of the embedded store", run, clock)


async def _put_in_order(store: EmbeddedStore, settings: HistorianSettings, clock: Clock) -> None:
    ticker = Ticker(clock, ORDER_S, MissedTick.SKIP, phase_s=settings.segment_s)
    lifetimes = Lifetimes.of(settings, store.points)

    async def run(well: Callable[[], None]) -> None:
        while True:
            await ticker.tick()
            while await store.summarise(clock.now() - int(GRACE_S * SECOND)):
                pass
            while await store.retain(lifetimes.at(clock.now())):
                pass
            well()

    await keep_running("upkeep of the embedded store", run, clock)
