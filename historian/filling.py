"""The loop that carries readings from the journal into a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from historian.errors import StoreFullError
from telemetry.supervision import keep_running

if TYPE_CHECKING:
    from collections.abc import Callable

    from historian.entry import Entry
    from historian.journal.journal import Journal
    from historian.store import Store
    from telemetry.accounting import Accounting
    from telemetry.clock import Clock
    from telemetry.supervision import Backoff

MOST_ROWS = 100_000
"""Samples carried in one go: enough to be quick, few enough to keep other tasks alive."""

PATIENCE_S = 1.0
"""Seconds without news after which the store is asked how far it has got."""


async def fill_store(
    name: str,
    journal: Journal,
    store: Store,
    *,
    accounting: Accounting,
    clock: Clock,
    backoff: Backoff | None = None,
) -> None:
    """Carry readings from the journal into the store for ever.

    The mark moves only as far as the store says that it could answer after a crash; what is
    behind it stays in the journal and is given again after a restart. A store that fails is
    tried again with growing pauses while the journal holds what comes in; one that finds the
    disk full is given some of the journal's reserve.

    Args:
        name: names the account and the reader, ``store:<name>``.
        journal: where readings come from.
        store: where they go.
        accounting: the account's ``stored`` are samples behind which the mark lies,
            ``buffered`` those that stand in the journal before it.
        clock: paces the pauses after failures.
        backoff: pauses between attempts.
    """
    reader = journal.reader(f"store:{name}")
    account = accounting.open(f"store:{name}", lambda: reader.waiting)
    reader.keep_account(account)
    pending: list[Entry] = []

    async def run(well: Callable[[], None]) -> None:
        nonlocal pending
        while True:
            pending = pending or await reader.receive(MOST_ROWS, PATIENCE_S)
            try:
                reader.advance(await store.append(pending))
            except StoreFullError:
                journal.make_room()
                raise
            pending = []
            well()

    await keep_running(f"store {name}", run, clock, backoff)
