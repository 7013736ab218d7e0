"""Answers from memory and segments together; any thread may ask."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from historian.bucketing import Bucketing
from historian.embedded.live import Span
from historian.embedded.planning import Source, fits_minutes, stretches
from historian.minutes import Minutes, combined, minutes_of
from historian.queries import BucketQuery, Buckets, RangeQuery, Series
from historian.retention import DAY_NS
from historian.rows import Rows, series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from historian.embedded.files import SegmentFiles
    from historian.embedded.hot import HotView
    from historian.embedded.listing import SegmentRow
    from historian.embedded.live import Live


class Reading:
    """One question about one point to what was live when it was asked.

    Args:
        live: the segments, which must stay readable meanwhile.
        hot: memory, looked at before ``live``: what moved meanwhile is found twice, not never.
        files: reads the segments.
        number: the store's number of the point.
    """

    def __init__(self, live: Live, hot: HotView, files: SegmentFiles, number: int) -> None:
        self._live = live
        self._hot = hot
        self._files = files
        self._number = number
        self._keep_from = int(live.keep_from[number])
        self._raw_from = int(live.raw_from[number])

    def series(self, query: RangeQuery) -> Series:
        """Every sample of an interval that has not been thinned."""
        start = max(query.start, self._keep_from)
        span = Span(self._number, max(start, self._raw_from), query.end, self._hot.complete_after)
        recent = self._recent(span)
        pieces: list[Rows] = []
        found = 0
        for day in sorted(self._days_of_samples(span) | _days(recent)):
            pieces.append(self._samples(span.within(day * DAY_NS, (day + 1) * DAY_NS), recent))
            found += len(pieces[-1])
            if found > query.limit:
                break
        thinned_before = self._raw_from if self._has_thinned(start) else None
        return series_of(pieces, query.limit, thinned_before)

    def _days_of_samples(self, span: Span) -> set[int]:
        first, last = span.start // DAY_NS, (span.end - 1) // DAY_NS
        return {
            day
            for day, rows in self._live.samples.items()
            if first <= day <= last and any(map(span.touches, rows))
        }

    def _has_thinned(self, start: int) -> bool:
        """Whether there was something from ``start`` on that is not answered as samples."""
        old = Span(self._number, start, self._raw_from)
        return start < self._raw_from and (
            any(map(old.touches, self._live.minutes))
            or bool(self._days_of_samples(old))
            or len(self._recent(old)) > 0
        )

    def buckets(self, query: BucketQuery) -> Buckets:
        """Samples and minutes of an interval, summed up."""
        bucketing = Bucketing(query)
        start = max(query.start, self._keep_from)
        span = Span(self._number, start, query.end, self._hot.complete_after)
        recent = self._recent(span)
        fresh = {day for day in _days(recent) if self._is_fresh(recent, day)}
        grid = query.first, query.bucket_ns
        for stretch in stretches(self._live, span, fresh, fits=fits_minutes(query)):
            part = span.within(stretch.start, stretch.end)
            match stretch.source:
                case Source.SAMPLES:
                    rows = self._samples(part, recent)
                    bucketing.add(Series(rows.time, rows.value, rows.quality))
                case Source.MINUTES:
                    bucketing.add_minutes(self._summed(part, grid))
                case Source.MINUTES_AND_LATER:
                    bucketing.add_minutes(self._grown(part, recent))
        return bucketing.result()

    def _recent(self, span: Span) -> Rows:
        return self._hot.of_point(span.point, span.start, span.end)

    def _is_fresh(self, recent: Rows, day: int) -> bool:
        """Whether memory has samples of a day that its minutes do not cover."""
        newest = recent.sequence[recent.time // DAY_NS == day].max()
        return bool(newest > self._live.through(day))

    def _samples(self, part: Span, recent: Rows) -> Rows:
        """The samples of an interval within one day."""
        segments = self._live.samples.get(part.start // DAY_NS, ())
        return self._stored(segments, part, recent).resolved()

    def _stored(self, segments: Sequence[SegmentRow], part: Span, recent: Rows) -> Rows:
        rows = [row for row in segments if part.touches(row)]
        where = part.point, part.start, part.end
        near = recent.of_point(*where)
        if len(rows) == 1:
            stored = self._files.samples_in_one(rows[0].file, rows[0].max_sequence, *where)
        else:
            stored = self._files.samples_of_point([row.file for row in rows], *where)
        return Rows.concat([found for found in (stored, near) if len(found)])

    def _summed(self, part: Span, grid: tuple[int, int]) -> Minutes:
        """The minutes of an interval, in order of time, if possible put together by bucket.

        Where files overlap in time some minute may have several rows, of which one is valid.
        """
        rows = sorted(filter(part.touches, self._live.minutes), key=_min_time)
        if not all(left.max_time < right.min_time for left, right in pairwise(rows)):
            return self._minutes(part)
        files = [row.file for row in rows]
        return self._files.summed_minutes(files, part.point, (part.start, part.end), grid)

    def _minutes(self, part: Span) -> Minutes:
        """The minutes of an interval, of each the valid row."""
        files = [row.file for row in self._live.minutes if part.touches(row)]
        return self._files.minutes_of_point(files, part.point, part.start, part.end).resolved()

    def _grown(self, part: Span, recent: Rows) -> Minutes:
        """The minutes of a thinned day with the samples that came after the thinning."""
        day = part.start // DAY_NS
        older = self._minutes(part)
        covered = max(self._live.through(day), int(older.sequence.max(initial=0)))
        rows = self._stored(self._live.uncovered.get(day, ()), part, recent)
        late = rows.take(rows.sequence > covered).resolved()
        return combined(older, minutes_of(late, 0), covered).within(part.start, part.end)


def _min_time(row: SegmentRow) -> int:
    return row.min_time


def _days(rows: Rows) -> set[int]:
    return set(np.unique(rows.time // DAY_NS).tolist())
