"""The unit of everything that moves or is stored: columns, not objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Samples of any number of points, as four columns of one length ``n``.

    Attributes:
        point: ``int32[n]``, index into the point table.
        time: ``int64[n]``, nanoseconds since 1970 UTC, at the source where it gives a time.
        value: ``float64[n]`` in the point's canonical unit; NaN where the quality is BAD
            and there is nothing to show.
        quality: ``uint8[n]``, see :mod:`telemetry.quality`.
    """

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]

    def __post_init__(self) -> None:
        n = self.point.shape[0]
        if not (self.time.shape[0] == self.value.shape[0] == self.quality.shape[0] == n):
            raise ValueError(
                f"columns of one batch must have one length, got point {n}, "
                f"time {self.time.shape[0]}, value {self.value.shape[0]}, "
                f"quality {self.quality.shape[0]}"
            )

    def __len__(self) -> int:
        return int(self.point.shape[0])

    @classmethod
    def of(
        cls,
        point: Sequence[int] | NDArray[np.int32],
        time: Sequence[int] | NDArray[np.int64] | int,
        value: Sequence[float] | NDArray[np.float64] | float,
        quality: Sequence[int] | NDArray[np.uint8] | int = 0,
    ) -> Batch:
        """Build a batch from sequences; a scalar time, value or quality serves every row."""
        points = np.asarray(point, dtype=np.int32)
        n = points.shape[0]
        return cls(
            points,
            np.array(np.broadcast_to(np.asarray(time, dtype=np.int64), (n,))),
            np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (n,))),
            np.array(np.broadcast_to(np.asarray(quality, dtype=np.uint8), (n,))),
        )

    @classmethod
    def empty(cls) -> Batch:
        """A batch without samples."""
        return cls.of([], [], [], [])

    @classmethod
    def concat(cls, batches: Sequence[Batch]) -> Batch:
        """One batch with the rows of all, in order."""
        if len(batches) == 1:
            return batches[0]
        if not batches:
            return cls.empty()
        return cls(
            np.concatenate([b.point for b in batches]),
            np.concatenate([b.time for b in batches]),
            np.concatenate([b.value for b in batches]),
            np.concatenate([b.quality for b in batches]),
        )

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Batch:
        """The batch of the chosen rows (indices or a mask)."""
        return Batch(self.point[rows], self.time[rows], self.value[rows], self.quality[rows])
