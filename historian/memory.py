"""A store without a disk: for tests, benches, and a service that need not remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from historian.bucketing import Bucketing
from historian.minutes import Minutes, combined, minutes_of
from historian.newest import Newest
from historian.queries import BucketQuery, Buckets, RangeQuery, Series
from historian.retention import EVER
from historian.rows import Rows, series_of
from historian.table import check_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.entry import Entry
    from historian.retention import Horizons
    from telemetry.batch import Batch


class MemoryStore:
    """Keeps everything it was given until it is pruned or thinned.

    Args:
        points: how many points the table has.
    """

    def __init__(self, points: int) -> None:
        self._points = points
        self._rows: list[Rows] = []
        self._minutes = Minutes.empty()
        self._newest = Newest.unseen(points)
        self._last = 0
        self._raw_from = np.full(points, EVER, dtype=np.int64)
        self._keep_from = np.full(points, EVER, dtype=np.int64)

    async def append(self, entries: Sequence[Entry]) -> int:
        """Take entries in; there is no crash to survive, so all of it counts as kept."""
        for entry in entries:
            if entry.sequence > self._last:
                self._take(entry)
        return self._last

    def _take(self, entry: Entry) -> None:
        batch = entry.batch
        self._last = entry.sequence
        self._newest.see(batch)
        sequence = np.full(len(batch), entry.sequence, dtype=np.int64)
        rows = Rows(batch.point, batch.time, batch.value, batch.quality, sequence)
        self._rows.append(rows)
        if bool((rows.time < self._raw_from[rows.point]).any()):
            self._thin()

    @overload
    async def query(self, query: RangeQuery) -> Series: ...

    @overload
    async def query(self, query: BucketQuery) -> Buckets: ...

    async def query(self, query: RangeQuery | BucketQuery) -> Series | Buckets:
        """Answer by looking through everything."""
        check_points(query.point, self._points)
        start = max(query.start, int(self._keep_from[query.point]))
        found = [rows.of_point(query.point, start, query.end) for rows in self._rows]
        minutes = self._minutes.take(self._minutes.point == query.point)
        if isinstance(query, RangeQuery):
            raw_from = int(self._raw_from[query.point])
            thinned = len(minutes.within(start, raw_from)) > 0
            return series_of(found, query.limit, raw_from if thinned else None)
        bucketing = Bucketing(query)
        bucketing.add_minutes(minutes.within(start, query.end))
        bucketing.add(series_of(found))
        return bucketing.result()

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        """The newest sample of each point."""
        check_points(points, self._points)
        return self._newest.of(points, points)

    async def prune(self, before_ns: int) -> None:
        """Forget what is older."""
        np.maximum(self._keep_from, before_ns, out=self._keep_from)
        self._forget()

    async def retain(self, horizons: Horizons) -> bool:
        """Forget and thin what is too old, all at once."""
        np.maximum(self._raw_from, horizons.raw, out=self._raw_from)
        np.maximum(self._keep_from, horizons.keep, out=self._keep_from)
        self._thin()
        self._forget()
        return False

    def _thin(self) -> None:
        rows = Rows.concat(self._rows)
        old = rows.time < self._raw_from[rows.point]
        added = minutes_of(rows.take(old).resolved(), self._last)
        self._minutes = combined(self._minutes, added, self._last)
        self._rows = [rows.take(~old)]

    def _forget(self) -> None:
        kept = [rows.take(rows.time >= self._keep_from[rows.point]) for rows in self._rows]
        self._rows = [rows for rows in kept if len(rows)]
        minutes = self._minutes
        self._minutes = minutes.take(minutes.time >= self._keep_from[minutes.point])
