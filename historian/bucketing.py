"""Downsampling that keeps every spike: minimum, maximum, mean, first and last per bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.queries import BucketQuery, Buckets
from historian.sums import runs, sums_of_samples, sums_of_sums
from telemetry.quality import Severity, quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.minutes import Minutes
    from historian.queries import Series
    from historian.sums import Sums

_NO_SAMPLE = quality(Severity.BAD)


class Bucketing:
    """Sums up series piece by piece, so that a year need not fit into memory.

    Args:
        query: which buckets; pieces must lie within its interval, later ones after earlier ones.
    """

    def __init__(self, query: BucketQuery) -> None:
        n = query.buckets
        self._start = query.first
        self._bucket_ns = query.bucket_ns
        self._minimum = np.full(n, np.inf)
        self._maximum = np.full(n, -np.inf)
        self._sum = np.zeros(n)
        self._first = np.full(n, np.nan)
        self._last = np.full(n, np.nan)
        self._count = np.zeros(n, dtype=np.int64)
        self._good = np.zeros(n, dtype=np.int64)
        self._worst = np.zeros(n, dtype=np.uint8)

    def add(self, series: Series) -> None:
        """Sum up one piece."""
        if len(series):
            bucket = self._bucket_of(series.time)
            begins = runs(bucket)
            self._fold(bucket[begins], sums_of_samples(begins, series.value, series.quality))

    def add_minutes(self, minutes: Minutes) -> None:
        """Sum up one piece that is summed up by the minute already.

        A minute counts in the bucket in which it begins. That is exact where buckets begin at
        whole minutes and are whole minutes long.

        Args:
            minutes: of one point, in order of time.
        """
        if len(minutes):
            bucket = self._bucket_of(minutes.time)
            begins = runs(bucket)
            self._fold(bucket[begins], sums_of_sums(begins, minutes.sums))

    def _bucket_of(self, time: NDArray[np.int64]) -> NDArray[np.int64]:
        return (time - self._start) // self._bucket_ns

    def _fold(self, bucket: NDArray[np.int64], sums: Sums) -> None:
        """Add the sums of some buckets, ``bucket: int64[k]``, each occurring once."""
        self._count[bucket] += sums.count
        self._worst[bucket] = np.maximum(self._worst[bucket], sums.worst)
        self._minimum[bucket] = np.minimum(self._minimum[bucket], sums.minimum)
        self._maximum[bucket] = np.maximum(self._maximum[bucket], sums.maximum)
        self._sum[bucket] += sums.total
        usable = sums.good > 0
        fresh = usable & (self._good[bucket] == 0)
        self._first[bucket[fresh]] = sums.first[fresh]
        self._last[bucket[usable]] = sums.last[usable]
        self._good[bucket] += sums.good

    def result(self) -> Buckets:
        """The buckets of everything added."""
        empty = self._good == 0
        n = self._count.shape[0]
        return Buckets(
            time=self._start + np.arange(n, dtype=np.int64) * self._bucket_ns,
            minimum=np.where(empty, np.nan, self._minimum),
            maximum=np.where(empty, np.nan, self._maximum),
            mean=np.where(empty, np.nan, self._sum / np.maximum(self._good, 1)),
            first=self._first,
            last=self._last,
            count=self._count,
            good=self._good,
            worst=np.where(self._count == 0, np.uint8(_NO_SAMPLE), self._worst),
        )
