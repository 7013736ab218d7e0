"""The one truth of what is live: a small SQLite file that lists segments, points and marks.

A Parquet file that is not listed here does not exist for the store, whatever the folder shows.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.listing import (
    COLUMNS,
    SegmentRow,
    points_of,
    segments_of,
    state_of,
    summed_days_of,
)
from historian.embedded.versions import bring_up_to_date
from historian.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.embedded.listing import Change, DayRow, SegmentRow

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
        try:
            with self._explained():
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                bring_up_to_date(self._db, path)
        except CatalogueError:
            self._db.close()
            raise

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
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk ends the transaction by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def numbers(self, kinds: dict[str, str]) -> NDArray[np.int32]:
        """The stable number of each point; a name not seen before gets the next free one.

        Args:
            kinds: the kind of each point by the point's name.

        Returns:
            ``int32[n]`` in the order of ``kinds``.
        """
        with self._change() as db:
            db.executemany(
                "INSERT INTO point (name, kind) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET kind = excluded.kind "
                "WHERE kind <> excluded.kind",
                kinds.items(),
            )
            known = dict(db.execute("SELECT name, id FROM point"))
        return np.array([known[name] for name in kinds], dtype=np.int32)

    def points(self) -> list[tuple[str, int, str]]:
        """Name, stable number and kind of each point."""
        with self._lock, self._explained():
            return points_of(self._db)

    def segments(self) -> list[SegmentRow]:
        """All live segments."""
        with self._lock, self._explained():
            return segments_of(self._db)

    def days(self) -> list[DayRow]:
        """How far the minutes of each day go that has some."""
        with self._lock, self._explained():
            return summed_days_of(self._db)

    def apply(self, change: Change) -> None:
        """Make a change, all of it or nothing; making it twice is making it once."""
        # The names are those of our own dataclass.
        insert = f"INSERT OR REPLACE INTO segment ({COLUMNS}) VALUES ({_PLACES})"  # noqa: S608
        with self._change() as db:
            db.executemany("DELETE FROM segment WHERE file = ?", ((r.file,) for r in change.old))
            db.executemany(insert, (astuple(row) for row in change.new))
            gone = ((day,) for day in change.forgotten_days)
            db.executemany("DELETE FROM summarised WHERE day = ?", gone)
            db.executemany(
                "INSERT OR REPLACE INTO summarised "
                "(day, through, next_through, next_point, next_run, rewriting) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (astuple(row) for row in change.days),
            )
            db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", _state(change).items())

    def state(self) -> dict[str, int | bytes]:
        """Everything that was set by changes."""
        with self._lock, self._explained():
            return state_of(self._db)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _state(change: Change) -> dict[str, int | bytes]:
    state = dict(change.state or {})
    for key, horizon in (("raw_from", change.raw_from), ("keep_from", change.keep_from)):
        if horizon is not None:
            state[key] = horizon.astype("<i8").tobytes()
    return state
