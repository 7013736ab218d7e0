"""One alarm, and one thing that happened to it; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from alarms.lifecycle import Trigger, move
from records.alarm_rows import AlarmEvent, AlarmState, AlarmTransition, row_after

if TYPE_CHECKING:
    from records.alarm_rows import AlarmRow

_EVENTS = {
    Trigger.BEGINS: AlarmEvent.RAISED,
    Trigger.WORSENS: AlarmEvent.LEVEL_CHANGED,
    Trigger.EASES: AlarmEvent.LEVEL_CHANGED,
    Trigger.CEASES: AlarmEvent.CLEARED,
    Trigger.ACKNOWLEDGE: AlarmEvent.ACKNOWLEDGED,
    Trigger.LOSES_DATA: AlarmEvent.LOST,
    Trigger.REGAINS_DATA: AlarmEvent.REGAINED,
    Trigger.RETIRE: AlarmEvent.RETIRED,
}


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """One transition with the alarm before and after it.

    Attributes:
        transition: as it stands in the journal.
        before: None for the first transition of an alarm.
        after: the alarm now.
    """

    transition: AlarmTransition
    before: AlarmRow | None
    after: AlarmRow


@dataclass(frozen=True, slots=True)
class Ringing:
    """What rings: rule, point and the condition that is shown.

    Attributes:
        level: word of the level.
        priority: 1 critical to 4 low.
        limit: what the reading is compared with; NaN for none.
        value: the reading; NaN for none.
    """

    rule: str
    point: str
    level: str
    priority: int
    limit: float
    value: float


def alarm_id(rule: str, point: str, since_ns: int) -> str:
    """A stable identity: the same event computed again after a crash gets the same one."""
    text = f"{rule}\0{point}\0{since_ns}".encode()
    return blake2b(text, digest_size=8).hexdigest()


def change(transition: AlarmTransition, before: AlarmRow | None) -> AlarmChange:
    """The change that a transition makes."""
    return AlarmChange(transition, before, row_after(before, transition))


def rang(what: Ringing, before: AlarmRow | None, trigger: Trigger, time_ns: int) -> AlarmChange:
    """A condition of an alarm begins or moves; a new alarm where ``before`` is None."""
    state = AlarmState.NORMAL if before is None else before.state
    transition = AlarmTransition(
        alarm_id=alarm_id(what.rule, what.point, time_ns) if before is None else before.id,
        version=1 if before is None else before.version + 1,
        time_ns=time_ns,
        rule=what.rule,
        point=what.point,
        level=what.level,
        priority=what.priority,
        event=_EVENTS[trigger],
        state=_moved(state, trigger),
        value=_number(what.value),
        limit=_number(what.limit),
    )
    return change(transition, before)


def happened(
    before: AlarmRow,
    trigger: Trigger,
    time_ns: int,
    value: float = math.nan,
    *,
    user: str | None = None,
    note: str | None = None,
) -> AlarmChange:
    """Something happens to an existing alarm that leaves its level as it is."""
    transition = AlarmTransition(
        alarm_id=before.id,
        version=before.version + 1,
        time_ns=time_ns,
        rule=before.rule,
        point=before.point,
        level=before.level,
        priority=before.priority,
        event=_EVENTS[trigger],
        state=_moved(before.state, trigger),
        value=_number(value),
        user=user,
        note=note,
    )
    return change(transition, before)


def _moved(state: AlarmState, trigger: Trigger) -> AlarmState:
    moved = move(state, trigger)
    if moved is None:
        raise ValueError(f"{trigger.value} has no effect on an alarm that is {state.value}")
    return moved


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
