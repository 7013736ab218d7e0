"""The newest sample of every point, always in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telemetry.batch import Batch
from telemetry.quality import Reason, bad

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROW_BYTES = 8 + 8 + 1


@dataclass(frozen=True, slots=True, eq=False)
class Newest:
    """One row for each point, by the store's number of it; ``time == 0`` means never seen.

    Attributes:
        time: ``int64[n]``, ns; value: ``float64[n]``; quality: ``uint8[n]``.
    """

    time: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]

    @classmethod
    def unseen(cls, points: int) -> Newest:
        """Nothing was seen of any of ``points`` points."""
        return cls(
            np.zeros(points, np.int64),
            np.full(points, np.nan),
            np.full(points, bad(Reason.WAITING), np.uint8),
        )

    @classmethod
    def from_bytes(cls, data: bytes, points: int) -> Newest:
        """What :meth:`to_bytes` gave, with room for ``points`` points."""
        newest = cls.unseen(points)
        n = len(data) // _ROW_BYTES
        newest.time[:n] = np.frombuffer(data, "<i8", n)
        newest.value[:n] = np.frombuffer(data, "<f8", n, 8 * n)
        newest.quality[:n] = np.frombuffer(data, np.uint8, n, 16 * n)
        return newest

    def to_bytes(self) -> bytes:
        """The columns one after the other, little-endian."""
        columns = self.time.astype("<i8"), self.value.astype("<f8"), self.quality
        return b"".join(column.tobytes() for column in columns)

    def copy(self) -> Newest:
        """A copy that later samples do not change."""
        return Newest(self.time.copy(), self.value.copy(), self.quality.copy())

    def see(self, batch: Batch) -> None:
        """Take over what is at least as new as what is held; of equal times the later given."""
        newer = batch.time >= self.time[batch.point]
        if not newer.all():
            batch = batch.take(newer)
        if (np.diff(batch.time) < 0).any():
            batch = batch.take(np.argsort(batch.time, kind="stable"))
        # Of a point that occurs twice, an indexed assignment keeps the last row, the newest.
        self.time[batch.point] = batch.time
        self.value[batch.point] = batch.value
        self.quality[batch.point] = batch.quality

    def of(self, numbers: NDArray[np.int32], points: NDArray[np.int32]) -> Batch:
        """The held rows ``numbers`` as a batch of ``points``, both ``int32[k]``."""
        return Batch(points, self.time[numbers], self.value[numbers], self.quality[numbers])
