"""The life of an alarm against the table of the domain's notes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.lifecycle import LETTERS, Trigger, move
from records.alarm_rows import AlarmState

TABLE = Path(__file__).parents[1] / "cases" / "alarms" / "lifecycle.csv"
STATES = {letter: state for state, letter in LETTERS.items()}


def _table() -> dict[tuple[AlarmState, Trigger], AlarmState]:
    with TABLE.open(encoding="utf-8") as lines:
        return {
            (STATES[row["from"]], Trigger(row["event"])): STATES[row["to"]]
            for row in csv.DictReader(lines)
        }


EXPECTED = _table()


@pytest.mark.parametrize("state", AlarmState)
@pytest.mark.parametrize("trigger", Trigger)
def test_every_move_is_that_of_the_standard(state: AlarmState, trigger: Trigger) -> None:
    assert move(state, trigger) == EXPECTED.get((state, trigger))


def test_every_state_has_its_letter() -> None:
    assert set(LETTERS) == set(AlarmState)
    assert len(set(LETTERS.values())) == len(LETTERS)


@given(st.lists(st.sampled_from(Trigger), max_size=40))
def test_state_always_says_what_holds_and_who_knows(triggers: list[Trigger]) -> None:
    state, active, seen = AlarmState.NORMAL, False, True
    for trigger in triggers:
        moved = move(state, trigger)
        if moved is None:
            continue
        match trigger:
            case Trigger.BEGINS:
                active, seen = True, False
            case Trigger.WORSENS:
                seen = False
            case Trigger.CEASES:
                active = False
            case Trigger.ACKNOWLEDGE:
                seen = True
            case Trigger.RETIRE:
                active, seen = False, True
            case _:
                pass
        state = moved
        assert (state.active, state.acknowledged) == (active, seen)
