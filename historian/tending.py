"""The loop that keeps the embedded store in order: writes segments, merges and prunes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry.clock import SECOND
from telemetry.supervision import MissedTick, Ticker, keep_running

if TYPE_CHECKING:
    from collections.abc import Callable

    from historian.embedded.store import EmbeddedStore
    from historian.settings import HistorianSettings
    from telemetry.clock import Clock


async def tend_store(store: EmbeddedStore, settings: HistorianSettings, clock: Clock) -> None:
    """Every ``segment_s``: write a segment, merge what is due, forget what is too old.

    Args:
        store: the store.
        settings: how often, and how long readings are kept.
        clock: city time.
    """
    ticker = Ticker(clock, settings.segment_s, MissedTick.SKIP, phase_s=settings.segment_s)
    keep_ns = int(settings.keep_days * 86_400 * SECOND)

    async def run(well: Callable[[], None]) -> None:
        while True:
            await ticker.tick()
            await store.flush()
            while await store.compact():
                pass
            await store.prune(clock.now() - keep_ns)
            well()

    await keep_running("tending of the embedded store", run, clock)
