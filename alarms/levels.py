"""Which of a rule's conditions holds, and which of several is shown.

One alarm stands for one rule at one point. It shows the most severe condition that holds: the
more urgent priority first, then the outer limit. Moving to a more severe one is a new limit
crossing and asks for a new acknowledgement; moving to a milder one does not.
"""

from __future__ import annotations

from enum import StrEnum

from alarms.settings import Priority


class AlarmLevel(StrEnum):
    """What of a rule rang."""

    LOW_LOW = "low_low"
    LOW = "low"
    HIGH = "high"
    HIGH_HIGH = "high_high"
    STALE = "stale"
    BAD_QUALITY = "bad_quality"
    RULE_ERROR = "rule_error"

    @property
    def outer(self) -> bool:
        """The second limit in its direction."""
        return self in (AlarmLevel.LOW_LOW, AlarmLevel.HIGH_HIGH)


LEVELS = tuple(AlarmLevel)
PRIORITIES = tuple(Priority)


def priority_of(number: int) -> Priority:
    """The priority that is numbered 1 to 4."""
    return PRIORITIES[number - 1]


def weight(level: AlarmLevel, priority: int) -> int:
    """How severe a condition is; larger is more severe.

    Args:
        level: which limit.
        priority: 1 critical to 4 low.
    """
    return (len(PRIORITIES) - priority) * 2 + level.outer
