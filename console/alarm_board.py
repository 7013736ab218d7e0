"""The open alarms, kept in memory for the pages and told to every screen when they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alarms.settings import Priority
from console.pages.cells import AlarmMark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarms.view import AlarmView


@dataclass(slots=True, eq=False)
class AlarmBoard:
    """Open alarms by id."""

    _open: dict[str, AlarmView] = field(default_factory=dict)

    def take(self, alarm: AlarmView) -> bool:
        """Learn how an alarm stands; what is older than what is known is ignored.

        Returns:
            Whether that was news.
        """
        known = self._open.get(alarm.id)
        if known is not None and known.version >= alarm.version:
            return False
        if alarm.state.open:
            self._open[alarm.id] = alarm
            return True
        return self._open.pop(alarm.id, None) is not None

    def missing_from(self, open_ids: Iterable[str]) -> list[str]:
        """Alarms that stand here but are not open any more, because a change was lost."""
        return list(self._open.keys() - set(open_ids))

    def alarms(self) -> list[AlarmView]:
        """Open alarms, most urgent first."""
        return sorted(self._open.values(), key=urgency)

    def marks(self) -> dict[str, AlarmMark]:
        """By point name: what its worst open alarm does to its looks."""
        marks: dict[str, AlarmMark] = {}
        for alarm in self._open.values():
            mark = AlarmMark(alarm.priority.number, not alarm.state.acknowledged)
            marks[alarm.point] = worse(mark, marks.get(alarm.point))
        return marks

    def counts(self) -> dict[str, dict[str, int]]:
        """By priority number: how many are ``active`` and how many ``unacknowledged``."""
        counts = {str(p.number): {"active": 0, "unacknowledged": 0} for p in Priority}
        for alarm in self._open.values():
            of_priority = counts[str(alarm.priority.number)]
            of_priority["active"] += alarm.state.active
            of_priority["unacknowledged"] += not alarm.state.acknowledged
        return counts


def worse(mark: AlarmMark, other: AlarmMark | None) -> AlarmMark:
    """The look of a point with two alarms: the worse priority, blinking if either does."""
    if other is None:
        return mark
    return AlarmMark(
        min(mark.priority, other.priority), mark.unacknowledged or other.unacknowledged
    )


def urgency(alarm: AlarmView) -> tuple[bool, int, int]:
    """Sort key, most urgent first: unacknowledged, then by priority, then the newest."""
    return alarm.state.acknowledged, alarm.priority.number, -alarm.since_ns
