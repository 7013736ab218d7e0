"""What must be tidied now and then: logins that are over, messages that were sent long ago."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telemetry.clock import SECOND
from telemetry.supervision import Ticker, keep_running

if TYPE_CHECKING:
    from collections.abc import Callable

    from records.opening import Records
    from telemetry.clock import Clock

_EVERY_S = 60.0
_KEEP_MESSAGES_S = 30 * 86_400.0
_RESERVE_BYTES = 8 * 1024 * 1024
"""Of the disk, kept for the records: some ten thousand alarms on a disk that others filled."""


async def keep_house(records: Records, machine: Clock) -> None:
    """Every minute: end overdue logins, forget settled messages, keep a reserve of the disk.

    Args:
        records: logins and messages.
        machine: real time; people and receivers do not live in city time.
    """
    ticker = Ticker(machine, _EVERY_S)

    async def run(well: Callable[[], None]) -> None:
        while True:
            await ticker.tick()
            await asyncio.to_thread(tidy, records, machine.now())
            well()

    await keep_running("housekeeping", run, machine)


def tidy(records: Records, now_ns: int) -> None:
    """End overdue logins, forget messages settled a month ago, top the reserve up. Blocks."""
    records.users.end_overdue(now_ns)
    records.outbox.forget(now_ns - round(_KEEP_MESSAGES_S * SECOND))
    records.keep_reserve(_RESERVE_BYTES)
