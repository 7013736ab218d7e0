"""A store that remembers what it was asked, and how much it answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

from historian.errors import StoreError
from historian.queries import BucketQuery, Buckets, RangeQuery, Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from historian.entry import Entry
    from historian.store import Store
    from telemetry.batch import Batch


@dataclass
class CountingStore:
    """Implements :class:`historian.store.Store` over another.

    Attributes:
        asked: every question, in order.
        rows: samples or buckets of all answers together.
        thinned_before: what its answers say of thinning; older samples are left out of them.
        away: why it cannot be asked, if it cannot.
    """

    inner: Store
    asked: list[RangeQuery | BucketQuery] = field(default_factory=list)
    rows: int = 0
    thinned_before: int | None = None
    away: str | None = None

    async def append(self, entries: Sequence[Entry]) -> int:
        return await self.inner.append(entries)

    @overload
    async def query(self, query: RangeQuery) -> Series: ...

    @overload
    async def query(self, query: BucketQuery) -> Buckets: ...

    async def query(self, query: RangeQuery | BucketQuery) -> Series | Buckets:
        self.asked.append(query)
        if self.away:
            raise StoreError(self.away)
        if isinstance(query, BucketQuery):
            buckets = await self.inner.query(query)
            self.rows += len(buckets)
            return buckets
        series = await self.inner.query(query)
        self.rows += len(series)
        return self._thinned(series)

    def _thinned(self, series: Series) -> Series:
        if self.thinned_before is None:
            return series
        left = series.time >= self.thinned_before
        return Series(
            series.time[left],
            series.value[left],
            series.quality[left],
            series.truncated,
            self.thinned_before,
        )

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        return await self.inner.latest(points)

    async def prune(self, before_ns: int) -> None:
        await self.inner.prune(before_ns)
