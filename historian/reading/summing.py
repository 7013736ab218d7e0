"""Buckets of many points of a store that is seen from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from historian.bucketing import Bucketing
from historian.queries import Series
from historian.reading.stretches import DAY_NS, stretches
from historian.reading.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from historian.minutes import Minutes
    from historian.queries import BucketQuery, Buckets
    from historian.reading.view import View
    from historian.rows import Rows


def sum_up(view: View, points: NDArray[np.int32], query: BucketQuery) -> list[Buckets]:
    """Answer one bucketed question for each of the points.

    Args:
        view: where to look.
        points: ``int32[k]``, the store's numbers, ascending.
        query: its point is of no account.

    Raises:
        StoreError: the readings cannot be read.
    """
    answers = {point: Bucketing(replace(query, point=point)) for point in points.tolist()}
    raw_from = view.listing.raw_from[points]
    for begin in np.unique(raw_from).tolist():
        group = points[raw_from == begin]
        for stretch in stretches(query, begin, _summarised(view)):
            wanted = Wanted(group, stretch.start, stretch.end)
            if stretch.minutes:
                minutes = view.minutes(wanted)
                for point, where in _runs(minutes):
                    answers[point].add_minutes(minutes.take(where))
            else:
                rows = view.rows(wanted)
                for point, where in _runs(rows):
                    answers[point].add(_series(rows.take(where)))
    return [answer.result() for answer in answers.values()]


def _summarised(view: View) -> list[int]:
    """Days of which the minutes hold every sample there is."""
    listing = view.listing
    dirty = set(np.unique(view.tail.rows.time // DAY_NS).tolist())
    for one in listing.files:
        covered = listing.summarised.get(one.day)
        if one.kind == "samples" and (covered is None or one.max_sequence > covered):
            dirty.add(one.day)
    return sorted(day for day in listing.summarised if day not in dirty)


def _runs(rows: Rows | Minutes) -> Iterator[tuple[int, slice]]:
    """Each point and its rows; they are sorted by point."""
    begins = np.flatnonzero(np.diff(rows.point, prepend=-1))
    ends = np.append(begins[1:], len(rows))
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        yield int(rows.point[begin]), slice(begin, end)


def _series(rows: Rows) -> Series:
    return Series(rows.time, rows.value, rows.quality)
