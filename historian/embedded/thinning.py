"""Giving the disk back: what nobody will ask for again is taken out of the files.

Samples of a day go, point by point, once they are too old and the day's minutes are complete.
Files of which nothing is needed go whole; of others the rest is written anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.listing import Change
from historian.embedded.writing import Writing
from historian.retention import DAY_NS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from historian.embedded.listing import SegmentRow
    from historian.embedded.live import Live
    from historian.embedded.parquet import Parquet
    from historian.embedded.segments import Segments


def earliest_unsummed(live: Live) -> int:
    """Begin of the oldest day whose samples must stay because its minutes are not complete, ns."""
    begun = (day for day, row in live.days.items() if row.next_through)
    return min([*live.uncovered, *begun], default=2**63 // DAY_NS - 1) * DAY_NS


def forgotten(live: Live) -> Change:
    """The segments of which nothing is shown any more, and days long gone."""
    newest, oldest = int(live.keep_from.max()), int(live.keep_from.min())
    old = [
        row
        for row in live.rows()
        if row.max_time < newest and row.max_time < _within(live.keep_from, row).min()
    ]
    return Change(
        old=old, forgotten_days=[day for day in live.days if (day + 1) * DAY_NS <= oldest]
    )


@dataclass(frozen=True, slots=True)
class Thinned:
    """A segment with samples that are no longer needed.

    Attributes:
        row: the segment.
        points: so many of the points between its lowest and its highest are too old.
        whole: all of them are.
    """

    row: SegmentRow
    points: int
    whole: bool


def to_thin(live: Live) -> Iterator[Thinned]:
    """The segments that hold samples of which only minutes are needed."""
    newest = int(live.raw_from.max())
    for day, rows in live.samples.items():
        state = live.days.get(day)
        covered = state is not None and not state.next_through and day not in live.uncovered
        if covered and (day + 1) * DAY_NS <= newest:
            before = np.concatenate([[0], np.cumsum(live.raw_from > day * DAY_NS)])
            for row in rows:
                points = int(before[row.max_point + 1] - before[row.min_point])
                if points > row.thinned:
                    yield Thinned(row, points, points == row.max_point - row.min_point + 1)


def thin(thinned: Thinned, segments: Segments, parquet: Parquet) -> None:
    """Take the samples out; blocks for a second.

    Raises:
        StoreError: nothing has changed.
    """
    row, live = thinned.row, segments.live
    with segments.writing() as new:
        if not thinned.whole:
            parquet.see_sound(row.file, row.crc)
            points = np.arange(row.min_point, row.max_point + 1, dtype=np.int32)
            rows = parquet.samples_of_points([row.file], points)
            rows = rows.take(live.raw_from[rows.point] <= row.day * DAY_NS)
            if len(rows) == row.rows:
                segments.apply(Change(new=[replace(row, thinned=thinned.points)]))
                return
            if len(rows):
                run = segments.new_run()
                writing = Writing(run, row.level, row.min_sequence, row.max_sequence)
                segments.write_samples(new, rows, writing)
                gone = _within(live.raw_from, new[0]) > row.day * DAY_NS
                new[0] = replace(new[0], thinned=int(gone.sum()))
        segments.apply(Change(old=[row], new=new))


def _within(horizon: NDArray[np.int64], row: SegmentRow) -> NDArray[np.int64]:
    return horizon[row.min_point : row.max_point + 1]
