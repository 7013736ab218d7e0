"""Merging many small segments into few large ones.

Twelve writings of one day and level become one of the next level: five-minute segments become
hours, hours half-days. Each merged file holds a range of points, so that one point's day lies
in few files and merging never needs more memory than one file's rows. Duplicates are resolved
and pruned samples left out on the way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from historian.embedded.catalogue import SegmentRow
    from historian.embedded.parquet import Parquet
    from historian.embedded.segments import Segments


@dataclass(frozen=True, slots=True)
class Merging:
    """How to merge.

    Attributes:
        horizon: samples before this time are left out, ns.
        rows_per_file: a merged file holds about so many rows.
    """

    horizon: int
    rows_per_file: int


def merge_due(live: Sequence[SegmentRow], fan_in: int) -> list[SegmentRow]:
    """The segments to be merged next: of the newest day and lowest level that has enough.

    Returns:
        Segments of one day and level, of at least ``fan_in`` writings; or none.
    """
    groups: defaultdict[tuple[int, int], list[SegmentRow]] = defaultdict(list)
    for row in live:
        groups[row.level, -row.day].append(row)
    due = (key for key, rows in groups.items() if len({row.run for row in rows}) >= fan_in)
    first = min(due, default=None)
    return [] if first is None else groups[first]


def merge(
    old: Sequence[SegmentRow], segments: Segments, parquet: Parquet, merging: Merging
) -> None:
    """Replace ``old`` by merged segments; blocks for long, so run it in a thread.

    Args:
        old: live segments of one day and level.
        segments: takes the exchange.
        parquet: reads the old files.
        merging: how.

    Raises:
        StoreError: nothing has changed.
    """
    files = [row.file for row in old]
    run, level = segments.new_run(), old[0].level + 1
    new: list[SegmentRow] = []
    for low, high in pieces(*parquet.counts(files), merging.rows_per_file):
        overlapping = [r.file for r in old if r.min_point <= high and r.max_point >= low]
        rows = parquet.of_points(overlapping, low, high, merging.horizon).resolved()
        if len(rows):
            new += segments.write(rows, run, level)
    segments.replace(old=old, new=new)


def pieces(
    points: NDArray[np.int32], rows: NDArray[np.int64], rows_per_file: int
) -> Iterator[tuple[int, int]]:
    """Ranges of points, both ends inclusive, that hold about ``rows_per_file`` rows each.

    Args:
        points: ``int32[n]``, ascending.
        rows: ``int64[n]``, how many rows each point has.
        rows_per_file: exceeded by at most one point's rows.
    """
    before = np.cumsum(rows) - rows
    begins = np.flatnonzero(np.diff(before // rows_per_file, prepend=-1))
    ends = np.append(begins[1:], points.shape[0]) - 1
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        yield int(points[begin]), int(points[end])
