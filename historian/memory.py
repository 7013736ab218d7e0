"""A store without a disk: for tests, benches, and a service that need not remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from historian.bucketing import Bucketing
from historian.newest import Newest
from historian.queries import BucketQuery, Buckets, RangeQuery, Series
from historian.rows import Rows, series_of
from historian.table import check_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.entry import Entry
    from telemetry.batch import Batch


class MemoryStore:
    """Keeps everything it was given until pruned.

    Args:
        points: how many points the table has.
    """

    def __init__(self, points: int) -> None:
        self._points = points
        self._rows: list[Rows] = []
        self._newest = Newest.unseen(points)
        self._last = 0
        self._horizon: int | None = None

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
        self._rows.append(Rows(batch.point, batch.time, batch.value, batch.quality, sequence))

    @overload
    async def query(self, query: RangeQuery) -> Series: ...

    @overload
    async def query(self, query: BucketQuery) -> Buckets: ...

    async def query(self, query: RangeQuery | BucketQuery) -> Series | Buckets:
        """Answer by looking through everything."""
        check_points(query.point, self._points)
        start = query.start if self._horizon is None else max(query.start, self._horizon)
        found = [rows.of_point(query.point, start, query.end) for rows in self._rows]
        if isinstance(query, RangeQuery):
            return series_of(found, query.limit)
        bucketing = Bucketing(query)
        bucketing.add(series_of(found))
        return bucketing.result()

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        """The newest sample of each point."""
        check_points(points, self._points)
        return self._newest.of(points, points)

    async def prune(self, before_ns: int) -> None:
        """Forget what is older."""
        self._horizon = max(before_ns, before_ns if self._horizon is None else self._horizon)
        kept = [rows.take(rows.time >= self._horizon) for rows in self._rows]
        self._rows = [rows for rows in kept if len(rows)]
