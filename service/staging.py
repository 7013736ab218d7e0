"""What a backup will hold, held still beside a running service.

Everything is gathered in one folder on the disk of the data directory, mostly as hard links,
so that it takes moments and no room; writing the backup itself may then take its time.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from historian.locking import DirectoryLock
from historian.reading.catalogue import read_listing
from historian.reading.sqlite import read_sqlite
from historian.reading.tail import whole_bytes
from historian.reading.view import Folders
from service.errors import BackupError
from service.places import records_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from historian.reading.catalogue import Listing

_FOLDER = "backup-in-progress"
_ATTEMPTS = 20

# A login or a setup link of then must not come back to life.
_FORGOTTEN = ("session", "setup_link")


@dataclass(slots=True, eq=False)
class Staging:
    """The files of a backup to be, under the names that they will have in it.

    Attributes:
        folder: holds them.
        sizes: of each, by name.
    """

    folder: Path
    sizes: dict[str, int] = field(default_factory=dict)

    def take(self, name: str, path: Path) -> bool:
        """Hold still a file that nobody changes any more; returns whether it is there."""
        held = self._place(name)
        try:
            _link(path, held)
        except FileNotFoundError:
            return False
        self.sizes[name] = held.stat().st_size
        return True

    def write(self, name: str, content: bytes) -> None:
        """Hold bytes."""
        self._place(name).write_bytes(content)
        self.sizes[name] = len(content)

    def copy(self, name: str, path: Path) -> None:
        """Hold the present content of a small file, if it is there."""
        if path.exists():
            self.write(name, path.read_bytes())

    def copy_sqlite(self, name: str, path: Path) -> Path:
        """Copy a SQLite file as it is at this moment; returns the copy."""
        copy = self._place(name)

        def backup(source: sqlite3.Connection) -> None:
            with closing(sqlite3.connect(copy)) as target:
                source.backup(target)

        read_sqlite(path, backup)
        self.sizes[name] = copy.stat().st_size
        return copy

    def changed(self, name: str) -> None:
        """A held file was written to."""
        self.sizes[name] = (self.folder / name).stat().st_size

    def keep_only(self, folder: PurePosixPath, names: Iterable[str]) -> None:
        """Let go of the files of a folder that are not among ``names``."""
        kept = {str(folder / name) for name in names}
        for name in [n for n in self.sizes if PurePosixPath(n).parent == folder]:
            if name not in kept:
                del self.sizes[name]

    def _place(self, name: str) -> Path:
        held = self.folder / name
        held.parent.mkdir(parents=True, exist_ok=True)
        return held


def _link(path: Path, held: Path) -> None:
    try:
        os.link(path, held)
    except FileExistsError:
        return
    except FileNotFoundError:
        raise
    except OSError:
        # Not every file system knows hard links.
        shutil.copyfile(path, held)


@contextmanager
def staging(data: Path) -> Iterator[Staging]:
    """A folder for one backup, gone when the block ends; what a killed one left goes as well.

    Raises:
        BackupError: it cannot be made.
        DirectoryLockedError: another backup is being made.
    """
    folder = data / _FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BackupError(
            f"{folder} cannot be made: {error.strerror}; run the backup as the user that runs "
            "the service, on a data directory that exists"
        ) from error
    with closing(DirectoryLock(folder)):
        held = folder / "files"
        shutil.rmtree(held, ignore_errors=True)
        held.mkdir()
        try:
            yield Staging(held)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def stage_records(stage: Staging, data: Path) -> None:
    """Alarms, users and audit as they are now, without logins."""
    if not records_file(data).exists():
        return
    name = records_file(data).name
    copy = stage.copy_sqlite(name, records_file(data))
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        for table in _tables(db):
            # The names are our own.
            db.execute(f"DELETE FROM {table}")  # noqa: S608
        db.execute("VACUUM")
    stage.changed(name)


def _tables(db: sqlite3.Connection) -> Iterable[str]:
    known = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    return [table for table in _FORGOTTEN if table in known]


def stage_journal(stage: Staging, root: Path, inner: PurePosixPath) -> None:
    """The journal up to now: marks before segments before tables.

    A mark that is older than the frames repeats what it knows; one that were newer would skip.
    Segments are copied, not linked: on a full disk the journal writes into files that it has
    used before.
    """
    journal = Folders(root).journal
    for path in sorted(journal.glob("*.mark")):
        stage.copy(str(inner / "journal" / path.name), path)
    for path in sorted(journal.glob("*.journal")):
        content = whole_bytes(path)
        if content:
            stage.write(str(inner / "journal" / path.name), content)
    for path in sorted((journal / "tables").glob("*")):
        stage.copy(str(inner / "journal" / "tables" / path.name), path)


def stage_store(stage: Staging, root: Path, inner: PurePosixPath) -> tuple[Listing, list[str]]:
    """The catalogue and every file that it lists; to be called after the journal's turn.

    Returns:
        What the catalogue lists, and the files that somebody took away from the store.

    Raises:
        BackupError: files are replaced faster than they can be held.
        CatalogueError: the catalogue cannot be read.
    """
    folders = Folders(root)
    held = inner / "store" / "segments"
    before: list[str] | None = None
    for _ in range(_ATTEMPTS):
        copy = stage.copy_sqlite(str(inner / "store" / "catalogue.sqlite"), folders.catalogue)
        listing = read_listing(copy)
        absent = [
            one.file
            for one in listing.files
            if not stage.take(str(held / one.file), folders.segments / one.file)
        ]
        # What was merged away meanwhile is not listed the next time; what is, is lost.
        if not absent or absent == before:
            stage.keep_only(held, (one.file for one in listing.files))
            return listing, absent
        before = absent
    raise BackupError(f"files in {folders.segments} are replaced faster than they can be held")
