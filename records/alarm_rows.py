"""What an alarm's transitions add up to; pure.

The journal keeps every transition for ever. What the alarm list shows is the fold of an alarm's
transitions, kept beside them so that the list needs no folding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class AlarmState(StrEnum):
    """Where an alarm stands: does the condition hold, and has somebody seen it (ISA-18.2)."""

    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged"
    ACTIVE_ACKNOWLEDGED = "active_acknowledged"
    CLEARED_UNACKNOWLEDGED = "cleared_unacknowledged"
    NORMAL = "normal"

    @property
    def active(self) -> bool:
        """The condition holds."""
        return self in (AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED)

    @property
    def acknowledged(self) -> bool:
        """Nobody needs to look at it any more."""
        return self in (AlarmState.ACTIVE_ACKNOWLEDGED, AlarmState.NORMAL)

    @property
    def open(self) -> bool:
        """The alarm stands in the list until it is both cleared and acknowledged."""
        return self is not AlarmState.NORMAL


class AlarmEvent(StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"  # the condition began to hold, for the first time or again
    LEVEL_CHANGED = "level_changed"  # it moved to another limit of the same rule while active
    LOST = "lost"  # its point has no believable value any more; the alarm stays
    REGAINED = "regained"  # its point has believable values again
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    RETIRED = "retired"  # its rule or point left the configuration


class AlarmFilter(StrEnum):
    """Which alarms a list shows."""

    ACTIVE = "active"
    UNACKNOWLEDGED = "unacknowledged"
    ALL = "all"

    def states(self) -> tuple[AlarmState, ...]:
        """The states that belong into the list."""
        match self:
            case AlarmFilter.ACTIVE:
                return tuple(s for s in AlarmState if s.active)
            case AlarmFilter.UNACKNOWLEDGED:
                return tuple(s for s in AlarmState if not s.acknowledged)
            case AlarmFilter.ALL:
                return tuple(AlarmState)


@dataclass(frozen=True, slots=True)
class AlarmTransition:
    """One thing that happened to one alarm; never changed once written.

    Attributes:
        alarm_id: stable identity, also towards receivers of notifications.
        version: 1 for the first transition of an alarm, then one more each time.
        time_ns: city time, ns UTC.
        rule, point, level: what rang: rule name, point name, which of the rule's limits.
        priority: 1 critical to 4 low.
        event: what happened.
        state: where the alarm stands afterwards.
        value: the reading that caused it, in the point's canonical unit, or None.
        limit: the limit it was compared with, or None.
        user: who acted, or None when the process itself caused it.
        note: what that person wrote.
    """

    alarm_id: str
    version: int
    time_ns: int
    rule: str
    point: str
    level: str
    priority: int
    event: AlarmEvent
    state: AlarmState
    value: float | None = None
    limit: float | None = None
    user: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """Where one alarm stands now.

    Attributes:
        since_ns: when the condition last began to hold.
        value, limit: of the latest transition that carried them.
        acknowledged_by, acknowledged_at_ns, note: who acknowledged this spell, or None.
        cleared_at_ns: when the condition ceased, or None while it holds.
    """

    id: str
    version: int
    rule: str
    point: str
    level: str
    priority: int
    state: AlarmState
    since_ns: int
    value: float | None
    limit: float | None
    acknowledged_by: str | None
    acknowledged_at_ns: int | None
    note: str | None
    cleared_at_ns: int | None


def row_after(row: AlarmRow | None, transition: AlarmTransition) -> AlarmRow:
    """The alarm's row after one more transition.

    Args:
        row: the row before, or None for the first transition.
        transition: what happened.
    """
    begins = transition.state.active and (row is None or not row.state.active)
    base = _new_spell(transition) if row is None or begins else row
    moved = replace(
        base,
        version=transition.version,
        level=transition.level,
        priority=transition.priority,
        state=transition.state,
        value=base.value if transition.value is None else transition.value,
        limit=base.limit if transition.limit is None else transition.limit,
    )
    return _cleared(_acknowledged(moved, transition), transition)


def _new_spell(transition: AlarmTransition) -> AlarmRow:
    return AlarmRow(
        id=transition.alarm_id,
        version=transition.version,
        rule=transition.rule,
        point=transition.point,
        level=transition.level,
        priority=transition.priority,
        state=transition.state,
        since_ns=transition.time_ns,
        value=None,
        limit=None,
        acknowledged_by=None,
        acknowledged_at_ns=None,
        note=None,
        cleared_at_ns=None,
    )


def _acknowledged(row: AlarmRow, transition: AlarmTransition) -> AlarmRow:
    if transition.event is not AlarmEvent.ACKNOWLEDGED:
        return row
    return replace(
        row,
        acknowledged_by=transition.user,
        acknowledged_at_ns=transition.time_ns,
        note=transition.note,
    )


def _cleared(row: AlarmRow, transition: AlarmTransition) -> AlarmRow:
    if transition.state.active or row.cleared_at_ns is not None:
        return row
    return replace(row, cleared_at_ns=transition.time_ns)
