"""What files that are written together have in common, and how each is named and listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.listing import Content, SegmentRow
from historian.retention import DAY_NS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from historian.rows import Rows


@dataclass(frozen=True, slots=True)
class Writing:
    """What files that are written together have in common.

    Attributes:
        run: a number of their own.
        level: how often their rows have been merged.
        min_sequence, max_sequence: of all samples that went into them.
    """

    run: int
    level: int
    min_sequence: int
    max_sequence: int


def by_day(rows: Rows) -> Iterator[tuple[int, Rows]]:
    """Rows by UTC day; those of a single day are not copied."""
    first, last = int(rows.time.min()) // DAY_NS, int(rows.time.max()) // DAY_NS
    if first == last:
        yield first, rows
        return
    days = rows.time // DAY_NS
    for day in np.unique(days).tolist():
        yield day, rows.take(days == day)


def file_name(day: int, level: str, run: int, point: int) -> str:
    """Name of a segment: first day, level, run, first point."""
    return f"{np.datetime64(day, 'D')}-{level}-r{run:08d}-p{point:08d}.parquet"


def listed(
    name: str,
    kind: Content,
    writing: Writing,
    keys: tuple[NDArray[np.int32], NDArray[np.int64]],
    crc: int,
) -> SegmentRow:
    """The catalogue's row for a file with these points and times."""
    point, time = keys
    return SegmentRow(
        file=name,
        kind=kind,
        run=writing.run,
        level=writing.level,
        day=int(time.min()) // DAY_NS,
        min_time=int(time.min()),
        max_time=int(time.max()),
        min_point=int(point[0]),
        max_point=int(point[-1]),
        min_sequence=writing.min_sequence,
        max_sequence=writing.max_sequence,
        rows=int(point.shape[0]),
        crc=crc,
    )
