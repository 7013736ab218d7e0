"""The alarms as they may be shown: only what has been journalled; pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from alarms.levels import priority_of
from records.alarm_rows import AlarmEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alarms.alarm import AlarmChange
    from alarms.settings import Priority
    from records.alarm_rows import AlarmRow


class Standing:
    """Open alarms by id, and which of them have lost their data."""

    def __init__(self, rows: Iterable[AlarmRow] = (), lost: Iterable[str] = ()) -> None:
        self._rows: dict[str, AlarmRow] = {row.id: row for row in rows}
        self._lost: set[str] = set(lost)

    def take(self, changes: Iterable[AlarmChange]) -> None:
        """Show changes that have been journalled."""
        for change in changes:
            row = change.after
            if row.state.open:
                self._rows[row.id] = row
            else:
                self._rows.pop(row.id, None)
            if change.transition.event is AlarmEvent.LOST:
                self._lost.add(row.id)
            elif change.transition.event is AlarmEvent.REGAINED or not row.state.active:
                self._lost.discard(row.id)

    def is_lost(self, alarm_id: str) -> bool:
        """Whether an alarm's data are lost."""
        return alarm_id in self._lost

    def unacknowledged(self) -> Mapping[Priority, int]:
        """How many alarms wait for an acknowledgement, by priority."""
        waiting = (r.priority for r in self._rows.values() if not r.state.acknowledged)
        return _by_priority(Counter(waiting))

    def acknowledged(self) -> Mapping[Priority, int]:
        """How many active alarms have been acknowledged, by priority."""
        seen = (r.priority for r in self._rows.values() if r.state.acknowledged)
        return _by_priority(Counter(seen))


def _by_priority(counts: Mapping[int, int]) -> dict[Priority, int]:
    return {priority_of(number): counts.get(number, 0) for number in range(1, 5)}
