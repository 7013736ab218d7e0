"""What a catalogue lists, and how it is read; the same for the store and for other processes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    import numpy as np
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


_CONTENTS = {content.value: content for content in Content}

COLUMNS = ", ".join(f.name for f in fields(SegmentRow))
"""Of the table of segments, as :class:`SegmentRow` has them."""


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


def segments_of(db: sqlite3.Connection) -> list[SegmentRow]:
    """All live segments."""
    # The names are those of our own dataclass.
    rows = db.execute(f"SELECT {COLUMNS} FROM segment ORDER BY run, file")  # noqa: S608
    # Files of one day have days, runs and sequences in common: a third of their memory.
    same: dict[Any, Any] = {}
    return [
        SegmentRow(file, _CONTENTS[kind], *(same.setdefault(value, value) for value in rest))
        for file, kind, *rest in rows
    ]


def summed_days_of(db: sqlite3.Connection) -> list[DayRow]:
    """How far the minutes of each day go that has some."""
    rows = db.execute(
        "SELECT day, through, next_through, next_point, next_run, rewriting "
        "FROM summarised ORDER BY day"
    )
    return [replace(DayRow(*row), rewriting=bool(row[-1])) for row in rows]


def state_of(db: sqlite3.Connection) -> dict[str, int | bytes]:
    """Everything that was set by changes."""
    return dict(db.execute("SELECT key, value FROM state"))


def points_of(db: sqlite3.Connection) -> list[tuple[str, int, str]]:
    """Name, stable number and kind of each point; the kind is empty where nobody noted it."""
    return db.execute("SELECT name, id, kind FROM point ORDER BY id").fetchall()
