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

    def under(self, sequence: int) -> Rows:
        """The same samples, all under one sequence."""
        same = np.full(len(self), sequence, dtype=np.int64)
        return Rows(self.point, self.time, self.value, self.quality, same)

    def since(self, start: NDArray[np.int64]) -> Rows:
        """The rows from a time on, ``start: int64[points]`` giving it for each point."""
        kept = self.time >= start[self.point]
        return self if kept.all() else self.take(kept)

    def of_point(self, point: int, start: int, end: int) -> Rows:
        """The rows of one point within ``[start, end)``."""
        mask = (self.point == point) & (self.time >= start) & (self.time < end)
        return self.take(mask)

    def resolved(self) -> Rows:
        """Sorted by point and time, with one row for each pair: that of the highest sequence.

        Rows of one sequence keep their order, so that the last one given wins.
        """
        if self._is_resolved():
            return self
        order = np.lexsort((self.sequence, self.time, self.point))
        point, time = self.point[order], self.time[order]
        last = np.ones(order.shape[0], dtype=np.bool_)
        last[:-1] = (point[1:] != point[:-1]) | (time[1:] != time[:-1])
        return self.take(order[last])

    def _is_resolved(self) -> bool:
        later = np.diff(self.time) > 0
        if len(self) and self.point[0] == self.point[-1] and bool(later.all()):
            return bool((self.point == self.point[0]).all())
        along = np.diff(self.point)
        return bool(((along > 0) | ((along == 0) & later)).all())


def series_of(
    parts: Sequence[Rows], limit: int | None = None, thinned_before: int | None = None
) -> Series:
    """The series that rows of one point from several places make together."""
    rows = Rows.concat(parts).resolved()
    more = limit is not None and len(rows) > limit
    if more:
        rows = rows.take(slice(0, limit))
    return Series(rows.time, rows.value, rows.quality, more, thinned_before)
