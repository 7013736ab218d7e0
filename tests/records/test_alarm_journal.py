"""The alarm journal: append-only, compare-and-set, pages that stay put."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.alarm_rows import (
    AlarmEvent,
    AlarmFilter,
    AlarmRow,
    AlarmState,
    AlarmTransition,
    row_after,
)
from records.errors import CursorError, UnknownAlarmError, VersionConflict
from records.opening import Records, open_records

if TYPE_CHECKING:
    from pathlib import Path

    from records.settings import AccessSettings


def transition(
    alarm_id: str,
    version: int,
    state: AlarmState = AlarmState.ACTIVE_UNACKNOWLEDGED,
    *,
    event: AlarmEvent = AlarmEvent.RAISED,
    time_ns: int = 1_000,
    user: str | None = None,
) -> AlarmTransition:
    return AlarmTransition(
        alarm_id, version, time_ns, "low", "n1.pressure", "low", 2, event, state, 0.1, 0.18, user
    )


def acknowledged(alarm_id: str, version: int, user: str) -> AlarmTransition:
    return transition(
        alarm_id,
        version,
        AlarmState.ACTIVE_ACKNOWLEDGED,
        event=AlarmEvent.ACKNOWLEDGED,
        user=user,
    )


def test_what_was_appended_is_there_after_reopening(file: Path) -> None:
    journalled = transition("a", 1)
    with open_records(file) as records:
        (row,) = records.alarms.append([journalled])
    with open_records(file) as records:
        assert records.alarms.history("a") == [journalled]
        assert records.alarms.get("a") == row == row_after(None, journalled)


def test_transitions_of_one_batch_may_follow_each_other(records: Records) -> None:
    records.alarms.append([transition("a", 1), acknowledged("a", 2, "wang")])
    assert records.alarms.get("a").acknowledged_by == "wang"
    assert [t.version for t in records.alarms.history("a")] == [1, 2]


def test_a_stale_version_is_refused_with_the_current_row_A6(records: Records) -> None:
    records.alarms.append([transition("a", 1), acknowledged("a", 2, "wang")])
    with pytest.raises(VersionConflict) as refused:
        records.alarms.append([acknowledged("a", 2, "li")])
    assert refused.value.current == records.alarms.get("a")
    assert len(records.alarms.history("a")) == 2


def test_an_alarm_that_never_rang_cannot_be_acknowledged_A6(records: Records) -> None:
    with pytest.raises(VersionConflict, match="does not exist") as refused:
        records.alarms.append([acknowledged("a", 2, "li")])
    assert refused.value.current is None


def test_one_conflict_leaves_the_whole_batch_out(records: Records) -> None:
    records.alarms.append([transition("a", 1)])
    with pytest.raises(VersionConflict):
        records.alarms.append([transition("b", 1), transition("a", 1)])
    assert records.alarms.history("b") == []


def test_of_two_operators_at_once_one_wins_A6(records: Records) -> None:
    records.alarms.append([transition(f"a{i}", 1) for i in range(20)])
    start = threading.Barrier(2)

    def operator(name: str) -> list[AlarmRow | None]:
        start.wait(timeout=10)
        lost_to: list[AlarmRow | None] = []
        for i in range(20):
            try:
                records.alarms.append([acknowledged(f"a{i}", 2, name)])
            except VersionConflict as conflict:
                lost_to.append(conflict.current)
        return lost_to

    with ThreadPoolExecutor(2) as pool:
        wang, li = pool.map(operator, ["wang", "li"])
    assert len(wang) + len(li) == 20
    assert {row.acknowledged_by if row else None for row in wang} <= {"li"}
    assert {row.acknowledged_by if row else None for row in li} <= {"wang"}
    assert all(len(records.alarms.history(f"a{i}")) == 2 for i in range(20))


def test_of_two_processes_at_once_one_wins_A6(records: Records, file: Path) -> None:
    records.alarms.append([transition("a", 1)])
    with open_records(file) as other:
        other.alarms.append([acknowledged("a", 2, "li")])
    with pytest.raises(VersionConflict):
        records.alarms.append([acknowledged("a", 2, "wang")])


def test_open_alarms_leave_the_settled_ones_out(records: Records) -> None:
    records.alarms.append(
        [
            transition("done", 1, AlarmState.NORMAL),
            transition("rings", 1, time_ns=1),
            transition("was", 1, AlarmState.CLEARED_UNACKNOWLEDGED, time_ns=2),
        ]
    )
    assert [row.id for row in records.alarms.open_alarms()] == ["was", "rings"]


def test_pages_are_newest_first_and_stay_put_while_alarms_ring(records: Records) -> None:
    records.alarms.append([transition(f"a{i}", 1, time_ns=i // 2) for i in range(10)])
    first = records.alarms.page(AlarmFilter.ALL, 4)
    records.alarms.append([transition("newer", 1, time_ns=99)])
    second = records.alarms.page(AlarmFilter.ALL, 4, first.next)
    third = records.alarms.page(AlarmFilter.ALL, 4, second.next)
    ids = [row.id for page in (first, second, third) for row in page.rows]
    assert ids == [f"a{i}" for i in range(9, -1, -1)]
    assert third.next is None


def test_a_page_that_ends_exactly_with_the_list_is_the_last(records: Records) -> None:
    records.alarms.append([transition("a", 1), transition("b", 1)])
    assert records.alarms.page(AlarmFilter.ALL, 2).next is None


def test_filters_choose_by_state(records: Records) -> None:
    for number, state in enumerate(AlarmState):
        records.alarms.append([transition(state.value, 1, state, time_ns=number)])
    for chosen in AlarmFilter:
        ids = {row.id for row in records.alarms.page(chosen, 10).rows}
        assert ids == {state.value for state in chosen.states()}


@pytest.mark.parametrize("cursor", ["", "?", "bm8", "W10", "WzEsMl0", "é", "WzFlOTk5LCAiYSJd"])
def test_a_made_up_cursor_is_refused(records: Records, cursor: str) -> None:
    with pytest.raises(CursorError, match="no cursor of this list"):
        records.alarms.page(AlarmFilter.ALL, 5, cursor)


def test_an_unknown_alarm_is_named(records: Records) -> None:
    with pytest.raises(UnknownAlarmError, match="nowhere"):
        records.alarms.get("nowhere")


def test_the_rule_bank_keeps_its_latest_state(records: Records) -> None:
    assert records.alarms.load_state() is None
    records.alarms.save_state(b"first")
    records.alarms.save_state(b"\x00second")
    assert records.alarms.load_state() == b"\x00second"


def test_ten_thousand_transitions_are_journalled_in_two_seconds_A1(records: Records) -> None:
    transitions = [transition(f"a{i}", 1, time_ns=i) for i in range(10_000)]
    # The time of this process, because other tests may run beside this one.
    began = time.process_time()
    for start in range(0, len(transitions), 500):
        records.alarms.append(transitions[start : start + 500])
    assert time.process_time() - began < 2.0
    assert len(records.alarms.open_alarms()) == 10_000


@pytest.mark.parametrize("act", ["UPDATE alarm_transition SET value = 1", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_rewrite_history(
    records: Records, file: Path, act: str
) -> None:
    records.alarms.append([transition("a", 1)])
    records.audit.append(1, "wang", "login", "wang")
    with (
        closing(sqlite3.connect(file)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        raw.execute(act)


steps = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(AlarmEvent),
        st.sampled_from(AlarmState),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.text(max_size=5),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(steps=steps, cut=st.integers(1, 12))
def test_the_latest_rows_are_the_fold_of_the_history(
    tmp_path_factory: pytest.TempPathFactory,
    access: AccessSettings,
    steps: list[tuple[str, AlarmEvent, AlarmState, float | None, str | None]],
    cut: int,
) -> None:
    versions: dict[str, int] = {}
    transitions = []
    for time_ns, (alarm_id, event, state, value, user) in enumerate(steps):
        versions[alarm_id] = versions.get(alarm_id, 0) + 1
        transitions.append(
            AlarmTransition(
                alarm_id,
                versions[alarm_id],
                time_ns,
                "r",
                "p",
                "low",
                1,
                event,
                state,
                value,
                None,
                user,
            )
        )
    with open_records(tmp_path_factory.mktemp("fold") / "r.db", access) as records:
        for start in range(0, len(transitions), cut):
            records.alarms.append(transitions[start : start + cut])
        for alarm_id, version in versions.items():
            row: AlarmRow | None = None
            history = records.alarms.history(alarm_id)
            for one in history:
                row = row_after(row, one)
            assert records.alarms.get(alarm_id) == row
            assert [t.version for t in history] == list(range(1, version + 1))
