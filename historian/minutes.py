"""Samples summed up by the minute: what is kept of old ones, and what draws a year at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from historian.sums import Sums, sums_of_samples, sums_of_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.rows import Rows

MINUTE_NS = 60_000_000_000

_DIGITS = 12
"""Significant digits of a total.

The sum of values with three decimals is then a number with three decimals again, of which a
few hundred are stored once each, and not eight bytes of rounding errors a minute.
"""

_SMALLEST = 1e-200


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """One row for each point and UTC minute that has samples, ``n`` rows.

    Attributes:
        point: ``int32[n]``, whatever number the store gives a point.
        time: ``int64[n]``, begin of the minute, ns UTC.
        sums: what the minute's samples amount to.
        sequence: ``int64[n]``, samples up to this one are in; the highest of a minute is valid.
    """

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    sums: Sums
    sequence: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.point.shape[0])

    @classmethod
    def empty(cls) -> Minutes:
        """No minutes."""
        real, whole = np.empty(0, np.float64), np.empty(0, np.int64)
        sums = Sums(real, real, real, real, real, whole, whole, np.empty(0, np.uint8))
        return cls(np.empty(0, np.int32), whole, sums, whole)

    @classmethod
    def concat(cls, parts: Sequence[Minutes]) -> Minutes:
        """The rows of all parts, in order."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.empty()
        return cls(
            np.concatenate([p.point for p in parts]),
            np.concatenate([p.time for p in parts]),
            Sums(
                minimum=np.concatenate([p.sums.minimum for p in parts]),
                maximum=np.concatenate([p.sums.maximum for p in parts]),
                total=np.concatenate([p.sums.total for p in parts]),
                first=np.concatenate([p.sums.first for p in parts]),
                last=np.concatenate([p.sums.last for p in parts]),
                count=np.concatenate([p.sums.count for p in parts]),
                good=np.concatenate([p.sums.good for p in parts]),
                worst=np.concatenate([p.sums.worst for p in parts]),
            ),
            np.concatenate([p.sequence for p in parts]),
        )

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Minutes:
        """The rows at the given indices, under a mask, or in a slice."""
        return Minutes(
            self.point[chosen], self.time[chosen], self.sums.take(chosen), self.sequence[chosen]
        )

    def within(self, start: int, end: int) -> Minutes:
        """Of one point's rows in order of time, those that begin within ``[start, end)``."""
        begin, stop = np.searchsorted(self.time, np.array([start, end], np.int64)).tolist()
        return self.take(slice(begin, stop))

    def resolved(self) -> Minutes:
        """Sorted by point and time, with one row for each pair: that of the highest sequence."""
        same = self.point[1:] == self.point[:-1]
        if bool(np.all((self.point[1:] > self.point[:-1]) | (same & (np.diff(self.time) > 0)))):
            return self
        order = np.lexsort((self.sequence, self.time, self.point))
        point, time = self.point[order], self.time[order]
        last = np.ones(order.shape[0], dtype=np.bool_)
        last[:-1] = (point[1:] != point[:-1]) | (time[1:] != time[:-1])
        return self.take(order[last])


def minutes_of(rows: Rows, sequence: int) -> Minutes:
    """Sum up samples by point and minute.

    Args:
        rows: resolved.
        sequence: of the result.
    """
    if not len(rows):
        return Minutes.empty()
    minute = rows.time // MINUTE_NS
    begins = np.flatnonzero(_changes(rows.point) | _changes(minute))
    sums = sums_of_samples(begins, rows.value, rows.quality)
    return _minutes(rows.point[begins], minute[begins] * MINUTE_NS, sums, sequence)


def combined(older: Minutes, newer: Minutes, sequence: int) -> Minutes:
    """Minutes of different samples put together, where the samples themselves are gone.

    A minute that is in both has the first value of the older one and the last of the newer one,
    whatever the times of its samples were.

    Args:
        older: with one row for a point and minute.
        newer: likewise.
        sequence: of the result.
    """
    both = Minutes.concat([older, newer])
    if not len(both):
        return both
    order = np.lexsort((both.time, both.point))  # stable: older before newer
    both = both.take(order)
    begins = np.flatnonzero(_changes(both.point) | _changes(both.time))
    return _minutes(
        both.point[begins], both.time[begins], sums_of_sums(begins, both.sums), sequence
    )


def _minutes(
    point: NDArray[np.int32], time: NDArray[np.int64], sums: Sums, sequence: int
) -> Minutes:
    rounded = replace(sums, total=significant(sums.total))
    return Minutes(point, time, rounded, np.full(point.shape[0], sequence, dtype=np.int64))


def _changes(column: NDArray[np.int32] | NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a row differs from the one before it; the first row does."""
    changes = np.ones(column.shape[0], dtype=np.bool_)
    np.not_equal(column[1:], column[:-1], out=changes[1:])
    return changes


def significant(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values to twelve significant digits; what is too small or large for that stays as it is."""
    size = np.abs(value)
    fit = (size > _SMALLEST) & (size < 1 / _SMALLEST)
    within = np.where(fit, value, 1.0)
    digits = _DIGITS - 1 - np.floor(np.log10(np.abs(within)))
    up, scale = digits >= 0, 10.0 ** np.abs(digits)
    scaled = np.rint(np.where(up, within * scale, within / scale))
    return np.where(fit, np.where(up, scaled / scale, scaled * scale), value)
