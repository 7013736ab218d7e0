"""Merging many small segments into few large ones; each function blocks for long.

Each merged file holds a range of points, so that one point's rows lie in few files and merging
never needs more memory than one file's rows. Duplicates are resolved and forgotten rows left
out on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from historian.embedded.listing import Change
from historian.embedded.merging import MinutesDue, pieces
from historian.embedded.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from historian.embedded.listing import SegmentRow
    from historian.embedded.parquet import Parquet
    from historian.embedded.segments import Segments

_TIMES = (-(2**63), 2**63 - 1)


def merge_samples(
    old: Sequence[SegmentRow], segments: Segments, parquet: Parquet, rows_per_file: int
) -> None:
    """Replace segments of one day and level by merged ones.

    Args:
        old: at least one live segment.
        segments: takes the exchange.
        parquet: reads the old files.
        rows_per_file: a merged file holds about so many rows.

    Raises:
        StoreError: nothing has changed.
    """
    files = see_sound(old, parquet)
    writing = _writing(old, segments, old[0].level + 1)
    keep_from = segments.live.keep_from
    with segments.writing() as new:
        for points in pieces(*parquet.counts(files), rows_per_file):
            rows = parquet.samples_of_points(overlapping(old, points), points)
            rows = rows.since(keep_from).resolved()
            if len(rows):
                segments.write_samples(new, rows, writing)
        segments.apply(Change(old=old, new=new))


def merge_minutes(
    due: MinutesDue, segments: Segments, parquet: Parquet, rows_per_file: int
) -> None:
    """Replace segments of minutes by merged ones, like :func:`merge_samples`."""
    files = see_sound(due.rows, parquet)
    writing = _writing(due.rows, segments, due.level)
    keep_from = segments.live.keep_from
    with segments.writing() as new:
        for points in pieces(*parquet.counts(files), rows_per_file):
            near = overlapping(due.rows, points)
            low, high = int(points[0]), int(points[-1])
            minutes = parquet.minutes_of_points(near, low, high, *_TIMES)
            minutes = minutes.take(minutes.time >= keep_from[minutes.point]).resolved()
            if len(minutes):
                segments.write_minutes(new, minutes, writing)
        segments.apply(Change(old=due.rows, new=new))


def _writing(old: Sequence[SegmentRow], segments: Segments, level: int) -> Writing:
    return Writing(
        run=segments.new_run(),
        level=level,
        min_sequence=min(row.min_sequence for row in old),
        max_sequence=max(row.max_sequence for row in old),
    )


def see_sound(rows: Sequence[SegmentRow], parquet: Parquet) -> list[str]:
    """The names of the files, none of which has changed on the disk since it was written.

    Raises:
        UnreadableError: one has: damage must not be carried on into new files.
    """
    for row in rows:
        parquet.see_sound(row.file, row.crc)
    return [row.file for row in rows]


def overlapping(rows: Sequence[SegmentRow], points: NDArray[np.int32]) -> list[str]:
    """The files that may hold rows of some points, which are given in ascending order."""
    low, high = points[0], points[-1]
    return [row.file for row in rows if row.min_point <= high and row.max_point >= low]
