"""The audit: a chain in which no row can be changed, removed or added unnoticed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from records.audit import Audit, AuditBreak, canonical_json
from records.opening import Records, open_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from records.settings import AccessSettings

COLUMNS = ("time_ns", "who", "what", "subject", "detail", "previous", "hash", "sequence")


@pytest.fixture
def raw(records: Records, file: Path) -> Iterator[sqlite3.Connection]:
    """The file as somebody with an editor of databases has it, triggers removed."""
    with closing(sqlite3.connect(file)) as connection:
        unguard(connection)
        yield connection


def unguard(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("DROP TRIGGER audit_no_delete")
    connection.commit()


def filled(audit: Audit, rows: int = 5) -> None:
    for n in range(rows):
        audit.append(n, "wang", "alarm.acknowledge", f"a{n}", {"note": "知道了", "version": n})


def test_an_empty_audit_is_whole(records: Records) -> None:
    assert records.audit.verify() is None
    assert records.audit.page(5).rows == []


def test_rows_are_numbered_and_each_seals_the_one_before(records: Records) -> None:
    filled(records.audit)
    rows = list(reversed(records.audit.page(10).rows))
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert records.audit.verify() is None
    assert records.audit.head() == (5, rows[-1].hash)


def test_a_changed_row_is_found(records: Records, raw: sqlite3.Connection) -> None:
    filled(records.audit)
    raw.execute("UPDATE audit SET who = 'li' WHERE sequence = 3")
    raw.commit()
    assert records.audit.verify() == AuditBreak(3, "row 3 was changed after it was written")


def test_a_row_resealed_by_a_forger_breaks_the_next(
    records: Records, raw: sqlite3.Connection
) -> None:
    filled(records.audit)
    third = next(row for row in records.audit.page(10).rows if row.sequence == 3)
    forged = type(third)(
        third.sequence,
        third.time_ns,
        "li",
        third.what,
        third.subject,
        third.detail,
        third.previous,
        "",
    )
    raw.execute("UPDATE audit SET who = 'li', hash = ? WHERE sequence = 3", [forged.seal()])
    raw.commit()
    assert records.audit.verify() == AuditBreak(4, "row 4 does not follow the row before it")


@pytest.mark.parametrize("gone", [1, 3])
def test_a_removed_row_is_found(records: Records, raw: sqlite3.Connection, gone: int) -> None:
    filled(records.audit)
    raw.execute("DELETE FROM audit WHERE sequence = ?", [gone])
    raw.commit()
    assert records.audit.verify() == AuditBreak(gone, f"row {gone} is missing")


def test_a_cut_off_end_is_found(records: Records, raw: sqlite3.Connection) -> None:
    filled(records.audit)
    raw.execute("DELETE FROM audit WHERE sequence >= 4")
    raw.commit()
    found = records.audit.verify()
    assert found is not None
    assert found.sequence == 4


def test_an_audit_that_lost_everything_is_found(records: Records, raw: sqlite3.Connection) -> None:
    filled(records.audit)
    raw.execute("DELETE FROM audit")
    raw.commit()
    found = records.audit.verify()
    assert found is not None
    assert found.sequence == 1


def test_more_rows_than_one_read_are_checked(records: Records, raw: sqlite3.Connection) -> None:
    filled(records.audit, 1_050)
    assert records.audit.verify() is None
    raw.execute("UPDATE audit SET time_ns = 0 WHERE sequence = 1040")
    raw.commit()
    found = records.audit.verify()
    assert found is not None
    assert found.sequence == 1040


def test_pages_go_back_in_time(records: Records) -> None:
    filled(records.audit)
    first = records.audit.page(3)
    second = records.audit.page(3, first.next)
    assert [row.sequence for row in (*first.rows, *second.rows)] == [5, 4, 3, 2, 1]
    assert second.next is None


def test_json_has_one_spelling() -> None:
    assert canonical_json({"b": 1, "a": [None, "水"]}) == canonical_json(
        {"a": [None, "水"], "b": 1}
    )
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"value": float("nan")})


NUMBERS = {"time_ns", "sequence"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
acts = st.tuples(
    st.integers(0, 2**62), texts, texts, texts, st.dictionaries(texts, texts, max_size=2)
)


@st.composite
def tamperings(draw: st.DrawFn) -> tuple[str, int | str]:
    """A column and what a forger writes there; a sequence beyond those in use."""
    column = draw(st.sampled_from(COLUMNS))
    if column in NUMBERS:
        return column, draw(st.integers(100, 2**62))
    return column, draw(texts)


@settings(max_examples=40, deadline=None)
@given(acts=st.lists(acts, min_size=1, max_size=5), tampering=tamperings(), which=st.integers(0, 4))
def test_any_change_of_any_field_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    access: AccessSettings,
    acts: list[tuple[int, str, str, str, dict[str, str]]],
    tampering: tuple[str, int | str],
    which: int,
) -> None:
    path = tmp_path_factory.mktemp("audit") / "r.db"
    column, other = tampering
    with open_records(path, access) as records:
        for time_ns, who, what, subject, detail in acts:
            records.audit.append(time_ns, who, what, subject, detail)
        assert records.audit.verify() is None
        victim = which % len(acts) + 1
        with closing(sqlite3.connect(path)) as connection:
            unguard(connection)
            (before,) = connection.execute(
                f"SELECT {column} FROM audit WHERE sequence = ?",  # noqa: S608 - a name of ours
                [victim],
            ).fetchone()
            assume(other != before)
            connection.execute(
                f"UPDATE audit SET {column} = ? WHERE sequence = ?",  # noqa: S608 - a name of ours
                [other, victim],
            )
            connection.commit()
        assert records.audit.verify() is not None
