"""Which faults begin and end, and when: a script unrolled along the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.faults import Fault
    from simulators.script import Script


@dataclass(frozen=True, slots=True)
class Change:
    """A fault begins or ends.

    Attributes:
        at_s: seconds after the start.
        begins: else it ends.
    """

    at_s: float
    begins: bool
    fault: Fault


class Playback:
    """Gives the changes of a script once each, in order of time."""

    def __init__(self, script: Script) -> None:
        changes = []
        for planned in script.faults:
            changes.append(Change(planned.at_s, begins=True, fault=planned.fault))
            if planned.for_s is not None:
                end_s = planned.at_s + planned.for_s
                changes.append(Change(end_s, begins=False, fault=planned.fault))
        self._changes = sorted(changes, key=lambda change: change.at_s)
        self._next = 0

    def due(self, now_s: float) -> list[Change]:
        """What has to happen up to ``now_s`` and has not been given yet."""
        first = self._next
        while self._next < len(self._changes) and self._changes[self._next].at_s <= now_s:
            self._next += 1
        return self._changes[first : self._next]
