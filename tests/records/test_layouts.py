"""A file of every layout that was ever released opens with all that stands in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from records.access import Session
from records.opening import Records, open_records
from records.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from records.settings import AccessSettings

LAYOUTS = sorted((Path(__file__).parents[1] / "cases" / "records" / "layouts").glob("*.sql"))


def restored(dump: Path, file: Path) -> Path:
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript(dump.read_text(encoding="utf-8"))
    return file


def tables(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as raw:
        rows = raw.execute("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in rows}


def test_every_layout_up_to_this_one_has_a_file_S12() -> None:
    assert [path.stem for path in LAYOUTS] == [str(n + 1) for n in range(SCHEMA_VERSION)]


def test_the_tables_are_those_of_their_layout_number_S12(
    records: Records, file: Path, tmp_path: Path
) -> None:
    assert tables(file) == tables(restored(LAYOUTS[-1], tmp_path / "dump.db"))


@pytest.mark.parametrize("dump", LAYOUTS, ids=lambda p: p.stem)
def test_a_file_of_an_earlier_version_opens_with_all_it_holds_S12(
    dump: Path, file: Path, access: AccessSettings
) -> None:
    with open_records(restored(dump, file), access) as records:
        row = records.alarms.get("low_pressure/n7.pressure")
        assert (row.version, row.acknowledged_by, row.note) == (2, "wang", "泵已启动")
        assert len(records.alarms.history(row.id)) == 2
        assert records.alarms.load_state() == b"\x01\x02"
        assert [message.id for message in records.outbox.due("desk", 10_000, 5)] == ["m1"]
        login = records.users.authenticate("wang", "three warm springs", 10_000, "192.0.2.1")
        assert isinstance(login, Session)
        assert records.audit.verify() is None
        assert records.audit.head()[0] == 1
