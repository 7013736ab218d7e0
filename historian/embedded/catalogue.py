"""The one truth of what is live: a small SQLite file that lists segments, points and marks.

A Parquet file that is not listed here does not exist for the store, whatever the folder shows.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.versions import bring_up_to_date
from historian.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Content(StrEnum):
    """What a segment holds."""

    SAMPLES = "samples"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One live Parquet file.

    Attributes:
        file: its name in the segments' folder.
        kind: samples or minutes.
        run: the writing that made it; a large writing makes several files.
        level: 0 as first written, more after each merging.
        day: UTC day of its first row, counted from 1970; samples of one file are of one day.
        min_time, max_time: of its rows, ns, inclusive.
        min_point, max_point: stable point numbers, inclusive.
        min_sequence, max_sequence: the journal's, of all samples that went into it, inclusive.
        rows: how many.
        crc: CRC-32 of the whole file; None where it was written before that was noted.
        thinned: of the points between min_point and max_point, so many were taken out again
            because their samples of this day had become too old.
    """

    file: str
    kind: Content
    run: int
    level: int
    day: int
    min_time: int
    max_time: int
    min_point: int
    max_point: int
    min_sequence: int
    max_sequence: int
    rows: int
    crc: int | None = None
    thinned: int = 0


@dataclass(frozen=True, slots=True)
class DayRow:
    """How far the minutes of one UTC day go.

    Attributes:
        day: counted from 1970.
        through: they cover every sample up to this sequence; 0 before they are complete once.
        next_through: they are being brought up to this sequence; 0 while they are not.
        next_point: that has been done for points below this number.
        next_run: files of this run belong to that work.
        rewriting: whether the day's samples are written anew on the way.
    """

    day: int
    through: int = 0
    next_through: int = 0
    next_point: int = 0
    next_run: int = 0
    rewriting: bool = False


_COLUMNS = ", ".join(f.name for f in fields(SegmentRow))
_PLACES = ", ".join("?" for _ in fields(SegmentRow))


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What one transaction changes.

    Attributes:
        old: segments that are no longer live.
        new: segments that are live from now on.
        days: rows that replace those of the same days.
        forgotten_days: days whose rows go.
        raw_from, keep_from: ``int64[points]`` by stable number, as in :class:`.live.Live`.
        state: keys that are set.
    """

    old: Sequence[SegmentRow] = ()
    new: Sequence[SegmentRow] = ()
    days: Sequence[DayRow] = ()
    forgotten_days: Sequence[int] = ()
    raw_from: NDArray[np.int64] | None = None
    keep_from: NDArray[np.int64] | None = None
    state: dict[str, int | bytes] | None = None


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
        try:
            with self._explained():
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
            rows = self._db.execute(statement).fetchall()
        return [SegmentRow(file, Content(kind), *rest) for file, kind, *rest in rows]

    def days(self) -> list[DayRow]:
        """How far the minutes of each day go that has some."""
        with self._lock, self._explained():
            rows = self._db.execute(
                "SELECT day, through, next_through, next_point, next_run, rewriting "
                "FROM summarised ORDER BY day"
            ).fetchall()
        return [DayRow(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows]

    def apply(self, change: Change) -> None:
        """Make a change, all of it or nothing; making it twice is making it once."""
        # The names are those of our own dataclass.
        insert = f"INSERT OR REPLACE INTO segment ({_COLUMNS}) VALUES ({_PLACES})"  # noqa: S608
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
            return dict(self._db.execute("SELECT key, value FROM state"))

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
