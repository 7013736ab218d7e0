"""The loop that carries readings from the journal to an InfluxDB, live ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from historian.journal.live_first import LIVE_ROWS
from telemetry.supervision import keep_running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from historian.entry import Entry
    from historian.influx.writer import InfluxWriter
    from historian.journal.journal import Journal
    from telemetry.accounting import Accounting
    from telemetry.clock import Clock
    from telemetry.supervision import Backoff

PATIENCE_S = 1.0
"""Seconds to wait for readings before looking again."""


async def feed_influx(
    name: str,
    journal: Journal,
    writer: InfluxWriter,
    *,
    accounting: Accounting,
    clock: Clock,
    seen: Callable[[Sequence[Entry]], None] = lambda _: None,
    live_rows: int = LIVE_ROWS,
    backoff: Backoff | None = None,
) -> None:
    """Carry readings from the journal to the server for ever.

    The mark moves only on the server's answer. While the server is away the journal holds what
    comes in; once it is back, live readings go first and the rest follows, oldest first.

    Args:
        name: names the account and the reader, ``store:<name>``.
        journal: where readings come from.
        writer: where they go.
        accounting: ``stored`` are samples that the server has, ``rejected`` those that it refused
            for good, ``buffered`` those that stand in the journal.
        clock: paces the pauses when the journal fails.
        seen: told of entries that the server has; an :class:`InfluxStore` that answers the
            service's questions wants to know of them.
        live_rows: live readings jump ahead once the server is more than twice as many samples
            behind.
        backoff: pauses between attempts when the journal fails.
    """
    reader = journal.live_first_reader(f"store:{name}", live_rows)
    account = accounting.open(f"store:{name}", lambda: reader.waiting)
    reader.keep_account(account)

    async def run(well: Callable[[], None]) -> None:
        while True:
            portion = await reader.receive(writer.lot_rows, PATIENCE_S)
            if portion is None:
                continue
            rejected = await writer.deliver(portion.entries)
            for reason, samples in rejected.items():
                reader.reject(samples, reason)
            reader.acknowledge(portion)
            seen(portion.entries)
            well()

    await keep_running(f"feeding of {name}", run, clock, backoff)
