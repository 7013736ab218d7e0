"""What an alarm's transitions add up to."""

from __future__ import annotations

from records.alarm_rows import (
    AlarmEvent,
    AlarmFilter,
    AlarmRow,
    AlarmState,
    AlarmTransition,
    row_after,
)


def step(
    version: int,
    event: AlarmEvent,
    state: AlarmState,
    *,
    value: float | None = None,
    user: str | None = None,
    note: str | None = None,
) -> AlarmTransition:
    return AlarmTransition(
        alarm_id="low_pressure/n7.pressure",
        version=version,
        time_ns=version * 100,
        rule="low_pressure",
        point="n7.pressure",
        level="low",
        priority=2,
        event=event,
        state=state,
        value=value,
        limit=0.18,
        user=user,
        note=note,
    )


def fold(*steps: AlarmTransition) -> AlarmRow:
    row: AlarmRow | None = None
    for one in steps:
        row = row_after(row, one)
    assert row is not None
    return row


RAISED = step(1, AlarmEvent.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED, value=0.15)
ACKNOWLEDGED = step(
    2, AlarmEvent.ACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED, user="wang", note="泵已启动"
)
CLEARED = step(3, AlarmEvent.CLEARED, AlarmState.NORMAL, value=0.21)


def test_a_raised_alarm_stands_since_it_was_raised() -> None:
    row = fold(RAISED)
    assert (row.since_ns, row.value, row.limit, row.state) == (
        100,
        0.15,
        0.18,
        AlarmState.ACTIVE_UNACKNOWLEDGED,
    )
    assert (row.acknowledged_by, row.acknowledged_at_ns, row.note, row.cleared_at_ns) == (
        None,
        None,
        None,
        None,
    )


def test_an_acknowledgement_keeps_the_value_that_rang() -> None:
    row = fold(RAISED, ACKNOWLEDGED)
    assert (row.acknowledged_by, row.acknowledged_at_ns, row.note) == ("wang", 200, "泵已启动")
    assert (row.value, row.since_ns, row.version) == (0.15, 100, 2)


def test_clearing_keeps_who_acknowledged_and_notes_the_time() -> None:
    row = fold(RAISED, ACKNOWLEDGED, CLEARED)
    assert (row.state, row.cleared_at_ns, row.acknowledged_by, row.value) == (
        AlarmState.NORMAL,
        300,
        "wang",
        0.21,
    )


def test_acknowledging_a_cleared_alarm_does_not_move_when_it_cleared() -> None:
    row = fold(
        RAISED,
        step(2, AlarmEvent.CLEARED, AlarmState.CLEARED_UNACKNOWLEDGED),
        step(3, AlarmEvent.ACKNOWLEDGED, AlarmState.NORMAL, user="li"),
    )
    assert (row.cleared_at_ns, row.acknowledged_at_ns, row.acknowledged_by) == (200, 300, "li")


def test_a_new_spell_starts_afresh() -> None:
    again = step(4, AlarmEvent.RAISED, AlarmState.ACTIVE_UNACKNOWLEDGED, value=0.12)
    row = fold(RAISED, ACKNOWLEDGED, CLEARED, again)
    assert (row.since_ns, row.acknowledged_by, row.note, row.cleared_at_ns) == (
        400,
        None,
        None,
        None,
    )


def test_a_change_of_level_is_the_same_spell() -> None:
    worse = step(3, AlarmEvent.LEVEL_CHANGED, AlarmState.ACTIVE_UNACKNOWLEDGED, value=0.1)
    assert fold(RAISED, ACKNOWLEDGED, worse).since_ns == 100


def test_lists_hold_the_states_their_names_say() -> None:
    assert {s for s in AlarmState if s in AlarmFilter.ACTIVE.states()} == {
        AlarmState.ACTIVE_UNACKNOWLEDGED,
        AlarmState.ACTIVE_ACKNOWLEDGED,
    }
    assert set(AlarmFilter.UNACKNOWLEDGED.states()) == {
        AlarmState.ACTIVE_UNACKNOWLEDGED,
        AlarmState.CLEARED_UNACKNOWLEDGED,
    }
    assert set(AlarmFilter.ALL.states()) == set(AlarmState)
    assert [s for s in AlarmState if not s.open] == [AlarmState.NORMAL]
