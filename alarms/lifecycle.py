"""The life of one alarm, after ISA-18.2 / IEC 62682; pure.

The letters are those of the standard: A normal, B unacknowledged, C acknowledged, D returned to
normal but unacknowledged. The table below holds every move; what is not in it has no effect in
that state. Latched, shelved, suppressed and out-of-service alarms (E to I) are further rows.
"""

from __future__ import annotations

from enum import StrEnum

from records.alarm_rows import AlarmState


class Trigger(StrEnum):
    """What can happen to an alarm."""

    BEGINS = "begins"  # the condition holds, after its on-delay
    WORSENS = "worsens"  # a more severe limit was crossed: re-alarm
    EASES = "eases"  # a milder limit of the same rule still holds
    CEASES = "ceases"  # no condition holds, after the off-delay
    ACKNOWLEDGE = "acknowledge"
    LOSES_DATA = "loses_data"  # nobody knows whether the condition holds; the alarm stays
    REGAINS_DATA = "regains_data"
    RETIRE = "retire"  # the rule or the point left the configuration


A = AlarmState.NORMAL
B = AlarmState.ACTIVE_UNACKNOWLEDGED
C = AlarmState.ACTIVE_ACKNOWLEDGED
D = AlarmState.CLEARED_UNACKNOWLEDGED

LETTERS = {A: "A", B: "B", C: "C", D: "D"}

_MOVES: dict[tuple[AlarmState, Trigger], AlarmState] = {
    (A, Trigger.BEGINS): B,
    (D, Trigger.BEGINS): B,
    (B, Trigger.ACKNOWLEDGE): C,
    (D, Trigger.ACKNOWLEDGE): A,
    (B, Trigger.CEASES): D,
    (C, Trigger.CEASES): A,
    (B, Trigger.WORSENS): B,
    (C, Trigger.WORSENS): B,
    (B, Trigger.EASES): B,
    (C, Trigger.EASES): C,
    (B, Trigger.LOSES_DATA): B,
    (C, Trigger.LOSES_DATA): C,
    (B, Trigger.REGAINS_DATA): B,
    (C, Trigger.REGAINS_DATA): C,
    (B, Trigger.RETIRE): A,
    (C, Trigger.RETIRE): A,
    (D, Trigger.RETIRE): A,
}


def move(state: AlarmState, trigger: Trigger) -> AlarmState | None:
    """Where ``trigger`` takes an alarm in ``state``; None where it has no effect."""
    return _MOVES.get((state, trigger))
