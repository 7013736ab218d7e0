"""Summing a day up by the minute once it is over, and again when samples come late.

The work goes by ranges of points. After each range one transaction lists the new files and how
far the work is, so that a restart goes on from there. Until all of it is done, the day's samples
answer; from then on its minutes do. The samples themselves are written anew on the way where
most of them still lie in many small files.

Samples of a day that have been thinned are gone: what comes later is added to their minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.compaction import overlapping, see_sound
from historian.embedded.listing import Change, DayRow
from historian.embedded.merging import WHOLE_DAY, pieces
from historian.embedded.writing import Writing
from historian.minutes import Minutes, combined, minutes_of
from historian.retention import DAY_NS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.embedded.listing import SegmentRow
    from historian.embedded.live import Live
    from historian.embedded.parquet import Parquet
    from historian.embedded.segments import Segments
    from historian.embedded.sizes import Sizes
    from historian.rows import Rows


def day_to_sum(live: Live, before_day: int) -> int | None:
    """A day whose summing up was begun; or else the oldest that needs it.

    Args:
        live: the segments.
        before_day: days from this one on are not over.
    """
    begun = [day for day, row in live.days.items() if row.next_through]
    return min(begun or [day for day in live.uncovered if day < before_day], default=None)


@dataclass(frozen=True, slots=True)
class Work:
    """What summing up one day needs.

    Attributes:
        segments, parquet: where the files are.
        sizes: how much is read and written at a time.
    """

    segments: Segments
    parquet: Parquet
    sizes: Sizes


class DaySum:
    """The work on one day; an object of this class lives as long as the work goes on.

    Args:
        work: where the files are.
        day: which day, counted from 1970.
        through: what is in segments by now; used when the work is new, not when it goes on.

    Raises:
        StoreError: the day cannot be read; nothing has changed.
    """

    def __init__(self, work: Work, day: int, through: int) -> None:
        self._work = work
        self.day = day
        self._begin(through)
        old = self._old()
        files = see_sound(old, work.parquet)
        points, rows = work.parquet.counts(files) if files else _NONE
        if not self._row.rewriting:
            late = [row.file for row in old if row.max_sequence > self._row.through]
            chosen = np.isin(points, work.parquet.counts(late)[0]) if late else slice(0, 0)
            points, rows = points[chosen], rows[chosen]
        todo = points >= self._row.next_point
        self._pieces = list(pieces(points[todo], rows[todo], work.sizes.rows_per_file))

    def _begin(self, through: int) -> None:
        live = self._work.segments.live
        row = live.days.get(self.day, DayRow(self.day))
        if not row.next_through:
            samples = live.samples.get(self.day, ())
            small = sum(r.rows for r in samples if r.level < WHOLE_DAY)
            row = replace(
                row,
                next_through=through,
                next_point=0,
                next_run=self._work.segments.new_run(),
                rewriting=2 * small > sum(r.rows for r in samples),
            )
            self._work.segments.apply(Change(days=[row]))
        self._row = row

    def _old(self) -> list[SegmentRow]:
        """The segments whose samples the new minutes will cover."""
        return [
            row
            for row in self._work.segments.live.samples.get(self.day, ())
            if row.max_sequence <= self._row.next_through and row.run != self._row.next_run
        ]

    def step(self) -> bool:
        """Do a part of the work, a few seconds long; returns whether the day is done.

        Raises:
            StoreError: this part has changed nothing; leave this object and begin another.
        """
        live, row = self._work.segments.live, self._row
        writing = Writing(row.next_run, WHOLE_DAY, 0, row.next_through)
        minutes: list[Minutes] = []
        next_point = row.next_point
        with self._work.segments.writing() as new:
            while self._pieces and sum(map(len, minutes)) < self._work.sizes.minutes_per_file:
                points = self._pieces.pop(0)
                next_point = int(points[-1]) + 1
                samples, summed = self._sum(live, points)
                minutes.append(summed)
                if row.rewriting and len(samples):
                    self._work.segments.write_samples(new, samples, writing)
            together = Minutes.concat([part for part in minutes if len(part)])
            if len(together):
                self._work.segments.write_minutes(new, together, replace(writing, level=0))
            self._commit(new, next_point)
        return not self._pieces

    def _commit(self, new: Sequence[SegmentRow], next_point: int) -> None:
        before = self._row
        old: list[SegmentRow] = []
        if self._pieces:
            row = replace(before, next_point=next_point)
        else:
            row = DayRow(self.day, through=before.next_through)
            old = self._old() if before.rewriting else []
        self._work.segments.apply(Change(old=old, new=new, days=[row]), expecting=before)
        self._row = row

    def _sum(self, live: Live, points: NDArray[np.int32]) -> tuple[Rows, Minutes]:
        """The samples of some points that stay, and all their minutes."""
        files = overlapping(self._old(), points)
        rows = self._work.parquet.samples_of_points(files, points).since(live.keep_from)
        gone = live.raw_from[rows.point] > self.day * DAY_NS
        kept = rows.take(~gone).resolved() if gone.any() else rows.resolved()
        minutes = minutes_of(kept, self._row.next_through)
        if gone.any():
            minutes = Minutes.concat([minutes, self._grown(live, points, rows.take(gone))])
        return kept, minutes.resolved()

    def _grown(self, live: Live, points: NDArray[np.int32], rows: Rows) -> Minutes:
        """Minutes of thinned points, with those of their samples added that are not in them."""
        near = [row for row in live.minutes if _on_day(row, self.day)]
        low, high = int(points[0]), int(points[-1])
        begin = self.day * DAY_NS
        older = self._work.parquet.minutes_of_points(
            overlapping(near, points), low, high, begin, begin + DAY_NS
        ).resolved()
        older = older.take(np.isin(older.point, rows.point))
        covered = np.full(live.raw_from.shape[0], self._row.through, dtype=np.int64)
        np.maximum.at(covered, older.point, older.sequence)
        late = rows.take(rows.sequence > covered[rows.point]).resolved()
        return combined(older, minutes_of(late, 0), self._row.next_through)


_NONE = np.empty(0, np.int32), np.empty(0, np.int64)


def _on_day(row: SegmentRow, day: int) -> bool:
    return row.min_time < (day + 1) * DAY_NS and row.max_time >= day * DAY_NS
