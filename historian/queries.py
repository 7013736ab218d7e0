"""Questions to a store and their answers, as arrays.

Times are nanoseconds since 1970 UTC; intervals are half-open, ``start <= time < end``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from historian.errors import QueryError
from telemetry.clock import SECOND

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_BUCKETS = 100_000
"""More buckets than this are refused: no screen shows them and each costs memory."""


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """Every sample of one point within an interval, oldest first.

    Attributes:
        point: index into the point table.
        start, end: the interval, ns.
        limit: at most so many samples, >= 1; the answer says when there are more.
    """

    point: int
    start: int
    end: int
    limit: int = 100_000

    def __post_init__(self) -> None:
        _check_interval(self.start, self.end)
        if self.limit < 1:
            raise QueryError(f"a range needs a limit of at least 1 sample, got {self.limit}")


@dataclass(frozen=True, slots=True)
class BucketQuery:
    """One point within an interval, summed up per bucket so that no spike is lost.

    Attributes:
        point: index into the point table.
        start, end: the interval, ns; only samples within it count.
        bucket_ns: length of a bucket.
        origin: buckets begin at this time and at whole lengths before and after it, so that the
            first one may begin before ``start``; None means at ``start``.
    """

    point: int
    start: int
    end: int
    bucket_ns: int
    origin: int | None = None

    def __post_init__(self) -> None:
        _check_interval(self.start, self.end)
        if self.bucket_ns < 1:
            raise QueryError(f"a bucket must be longer than 0 ns, got {self.bucket_ns}")
        if self.buckets > MOST_BUCKETS:
            raise QueryError(
                f"the interval makes {self.buckets} buckets, at most {MOST_BUCKETS} are answered: "
                "use longer buckets or a shorter interval"
            )

    @property
    def first(self) -> int:
        """When the first bucket begins, ns."""
        if self.origin is None:
            return self.start
        return self.start - (self.start - self.origin) % self.bucket_ns

    @property
    def buckets(self) -> int:
        """How many buckets the answer has."""
        return -(-(self.end - self.first) // self.bucket_ns) if self.end > self.start else 0


def _check_interval(start: int, end: int) -> None:
    if end < start:
        raise QueryError(f"the interval ends at {_utc(end)}, before it starts at {_utc(start)}")


def _utc(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / SECOND, UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Samples of one point, oldest first, one for each instant.

    Attributes:
        time: ``int64[n]``, ns, ascending.
        value: ``float64[n]`` in the point's canonical unit, NaN where there is none.
        quality: ``uint8[n]``, see :mod:`telemetry.quality`.
        truncated: there are more; ask again from just after the last time.
        thinned_before: samples before this time, ns, have been thinned to summaries by the
            minute and are seen by a :class:`BucketQuery` only; None where that is not so.
    """

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    truncated: bool = False
    thinned_before: int | None = None

    def __len__(self) -> int:
        return int(self.time.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """One row for each bucket, the empty ones too: a gap is a row, not an absence.

    The aggregates are over the samples that are not BAD; where there is none they are NaN.

    Attributes:
        time: ``int64[n]``, when each bucket begins, ns.
        minimum, maximum, mean, first, last: ``float64[n]``.
        count: ``int64[n]``, all samples, BAD ones included.
        good: ``int64[n]``, samples that are not BAD; ``good < count`` shows a fault,
            ``count == 0`` a gap.
        worst: ``uint8[n]``, the worst quality of the bucket; BAD without reason where it is empty.
    """

    time: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    good: NDArray[np.int64]
    worst: NDArray[np.uint8]

    def __len__(self) -> int:
        return int(self.time.shape[0])
