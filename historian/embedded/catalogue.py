"""The one truth of what is live: a small SQLite file that lists segments, points and marks.

A Parquet file that is not listed here does not exist for the store, whatever the folder shows.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from historian.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_VERSION = 1

_SCHEMA = """
CREATE TABLE point (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE segment (
    file TEXT PRIMARY KEY,
    run INTEGER NOT NULL,
    level INTEGER NOT NULL,
    day INTEGER NOT NULL,
    min_time INTEGER NOT NULL,
    max_time INTEGER NOT NULL,
    min_point INTEGER NOT NULL,
    max_point INTEGER NOT NULL,
    min_sequence INTEGER NOT NULL,
    rows INTEGER NOT NULL
);
CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One live Parquet file.

    Attributes:
        file: its name in the segments' folder.
        run: the writing that made it; a large writing makes several files.
        level: 0 as written from memory, one more for each merging.
        day: UTC day of all its samples, counted from 1970.
        min_time, max_time: of its samples, ns, inclusive.
        min_point, max_point: stable point numbers, inclusive.
        min_sequence: of its samples.
        rows: how many samples.
    """

    file: str
    run: int
    level: int
    day: int
    min_time: int
    max_time: int
    min_point: int
    max_point: int
    min_sequence: int
    rows: int


_COLUMNS = ", ".join(f.name for f in fields(SegmentRow))
_PLACES = ", ".join("?" for _ in fields(SegmentRow))


class Catalogue:
    """The list of live segments, the stable number of each point, and how far the store is.

    Any thread may call it; each change is one transaction, on the platter when it returns.

    Args:
        path: the SQLite file, created when missing.

    Raises:
        CatalogueError: the file cannot be used, or a newer version wrote it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._explained():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
        self._migrate()

    def _migrate(self) -> None:
        with self._explained():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT;")
        if version > _VERSION:
            self._db.close()
            raise CatalogueError(
                f"{self._path} was written by a newer version (format {version}, this one knows "
                f"{_VERSION}): run that version, or give this one a data folder of its own"
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise CatalogueError(
                f"the catalogue {self._path} cannot be used: {error}; check the disk's space and "
                "health"
            ) from error

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def numbers(self, names: Sequence[str]) -> NDArray[np.int32]:
        """The stable number of each point; a name not seen before gets the next free one.

        Returns:
            ``int32[n]`` in the order of ``names``.
        """
        with self._change() as db:
            db.executemany("INSERT OR IGNORE INTO point (name) VALUES (?)", ((n,) for n in names))
            known = dict(db.execute("SELECT name, id FROM point"))
        return np.array([known[name] for name in names], dtype=np.int32)

    def highest_number(self) -> int:
        """The largest stable number given so far."""
        with self._lock, self._explained():
            row = self._db.execute("SELECT coalesce(max(id), 0) FROM point").fetchone()
        return int(row[0])

    def segments(self) -> list[SegmentRow]:
        """All live segments."""
        # The names are those of our own dataclass.
        statement = f"SELECT {_COLUMNS} FROM segment ORDER BY run, file"  # noqa: S608
        with self._lock, self._explained():
            return [SegmentRow(*row) for row in self._db.execute(statement)]

    def replace(
        self,
        *,
        old: Sequence[SegmentRow] = (),
        new: Sequence[SegmentRow] = (),
        state: dict[str, int | bytes] | None = None,
    ) -> None:
        """Take segments out, put others in and set state, all or nothing."""
        # The names are those of our own dataclass.
        insert = f"INSERT INTO segment ({_COLUMNS}) VALUES ({_PLACES})"  # noqa: S608
        with self._change() as db:
            db.executemany("DELETE FROM segment WHERE file = ?", ((row.file,) for row in old))
            db.executemany(insert, (astuple(row) for row in new))
            db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", (state or {}).items())

    def state(self) -> dict[str, int | bytes]:
        """Everything that was set with :meth:`replace`."""
        with self._lock, self._explained():
            return dict(self._db.execute("SELECT key, value FROM state"))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
