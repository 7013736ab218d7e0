"""The file: private, versioned, refused with a sentence when it is not ours."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from records.errors import NewerSchemaError, RecordsFileError, RecordsUnavailableError
from records.opening import Records, open_records
from records.schema import SCHEMA_VERSION
from telemetry.errors import AdapterError

ROOT = Path(__file__).parents[2]


def test_only_the_owner_may_read_the_records_H10(records: Records, file: Path) -> None:
    records.audit.append(1, "wang", "login", "wang")
    for part in file.parent.iterdir():
        assert stat.S_IMODE(part.stat().st_mode) == 0o600, part.name


def test_a_file_that_others_could_read_is_closed_to_them_H10(file: Path) -> None:
    with open_records(file):
        pass
    file.chmod(0o644)
    with open_records(file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_commits_are_forced_to_the_disk_and_keys_are_checked(records: Records, file: Path) -> None:
    with records._database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5_000,
    }


def test_a_newer_file_is_refused_and_left_as_it_is_S12(file: Path) -> None:
    with open_records(file):
        pass
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("UPDATE schema_version SET version = version + 1")
        raw.execute("PRAGMA journal_mode = DELETE")
        raw.commit()
    before = file.read_bytes()
    with pytest.raises(NewerSchemaError, match=f"layout {SCHEMA_VERSION + 1}.*newer version"):
        open_records(file)
    assert file.read_bytes() == before


def test_somebody_elses_database_is_refused_and_left_as_it_is(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE recipes (name TEXT)")
        raw.commit()
    before = file.read_bytes()
    with pytest.raises(RecordsFileError, match="something else"):
        open_records(file)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(file: Path) -> None:
    file.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    before = file.read_bytes()
    with pytest.raises(RecordsFileError, match="cannot be opened as records"):
        open_records(file)
    assert file.read_bytes() == before


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordsFileError, match="data directory must exist"):
        open_records(tmp_path / "nowhere" / "records.db")


def test_a_url_of_a_file_is_a_path(file: Path) -> None:
    with open_records(f"sqlite:///{file}") as records:
        records.alarms.save_state(b"x")
    with open_records(file) as records:
        assert records.alarms.load_state() == b"x"


@pytest.mark.parametrize(
    "url",
    ["postgresql://wang:canary-word@db/records", "sqlite://", "no such://url", "://"],
)
def test_other_databases_are_refused_without_showing_their_password_H10(url: str) -> None:
    with pytest.raises(RecordsFileError, match="SQLite file") as refused:
        open_records(url)
    assert "canary-word" not in str(refused.value)


def test_a_database_that_fails_is_an_adapter_fault_S3(records: Records, file: Path) -> None:
    with records._database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(RecordsUnavailableError, match="full") as failed:
        records.alarms.save_state(b"x" * 1_000_000)
    assert isinstance(failed.value, AdapterError)
    assert records.alarms.load_state() is None


_WRITER = """
import sys
from records.alarm_rows import AlarmEvent, AlarmState, AlarmTransition
from records.opening import open_records

records = open_records(sys.argv[1])
for n in range(100_000):
    records.alarms.append([AlarmTransition(
        f"a{n}", 1, n, "rule", "point", "low", 1, AlarmEvent.RAISED,
        AlarmState.ACTIVE_UNACKNOWLEDGED)])
    print(n, flush=True)
"""


@pytest.mark.system
def test_kill_9_loses_no_committed_transition_S5(file: Path) -> None:
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(file)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as writer:
            assert writer.stdout is not None
            seen = -1
            for line in writer.stdout:
                seen = int(line)
                if seen >= 25:
                    writer.send_signal(signal.SIGKILL)
                    break
            said = [seen, *(int(line) for line in writer.stdout)]
        assert writer.returncode == -signal.SIGKILL
        with open_records(file) as records:
            kept = {row.id for row in records.alarms.open_alarms()}
            assert {f"a{n}" for n in range(max(said) + 1)} <= kept
            # A commit whose report was cut off may be there, but no half of one.
            assert len(kept) <= max(said) + 2
            assert all(len(records.alarms.history(id_)) == 1 for id_ in kept)
        file.unlink()
        for side in file.parent.glob("records.db-*"):
            side.unlink()


RESERVE = 8 << 20


def _sizes(file: Path) -> dict[str, int]:
    return {part.name: part.stat().st_size for part in file.parent.iterdir()}


def test_what_the_reserve_holds_is_written_without_taking_more_of_the_disk_S3(
    records: Records, file: Path
) -> None:
    records.keep_reserve(RESERVE)
    before = _sizes(file)
    assert min(before[file.name], before[f"{file.name}-wal"]) >= RESERVE
    for number in range(100):
        records.audit.append(number + 1, "wang", "login", "w" * 2_000)
    assert _sizes(file) == before


def test_the_reserve_is_filled_up_when_half_of_it_is_used_S3(records: Records, file: Path) -> None:
    records.keep_reserve(RESERVE)
    first = _sizes(file)[file.name]
    for number in range(100):
        records.audit.append(number + 1, "wang", "login", "w" * 60_000)
    records.keep_reserve(RESERVE)
    assert _sizes(file)[file.name] > first


def test_the_reserve_is_there_again_after_a_restart_S3(file: Path) -> None:
    for _ in range(2):
        with open_records(file) as records:
            records.keep_reserve(RESERVE)
            sizes = _sizes(file)
            assert sizes[f"{file.name}-wal"] >= RESERVE
    assert sizes[file.name] < 2 * RESERVE
