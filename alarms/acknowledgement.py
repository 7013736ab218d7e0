"""How an acknowledgement ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms.alarm import AlarmChange, happened
from alarms.lifecycle import Trigger, move

if TYPE_CHECKING:
    from records.alarm_rows import AlarmRow


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Done; the alarm as it is now."""

    row: AlarmRow


@dataclass(frozen=True, slots=True)
class Conflict:
    """The alarm has changed since the operator looked; here is how it stands."""

    row: AlarmRow


@dataclass(frozen=True, slots=True)
class NothingToAcknowledge:
    """Somebody has acknowledged it already, or it is back to normal; here is how it stands."""

    row: AlarmRow


@dataclass(frozen=True, slots=True)
class NotFound:
    """There is no such alarm."""


Answer = Acknowledged | Conflict | NothingToAcknowledge | NotFound


@dataclass(frozen=True, slots=True)
class AcknowledgeRequest:
    """An operator has seen an alarm.

    Attributes:
        alarm_id: which alarm.
        version: the version that the operator saw.
        user: who.
        note: what they wrote, or None.
    """

    alarm_id: str
    version: int
    user: str
    note: str | None


def judge(
    request: AcknowledgeRequest, row: AlarmRow, now_ns: int
) -> AlarmChange | Conflict | NothingToAcknowledge:
    """What an acknowledgement does to an alarm; pure.

    One that nobody needs any more is said to be so, whatever version was seen; one of an alarm
    that has changed since is refused, because the operator has not seen the change.
    """
    if move(row.state, Trigger.ACKNOWLEDGE) is None:
        return NothingToAcknowledge(row)
    if row.version != request.version:
        return Conflict(row)
    return happened(row, Trigger.ACKNOWLEDGE, now_ns, user=request.user, note=request.note)
