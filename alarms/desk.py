"""What the console sees of the alarms: list, count, acknowledge, follow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms.acknowledgement import AcknowledgeRequest
from alarms.alarm import AlarmChange
from records.alarm_rows import AlarmFilter
from telemetry.bus import Overflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alarms.acknowledgement import Answer
    from alarms.engine import AlarmEngine
    from alarms.journal import AlarmJournal
    from alarms.settings import Priority
    from alarms.view import AlarmView, AlarmViews
    from records.alarm_rows import AlarmRow
    from telemetry.bus import Bus, Subscription

MOST_ROWS = 1_000
_WAITING_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """A page of the alarm list, newest first.

    Attributes:
        items: the alarms.
        next: cursor of the following page, or None on the last one.
    """

    items: tuple[AlarmView, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    """Open alarms by priority, each priority present.

    Attributes:
        unacknowledged: wait for somebody.
        acknowledged: active, and somebody knows.
    """

    unacknowledged: Mapping[Priority, int]
    acknowledged: Mapping[Priority, int]


class AlarmDesk:
    """The operators' access to the alarms.

    Args:
        engine: decides acknowledgements and knows what stands.
        journal: the list.
        changes: where the engine publishes.
        views: dresses rows for people.
    """

    def __init__(
        self,
        engine: AlarmEngine,
        journal: AlarmJournal,
        changes: Bus[AlarmChange],
        views: AlarmViews,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._changes = changes
        self._views = views

    async def list(
        self, state: AlarmFilter = AlarmFilter.ACTIVE, limit: int = 100, cursor: str | None = None
    ) -> AlarmPage:
        """A page of the alarm list.

        Args:
            state: which alarms.
            limit: rows at most; held between 1 and :data:`MOST_ROWS`.
            cursor: ``next`` of the page before.

        Raises:
            CursorError: the cursor was not handed out by this list.
            AdapterError: the journal failed.
        """
        limit = max(1, min(limit, MOST_ROWS))
        page = await asyncio.to_thread(self._journal.page, state, limit, cursor)
        return AlarmPage(tuple(self.view(row) for row in page.rows), page.next)

    async def get(self, alarm_id: str) -> AlarmView:
        """One alarm.

        Raises:
            UnknownAlarmError: there is no such alarm.
        """
        return self.view(await asyncio.to_thread(self._journal.get, alarm_id))

    def counts(self) -> AlarmCounts:
        """Open alarms by priority."""
        standing = self._engine.standing
        return AlarmCounts(standing.unacknowledged(), standing.acknowledged())

    async def acknowledge(
        self, alarm_id: str, *, version: int, user: str, note: str | None = None
    ) -> Answer:
        """Say that somebody has seen an alarm.

        Of two who do so at once, one is :class:`~alarms.acknowledgement.Acknowledged`; the
        other learns who was faster.

        Args:
            alarm_id: which alarm.
            version: as the operator saw it.
            user: who.
            note: what they wrote.

        Raises:
            AdapterError: the journal failed; the alarm is as it was.
        """
        return await self._engine.acknowledge(AcknowledgeRequest(alarm_id, version, user, note))

    def view(self, row: AlarmRow) -> AlarmView:
        """A row as it is shown."""
        return self._views.view(row, stale=self._engine.standing.is_lost(row.id))

    def changes(self, name: str) -> Subscription[AlarmChange]:
        """Follow the alarms; dress ``message.after`` with :meth:`view`.

        Args:
            name: stands for the reader; a slow one loses the oldest changes.
        """
        return self._changes.subscribe(
            name, capacity=_WAITING_CHANGES, overflow=Overflow.DROP_OLDEST
        )
