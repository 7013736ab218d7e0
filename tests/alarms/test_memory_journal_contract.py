"""The alarm journal that ships as a fake keeps the promises of the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alarms.journal import AlarmJournal, MemoryAlarmJournal
from records.alarm_rows import AlarmEvent, AlarmFilter, AlarmState, AlarmTransition
from records.errors import CursorError, UnknownAlarmError, VersionConflict
from records.opening import open_records
from tests.alarms.town import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["memory", "file"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AlarmJournal]:
    if request.param == "memory":
        yield MemoryAlarmJournal()
        return
    with open_records(tmp_path / "records.db") as records:
        yield records.alarms


def _raised(alarm_id: str = "a", **changes: Any) -> AlarmTransition:
    given: dict[str, Any] = {
        "alarm_id": alarm_id,
        "version": 1,
        "time_ns": at(0),
        "rule": "low_pressure",
        "point": "n1.pressure",
        "level": "low",
        "priority": 3,
        "event": AlarmEvent.RAISED,
        "state": AlarmState.ACTIVE_UNACKNOWLEDGED,
        "value": 0.1,
        "limit": 0.18,
    }
    return AlarmTransition(**(given | changes))


def _cleared(alarm_id: str = "a", version: int = 2) -> AlarmTransition:
    return _raised(
        alarm_id,
        version=version,
        time_ns=at(5),
        event=AlarmEvent.CLEARED,
        state=AlarmState.CLEARED_UNACKNOWLEDGED,
        value=0.3,
    )


def test_transitions_add_up_to_the_row(journal: AlarmJournal) -> None:
    (row,) = journal.append([_raised(), _cleared()])
    assert journal.get("a") == row
    assert (row.version, row.state, row.value, row.cleared_at_ns) == (
        2,
        AlarmState.CLEARED_UNACKNOWLEDGED,
        0.3,
        at(5),
    )
    assert journal.history("a") == [_raised(), _cleared()]
    assert journal.open_alarms() == [row]


def test_conflict_journals_nothing(journal: AlarmJournal) -> None:
    (row,) = journal.append([_raised()])
    with pytest.raises(VersionConflict) as caught:
        journal.append([_raised("b"), _cleared("a", version=3)])
    assert caught.value.current == row
    assert journal.history("b") == []
    assert journal.open_alarms() == [row]


def test_what_is_not_there(journal: AlarmJournal) -> None:
    assert journal.append([]) == []
    assert journal.history("a") == []
    assert journal.load_state() is None
    with pytest.raises(UnknownAlarmError):
        journal.get("a")
    with pytest.raises(CursorError):
        journal.page(AlarmFilter.ALL, 5, "nonsense")


def test_pages_are_newest_first_and_meet_without_overlap(journal: AlarmJournal) -> None:
    journal.append([_raised(name, time_ns=at(n // 2)) for n, name in enumerate("abcde")])
    journal.append([_cleared("c")])
    found, cursor = [], None
    while True:
        page = journal.page(AlarmFilter.UNACKNOWLEDGED, 2, cursor)
        found += [row.id for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert found == ["e", "d", "c", "b", "a"]
    active = journal.page(AlarmFilter.ACTIVE, 10)
    assert [row.id for row in active.rows] == ["e", "d", "b", "a"]


def test_state_is_what_was_kept_last(journal: AlarmJournal) -> None:
    journal.save_state(b"one")
    journal.save_state(b"\x00two")
    assert journal.load_state() == b"\x00two"
