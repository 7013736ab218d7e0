"""What groups of samples amount to: the one place where aggregates are computed.

Buckets of a question and minutes on disk are both made here, from samples or from finer sums,
so that both say the same of the same samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telemetry.quality import Severity, severities

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """One row for each group; groups have samples, perhaps only BAD ones.

    Attributes:
        minimum, maximum: ``float64[n]``; +inf and -inf where all samples are BAD.
        total: ``float64[n]``, sum of the values.
        first, last: ``float64[n]``; NaN where all samples are BAD.
        count: ``int64[n]``, all samples.
        good: ``int64[n]``, finite samples that are not BAD: those in the aggregates.
        worst: ``uint8[n]``, the worst quality.
    """

    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    good: NDArray[np.int64]
    worst: NDArray[np.uint8]

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Sums:
        """The groups at the given indices, under a mask, or in a slice."""
        return Sums(
            self.minimum[chosen],
            self.maximum[chosen],
            self.total[chosen],
            self.first[chosen],
            self.last[chosen],
            self.count[chosen],
            self.good[chosen],
            self.worst[chosen],
        )


def runs(key: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where each run of equal numbers begins; ``key: int64[n]``, n > 0, equal ones adjacent."""
    return np.flatnonzero(np.diff(key, prepend=key[0] - 1))


def sums_of_samples(
    begins: NDArray[np.intp], value: NDArray[np.float64], quality: NDArray[np.uint8]
) -> Sums:
    """Sum up runs of samples, each in order of time.

    Args:
        begins: ``[k]``, ascending from 0, where each run begins.
        value: ``float64[n]``, n > 0.
        quality: ``uint8[n]``.
    """
    usable = (severities(quality) < Severity.BAD) & np.isfinite(value)
    whole = bool(usable.all())
    first, last, good = _ends(begins, usable)
    return Sums(
        minimum=np.minimum.reduceat(value if whole else np.where(usable, value, np.inf), begins),
        maximum=np.maximum.reduceat(value if whole else np.where(usable, value, -np.inf), begins),
        total=np.add.reduceat(value if whole else np.where(usable, value, 0.0), begins),
        first=np.where(good > 0, value[first], np.nan),
        last=np.where(good > 0, value[last], np.nan),
        count=_lengths(begins, value.shape[0]),
        good=good,
        worst=np.maximum.reduceat(quality, begins),
    )


def sums_of_sums(begins: NDArray[np.intp], sums: Sums) -> Sums:
    """Sum up runs of finer sums, each in order of time.

    Args:
        begins: ``[k]``, ascending from 0, where each run begins.
        sums: n > 0 rows.
    """
    first, last, _ = _ends(begins, sums.good > 0)
    return Sums(
        minimum=np.minimum.reduceat(sums.minimum, begins),
        maximum=np.maximum.reduceat(sums.maximum, begins),
        total=np.add.reduceat(sums.total, begins),
        first=sums.first[first],
        last=sums.last[last],
        count=np.add.reduceat(sums.count, begins),
        good=np.add.reduceat(sums.good, begins),
        worst=np.maximum.reduceat(sums.worst, begins),
    )


def _ends(
    begins: NDArray[np.intp], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
    """Index of the first and the last usable row of each run, and how many there are.

    A run without any has the index of its first row for both.
    """
    if usable.all():
        good = _lengths(begins, usable.shape[0])
        return begins, begins + good - 1, good
    index = np.flatnonzero(usable)
    low = np.searchsorted(index, begins)
    high = np.append(low[1:], index.shape[0])
    good = high - low
    index = np.append(index, 0)
    return (
        np.where(good > 0, index[low], begins),
        np.where(good > 0, index[high - 1], begins),
        good,
    )


def _lengths(begins: NDArray[np.intp], rows: int) -> NDArray[np.int64]:
    return np.diff(np.append(begins, rows)).astype(np.int64)
