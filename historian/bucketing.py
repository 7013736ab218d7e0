"""Downsampling that keeps every spike: minimum, maximum, mean, first and last per bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.queries import BucketQuery, Buckets
from telemetry.quality import Severity, quality, severities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.queries import Series

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
        if not len(series):
            return
        bucket = (series.time - self._start) // self._bucket_ns
        begins, numbers = _runs(bucket)
        self._count[numbers] += np.diff(np.append(begins, bucket.shape[0]))
        worst = np.maximum.reduceat(series.quality, begins)
        self._worst[numbers] = np.maximum(self._worst[numbers], worst)
        usable = (severities(series.quality) < Severity.BAD) & np.isfinite(series.value)
        if usable.any():
            self._add_values(bucket[usable], series.value[usable])

    def _add_values(self, bucket: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        begins, numbers = _runs(bucket)
        ends = np.append(begins[1:], bucket.shape[0])
        lowest = np.minimum.reduceat(value, begins)
        highest = np.maximum.reduceat(value, begins)
        self._minimum[numbers] = np.minimum(self._minimum[numbers], lowest)
        self._maximum[numbers] = np.maximum(self._maximum[numbers], highest)
        self._sum[numbers] += np.add.reduceat(value, begins)
        fresh = self._good[numbers] == 0
        self._first[numbers[fresh]] = value[begins[fresh]]
        self._last[numbers] = value[ends - 1]
        self._good[numbers] += ends - begins

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


def _runs(bucket: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Where each run of equal numbers begins, and its number; ``bucket`` is ascending."""
    begins = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    return begins, bucket[begins]
