"""Bringing a backup back: into a folder of its own, and only when every byte is right."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from historian.journal.disk import sync_directory
from historian.reading.sqlite import read_sqlite
from historian.reading.view import Folders, look
from records.schema import SCHEMA_VERSION
from service.archive import (
    MANIFEST,
    MOST_MANIFEST_BYTES,
    FileFacts,
    Hashing,
    Manifest,
    copy_bytes,
    force_to_disk,
    members,
    read_manifest,
    safe_path,
)
from service.errors import (
    BackupDamagedError,
    BackupError,
    NewerBackupError,
    RestoreRefusedError,
    UnsafeBackupError,
)
from service.places import records_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.archive import Member


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was brought back.

    Attributes:
        manifest: what was in it.
        newest: time of the newest reading, ns; 0 without any.
    """

    manifest: Manifest
    newest: int


def restore(backup: Path, data: Path, progress: Callable[[int], None]) -> Restored:
    """Bring a backup back; the folder appears when everything in it has been checked.

    Args:
        backup: tar file or folder that :func:`service.backup.make_backup` wrote.
        data: a data directory that does not exist yet, or is empty.
        progress: told after each file how many bytes it had.

    Raises:
        RestoreRefusedError: the folder is in use, or the backup is no honest one.
        BackupDamagedError: it is not what it was.
        NewerBackupError: a newer version made it.
        BackupError: the disk failed.
    """
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise RestoreRefusedError(
            f"{data} is not empty, and a restored service must not mix with another: "
            "name a folder that does not exist yet"
        )
    if not backup.exists():
        raise BackupError(f"there is no backup {backup}")
    try:
        with _appearing(data) as draft:
            manifest = _unpack(backup, draft, progress)
            newest = _checked(draft, manifest)
        return Restored(manifest, newest)
    except OSError as error:
        where = error.filename or data
        raise BackupError(f"{where} cannot be written: {error.strerror}") from error


@contextmanager
def _appearing(data: Path) -> Iterator[Path]:
    """A draft beside ``data`` that takes its place when the block ends well."""
    data.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=data.parent, prefix=f".{data.name}.", suffix=".draft"))
    try:
        yield draft
        force_to_disk(draft)
        draft.rename(data)
        sync_directory(data.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _unpack(backup: Path, draft: Path, progress: Callable[[int], None]) -> Manifest:
    manifest: Manifest | None = None
    found: dict[str, FileFacts] = {}
    for member in members(backup):
        if member.name == MANIFEST:
            manifest = read_manifest(_manifest_bytes(member))
        elif member.name in found:
            raise BackupDamagedError(f"{backup} holds {member.name} twice")
        else:
            found[member.name] = _write(member, draft / safe_path(member.name))
            progress(member.size)
    if manifest is None:
        raise BackupDamagedError(f"{backup} is no whole backup: it has no {MANIFEST} at its end")
    _compare(backup, manifest, found)
    return manifest


def _manifest_bytes(member: Member) -> bytes:
    if member.size > MOST_MANIFEST_BYTES:
        raise BackupDamagedError(f"the backup's {MANIFEST} is larger than any could be")
    return member.stream.read(member.size)


def _write(member: Member, path: Path) -> FileFacts:
    path.parent.mkdir(parents=True, exist_ok=True)
    checked = Hashing(member.stream)
    with path.open("wb") as out:
        copy_bytes(checked, out, member.size)
    path.chmod(0o600)
    return FileFacts(size=member.size, sha256=checked.sha256())


def _compare(backup: Path, manifest: Manifest, found: dict[str, FileFacts]) -> None:
    names = sorted(manifest.files.keys() | found.keys())
    wrong = [name for name in names if manifest.files.get(name) != found.get(name)]
    if wrong:
        raise BackupDamagedError(
            f"{backup} is damaged: {wrong[0]} is not what it was when the backup was made"
            + (f", nor are {len(wrong) - 1} others" if len(wrong) > 1 else "")
            + "; nothing was restored: take another copy of it, or an older backup"
        )


def _checked(draft: Path, manifest: Manifest) -> int:
    """See that this program can go on from it; returns the time of the newest reading, ns."""
    records = records_file(draft)
    if records.exists():
        version = read_sqlite(records, _records_version)
        if version > SCHEMA_VERSION:
            raise NewerBackupError(
                f"the backup's records have format {version}, and this program knows "
                f"{SCHEMA_VERSION}: restore it with {manifest.program} or newer"
            )
    root = (draft / manifest.historian).resolve()
    if not root.is_relative_to(draft.resolve()):
        raise UnsafeBackupError("the backup says that its readings are outside of it")
    if not Folders(root).catalogue.exists():
        return 0
    with look(root) as view:
        return int(view.newest().time.max(initial=0))


def _records_version(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT version FROM schema_version").fetchone()[0])
