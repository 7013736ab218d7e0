"""What the store answers, in the two forms that functions work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from telemetry.quality import Severity, severities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.queries import Buckets, Series

Field = Literal["value", "quality"]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Single samples of one or several points, oldest first, four columns of one length ``n``.

    Attributes:
        point: ``int32[n]``.
        time: ``int64[n]``, ns.
        value: ``float64[n]``, NaN where the sample is BAD.
        quality: ``uint8[n]``.
    """

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]

    def __len__(self) -> int:
        return int(self.time.shape[0])

    @classmethod
    def of(cls, point: int, series: Series) -> Samples:
        """The samples of one point."""
        good = severities(series.quality) < Severity.BAD
        value = np.where(good & np.isfinite(series.value), series.value, np.nan)
        points = np.full(len(series), point, dtype=np.int32)
        return cls(points, series.time, value, series.quality)

    @classmethod
    def merged(cls, parts: Sequence[Samples]) -> Samples:
        """Those of several points in the order of time; at one time in the order of points."""
        if len(parts) == 1:
            return parts[0]
        columns = [
            np.concatenate([getattr(part, name) for part in parts] or [np.empty(0, kind)])
            for name, kind in (("point", "i4"), ("time", "i8"), ("value", "f8"), ("quality", "u1"))
        ]
        return cls(*columns).take(np.argsort(columns[1], kind="stable"))

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Samples:
        """The chosen rows."""
        return Samples(self.point[rows], self.time[rows], self.value[rows], self.quality[rows])

    def having(self, field: Field) -> Samples:
        """Those that have this field: all have a quality."""
        return self if field == "quality" else self.take(np.isfinite(self.value))

    def column(self, field: Field) -> NDArray[np.float64]:
        """The values of a field, ``float64[n]``."""
        return self.value if field == "value" else self.quality.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Summaries of short stretches of one field, oldest first; a sample is the shortest.

    Attributes:
        time: ``int64[n]``, when each begins, ns.
        low, high, total, first, last: ``float64[n]``.
        count: ``int64[n]``, values within, at least 1.
    """

    time: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    total: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.time.shape[0])

    @classmethod
    def of_samples(cls, samples: Samples, field: Field) -> Pieces:
        """Each sample that has the field as a piece of its own."""
        samples = samples.having(field)
        value = samples.column(field)
        count = np.ones(len(samples), dtype=np.int64)
        return cls(samples.time, value, value, value, value, value, count)

    @classmethod
    def of_buckets(cls, buckets: Buckets, field: Field) -> Pieces:
        """The buckets in which something is.

        Of the quality only the highest and the count are known; the rest is NaN.
        """
        if field == "quality":
            rows = buckets.count > 0
            worst = buckets.worst[rows].astype(np.float64)
            none = np.full(worst.shape[0], np.nan)
            return cls(buckets.time[rows], none, worst, none, none, none, buckets.count[rows])
        rows = buckets.good > 0
        return cls(
            buckets.time[rows],
            buckets.minimum[rows],
            buckets.maximum[rows],
            buckets.mean[rows] * buckets.good[rows],
            buckets.first[rows],
            buckets.last[rows],
            buckets.good[rows],
        )

    @classmethod
    def merged(cls, parts: Sequence[Pieces]) -> Pieces:
        """Those of several points in the order of time."""
        if len(parts) == 1:
            return parts[0]
        names = ("time", "low", "high", "total", "first", "last", "count")
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in names]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(column[order] for column in columns))
