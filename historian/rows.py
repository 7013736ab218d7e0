"""Stored samples as columns, and the one rule for duplicates: the highest sequence wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.queries import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Samples as a store keeps them, five columns of one length ``n``.

    Attributes:
        point: ``int32[n]``, whatever number the store gives a point.
        time: ``int64[n]``, ns UTC.
        value: ``float64[n]``.
        quality: ``uint8[n]``.
        sequence: ``int64[n]``, number of the journal entry that brought the sample.
    """

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    sequence: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.point.shape[0])

    @classmethod
    def empty(cls) -> Rows:
        """No samples."""
        return cls(
            np.empty(0, np.int32),
            np.empty(0, np.int64),
            np.empty(0, np.float64),
            np.empty(0, np.uint8),
            np.empty(0, np.int64),
        )

    @classmethod
    def concat(cls, parts: Sequence[Rows]) -> Rows:
        """The rows of all parts, in order."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.empty()
        return cls(
            np.concatenate([p.point for p in parts]),
            np.concatenate([p.time for p in parts]),
            np.concatenate([p.value for p in parts]),
            np.concatenate([p.quality for p in parts]),
            np.concatenate([p.sequence for p in parts]),
        )

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Rows:
        """The rows at the given indices, under a mask, or in a slice."""
        return Rows(
            self.point[chosen],
            self.time[chosen],
            self.value[chosen],
            self.quality[chosen],
            self.sequence[chosen],
        )

    def of_point(self, point: int, start: int, end: int) -> Rows:
        """The rows of one point within ``[start, end)``."""
        mask = (self.point == point) & (self.time >= start) & (self.time < end)
        return self.take(mask)

    def resolved(self) -> Rows:
        """Sorted by point and time, with one row for each pair: that of the highest sequence.

        Rows of one sequence keep their order, so that the last one given wins.
        """
        order = np.lexsort((self.sequence, self.time, self.point))
        point, time = self.point[order], self.time[order]
        last = np.ones(order.shape[0], dtype=np.bool_)
        last[:-1] = (point[1:] != point[:-1]) | (time[1:] != time[:-1])
        return self.take(order[last])


def series_of(parts: Sequence[Rows], limit: int | None = None) -> Series:
    """The series that rows of one point from several places make together."""
    rows = Rows.concat(parts).resolved()
    more = limit is not None and len(rows) > limit
    if more:
        rows = rows.take(slice(0, limit))
    return Series(rows.time, rows.value, rows.quality, truncated=more)
