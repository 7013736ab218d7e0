"""The past of one point, as fine as it can be shown, for as few questions as possible.

A long stretch is asked for in columns first: their counts say whether its samples are few
enough to be had one by one. A short one is asked for in samples at once. Either way a year of
samples never travels to be thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.drawing.steps import Grid, grid
from console.gaps import Gap, captured, gaps_of, seen_in_buckets, seen_in_series
from historian.queries import BucketQuery, Buckets, RangeQuery, Series

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from console.gaps import Seen
    from historian.store import Store
    from telemetry.points import PointTable

MOST_RAW = 10_000
"""Up to so many samples are shown one by one."""

_OFTEN = 4
"""A device is usually asked so many times before its value counts as stale."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one point's past.

    Attributes:
        point: index into the point table.
        start, end: the interval, ns.
        expected_ns: a new value of the point is due within this time.
        grid: into which columns it is divided when its samples are too many.
    """

    point: int
    start: int
    end: int
    expected_ns: int
    grid: Grid

    @property
    def likely(self) -> float:
        """Samples that are to be expected in it."""
        return _OFTEN * (self.end - self.start) / max(1, self.expected_ns)

    @property
    def columns(self) -> BucketQuery:
        """The question for its columns."""
        return BucketQuery(self.point, self.start, self.end, self.grid.step_ns, self.grid.origin)


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What a store answered: samples, or columns.

    Attributes:
        stretch: what was asked for.
        found: the answer.
    """

    stretch: Stretch
    found: Series | Buckets

    @property
    def step_ns(self) -> int:
        """Length of a column, 0 for samples: what is shorter is not told apart."""
        return 0 if isinstance(self.found, Series) else self.stretch.grid.step_ns

    def gaps(self, now_ns: int) -> list[Gap]:
        """Its gaps up to now, oldest first."""
        stretch = self.stretch
        end = max(stretch.start, min(stretch.end, now_ns))
        return gaps_of(self._seen(), stretch.expected_ns, stretch.start, end)

    def captured(self, now_ns: int) -> float | None:
        """The share of the values due up to now that came; None where none was due yet."""
        stretch = self.stretch
        end = min(stretch.end, now_ns)
        return captured(self._seen(), stretch.expected_ns, stretch.start, end)

    def _seen(self) -> Seen:
        if isinstance(self.found, Series):
            return seen_in_series(self.found)
        return seen_in_buckets(self.found, self.stretch.grid.step_ns)


def stretch_of(
    points: PointTable, index: int, interval: tuple[int, int], columns: int, timezone: ZoneInfo
) -> Stretch:
    """A stretch of a point's past.

    Args:
        points: the point table.
        index: which point.
        interval: begin and end, ns.
        columns: at most so many columns.
        timezone: the city's.
    """
    start, end = interval
    expected_ns = int(points.expected_ns[index])
    return Stretch(index, start, end, expected_ns, grid(start, end, columns, timezone))


async def look(store: Store, stretch: Stretch, most_raw: int = MOST_RAW) -> Past:
    """Ask for every sample where there are at most ``most_raw``, else for columns.

    Args:
        store: where the past is kept.
        stretch: of whose past.
        most_raw: so many samples are worth their transfer.

    Raises:
        QueryError: the interval ends before it begins.
    """
    samples = RangeQuery(stretch.point, stretch.start, stretch.end, most_raw)
    if stretch.likely <= most_raw:
        series = await store.query(samples)
        if _whole(series, stretch):
            return Past(stretch, series)
        return Past(stretch, await store.query(stretch.columns))
    buckets = await store.query(stretch.columns)
    if 0 < int(buckets.count.sum()) <= most_raw:
        series = await store.query(samples)
        if _whole(series, stretch):
            return Past(stretch, series)
    return Past(stretch, buckets)


def _whole(series: Series, stretch: Stretch) -> bool:
    """Whether a series holds all of the stretch: not cut off, not thinned to summaries."""
    thinned = series.thinned_before is not None and series.thinned_before > stretch.start
    return not series.truncated and not thinned
