"""Backups that are made while the service runs, and what comes back from them."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from config.bundled import example_city
from config.load import load_city
from historian import open_store
from historian.embedded.store import EmbeddedStore
from historian.errors import DirectoryLockedError
from historian.filling import fill_store
from historian.journal.journal import Journal
from historian.queries import RangeQuery
from historian.reading.view import look
from records.access import Role, Session
from records.alarm_rows import AlarmEvent, AlarmFilter, AlarmState, AlarmTransition
from records.opening import open_records
from records.settings import AccessSettings
from service.archive import MANIFEST
from service.backup import Source, make_backup
from service.cli.app import app
from service.errors import (
    BackupDamagedError,
    BackupError,
    NewerBackupError,
    RestoreRefusedError,
    UnsafeBackupError,
)
from service.places import records_file
from service.restore import restore
from service.staging import staging
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.clock import RealClock
from tests.historian.making import NOON, SECOND, numbered_table, until
from tests.historian.outside import running, traces
from tests.historian.writing_child import POINTS as MANY

if TYPE_CHECKING:
    from collections.abc import Iterator

POINTS = numbered_table(3)
CHEAP = AccessSettings(hash_rounds=1, hash_memory_kib=8, hash_lanes=1)
MADE = "2026-01-01T12:00:00+00:00"
PASSWORD = "a long pass phrase"


def source(data: Path) -> Source:
    """A data directory without its city."""
    return Source(data, Path("historian"), None, MADE)


def silent(_: float) -> None:
    """Nobody watches."""


async def _backed_up(folder: Path, name: str = "backup.tar") -> Path:
    """A backup of a running service with two readings, one of them in the journal only."""
    async with running(folder / "data", POINTS) as service:
        await service.stored(Batch.of([0], NOON, 0.3))
        service.journalled(Batch.of([0], NOON + SECOND, 0.4))
        make_backup(source(folder / "data"), folder / name, silent)
    return folder / name


@pytest.mark.parametrize("name", ["backup.tar", "backup"])
async def test_a_backup_of_a_running_service_comes_back_whole(tmp_path: Path, name: str) -> None:
    backup = await _backed_up(tmp_path, name)
    restored = restore(backup, tmp_path / "new", silent)
    assert restored.newest == NOON + SECOND
    assert restored.manifest.made == MADE
    store = open_store(tmp_path / "new")
    assert store.readings("site.p0.pressure")["value"].tolist() == [0.3, 0.4]
    async with running(tmp_path / "new", POINTS) as service:
        assert service.journal.last == 2
        assert service.journalled(Batch.of([0], NOON + 2 * SECOND, 0.5)) == 3


async def test_a_backup_leaves_no_trace_in_the_data_directory(tmp_path: Path) -> None:
    async with running(tmp_path / "data", POINTS) as service:
        await service.stored(Batch.of([0], NOON, 0.3))
        before = traces(tmp_path / "data")
        make_backup(source(tmp_path / "data"), tmp_path / "backup.tar", silent)
        assert traces(tmp_path / "data") == before


async def test_alarms_users_and_audit_come_back_but_no_login_does(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with open_records(records_file(data), CHEAP) as records:
        records.users.create("li", Role.OPERATOR, PASSWORD, 1)
        records.alarms.append([_raised()])
        records.audit.append(2, "li", "alarm.note", "a", {})
        login = records.users.authenticate("li", PASSWORD, 3, "10.0.0.1")
        assert isinstance(login, Session)
        make_backup(source(data), tmp_path / "backup.tar", silent)
        assert records.users.identify(login.token, 4) is not None
    restore(tmp_path / "backup.tar", tmp_path / "new", silent)
    with open_records(records_file(tmp_path / "new"), CHEAP) as records:
        assert [user.name for user in records.users.list()] == ["li"]
        assert isinstance(records.users.authenticate("li", PASSWORD, 5, "10.0.0.1"), Session)
        assert records.users.identify(login.token, 5) is None
        assert [row.id for row in records.alarms.page(AlarmFilter.ALL, 10).rows] == ["low@a.b"]


def _raised() -> AlarmTransition:
    return AlarmTransition(
        alarm_id="low@a.b",
        version=1,
        time_ns=2,
        rule="low",
        point="a.b",
        level="low",
        priority=1,
        event=AlarmEvent.RAISED,
        state=AlarmState.ACTIVE_UNACKNOWLEDGED,
        value=0.1,
        limit=0.2,
    )


async def test_no_secret_of_the_city_and_no_token_is_in_a_backup_H10(tmp_path: Path) -> None:
    canary = "canary-b7f3"
    city = tmp_path / "city"
    shutil.copytree(example_city().parent, city)
    (city / "hook.secret").write_text(f"https://example.org/{canary}")
    with (city / "city.toml").open("a") as file:
        file.write('\n[[webhook]]\nname = "duty"\nurl = { file = "hook.secret" }\n')
    data = tmp_path / "data"
    data.mkdir()
    (data / "token").write_text(canary)
    with open_records(records_file(data), CHEAP) as records:
        records.users.create("li", Role.OPERATOR, canary, 1)
        setup = records.users.programs.create("report", Role.VIEWER, 1)
    loaded = load_city(city, {})
    made = make_backup(replace(source(data), city=loaded), tmp_path / "backup.tar", silent)
    content = (tmp_path / "backup.tar").read_bytes()
    assert made.manifest.city == "city/city.toml"
    assert b"hook.secret" in content
    assert canary.encode() not in content
    assert setup.encode() not in content
    assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0
    restore(tmp_path / "backup.tar", tmp_path / "new", silent)
    (tmp_path / "new" / "city" / "hook.secret").write_text("https://example.org/x")
    assert len(load_city(tmp_path / "new" / "city", {}).points) == len(loaded.points)


@pytest.mark.system
async def test_what_was_acknowledged_before_a_backup_under_load_is_in_it_once_S5(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with _writer(data / "historian") as numbers:
        acknowledged = []
        for look_at in (60, 90, 120):
            acknowledged.append(next(n for n in numbers if n >= look_at))
            make_backup(source(data), tmp_path / f"{look_at}.tar", silent)
    for look_at, number in zip((60, 90, 120), acknowledged, strict=True):
        new = tmp_path / f"restored-{look_at}"
        restore(tmp_path / f"{look_at}.tar", new, silent)
        found = await _history(new / "historian")
        assert found == [float(n) for n in range(1, len(found) + 1)]
        assert len(found) >= number


@contextmanager
def _writer(directory: Path) -> Iterator[Iterator[int]]:
    """A process that writes until it is killed; gives the numbers that are durable by then."""
    directory.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.historian.writing_child", str(directory), "-:-:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        yield (int(line) for line in child.stdout)
        child.kill()


async def _history(root: Path) -> list[float]:
    """What a service that goes on from a folder answers about the counting point."""
    store = EmbeddedStore(root / "store", MANY)
    journal = Journal(root / "journal", MANY, after=store.through)
    loop = fill_store("e", journal, store, accounting=Accounting(), clock=RealClock())
    task = asyncio.create_task(loop)
    await until(lambda: store.taken >= journal.last)
    series = await store.query(RangeQuery(0, 0, 2**62))
    task.cancel()
    await store.close()
    journal.close()
    return [float(value) for value in series.value]


async def test_a_backup_replaces_nothing(tmp_path: Path) -> None:
    backup = await _backed_up(tmp_path)
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="replaces nothing"):
        make_backup(source(tmp_path / "data"), backup, silent)
    assert backup.read_bytes() == before


def test_a_folder_without_anything_is_not_backed_up(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(BackupError, match="nothing to back up"):
        make_backup(source(tmp_path / "data"), tmp_path / "backup.tar", silent)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert not any((tmp_path / "data").iterdir())


def test_a_second_backup_at_the_same_time_is_refused_S11(tmp_path: Path) -> None:
    with staging(tmp_path), pytest.raises(DirectoryLockedError), staging(tmp_path):
        pass


def test_what_a_killed_backup_left_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "backup-in-progress" / "files").mkdir(parents=True)
    (tmp_path / "backup-in-progress" / "files" / "old").write_text("left over")
    with staging(tmp_path) as stage:
        assert not any(stage.folder.iterdir())
    assert not any(tmp_path.iterdir())


async def test_files_that_the_store_lost_or_that_rotted_are_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running(data, POINTS) as service:
        for second in range(2):
            await service.stored(Batch.of([0], NOON + second * SECOND, 0.3))
        with look(service.root) as view:
            lost, rotten = (view.folders.segments / one.file for one in view.listing.files)
        lost.unlink()
        rotten.write_bytes(rotten.read_bytes()[:-1] + b"x")
        options = ["--data", str(data), "--out", str(tmp_path / "b.tar"), "--json"]
        done = CliRunner().invoke(app, ["backup", *options])
    said = json.loads(done.stdout)
    assert done.exit_code == 1
    assert said["lost"] == [lost.name]
    assert [Path(name).name for name in said["damaged"]] == [rotten.name]


async def test_a_folder_in_use_is_not_restored_into(tmp_path: Path) -> None:
    backup = await _backed_up(tmp_path)
    before = traces(tmp_path / "data")
    with pytest.raises(RestoreRefusedError, match="is not empty"):
        restore(backup, tmp_path / "data", silent)
    assert traces(tmp_path / "data") == before
    done = CliRunner().invoke(app, ["restore", str(backup), "--data", str(tmp_path / "data")])
    assert done.exit_code == 3
    (tmp_path / "empty").mkdir()
    restore(backup, tmp_path / "empty", silent)
    assert (tmp_path / "empty" / "historian").is_dir()


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
async def test_one_wrong_byte_anywhere_is_found_and_nothing_is_restored(
    tmp_path: Path, part: float
) -> None:
    backup = await _backed_up(tmp_path)
    with tarfile.open(backup) as tar:
        files = [m for m in tar.getmembers() if m.name != MANIFEST and m.size]
    member = files[int(part * len(files))]
    data = bytearray(backup.read_bytes())
    data[member.offset_data + int(part * member.size)] ^= 1
    backup.write_bytes(data)
    _refused(backup, tmp_path, BackupDamagedError, "is not what it was")


async def test_a_backup_that_was_cut_off_is_found(tmp_path: Path) -> None:
    backup = await _backed_up(tmp_path)
    whole = backup.read_bytes()
    with tarfile.open(backup) as tar:
        ends = [m.offset_data + m.size // 2 for m in tar.getmembers()]
    for end in (ends[1], ends[-1]):
        backup.write_bytes(whole[:end])
        _refused(backup, tmp_path, BackupDamagedError, "whole|ends in the middle")


async def test_a_file_more_or_less_is_found(tmp_path: Path) -> None:
    backup = await _backed_up(tmp_path, "backup")
    (backup / "extra").write_text("more")
    _refused(backup, tmp_path, BackupDamagedError, "extra is not what it was")
    (backup / "extra").unlink()
    next(backup.rglob("*.parquet")).unlink()
    _refused(backup, tmp_path, BackupDamagedError, "is not what it was")


async def test_a_backup_of_a_newer_program_is_refused_with_a_sentence_S12(tmp_path: Path) -> None:
    backup = await _backed_up(tmp_path, "backup")
    manifest = json.loads((backup / MANIFEST).read_text())
    (backup / MANIFEST).write_text(json.dumps({**manifest, "format": 2, "unheard": "of"}))
    _refused(backup, tmp_path, NewerBackupError, "has format 2")


async def test_records_of_a_newer_program_are_refused_with_a_sentence_S12(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with open_records(records_file(data), CHEAP):
        pass
    with closing(sqlite3.connect(records_file(data))) as db, db:
        db.execute("UPDATE schema_version SET version = 99")
    make_backup(source(data), tmp_path / "backup.tar", silent)
    _refused(tmp_path / "backup.tar", tmp_path, NewerBackupError, "records have format 99")


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "a/../../evil", "a\\..\\evil", "./evil", "a//evil"]
)
def test_a_path_that_leads_out_of_the_folder_is_refused_H5(tmp_path: Path, name: str) -> None:
    backup = tmp_path / "evil.tar"
    with tarfile.open(backup, "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 4
        tar.addfile(member, io.BytesIO(b"evil"))
    _refused(backup, tmp_path, UnsafeBackupError, "leads out")
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_backup_are_refused_H5(tmp_path: Path, kind: bytes) -> None:
    backup = tmp_path / "evil.tar"
    with tarfile.open(backup, "w") as tar:
        member = tarfile.TarInfo("records.sqlite")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    _refused(backup, tmp_path, UnsafeBackupError, "no ordinary file")


def test_a_link_in_a_folder_is_refused_H5(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "records.sqlite").symlink_to("/etc/passwd")
    _refused(tmp_path / "backup", tmp_path, UnsafeBackupError, "no ordinary file")


def test_any_other_file_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear sirs")
    _refused(tmp_path / "letter.txt", tmp_path, BackupDamagedError, "no whole tar file")


def _refused(backup: Path, folder: Path, error: type[BackupError], sentence: str) -> None:
    """Restoring ends with the error and leaves nothing behind."""
    before = {path.name for path in folder.iterdir()}
    with pytest.raises(error, match=sentence):
        restore(backup, folder / "new", silent)
    assert {path.name for path in folder.iterdir()} == before
