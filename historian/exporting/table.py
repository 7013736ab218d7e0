"""What an export carries from the store to a file: a table, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.queries import Buckets
    from historian.rows import Rows

Shape = Literal["readings", "buckets"]
"""One row for each reading, or for each bucket."""

NUMBERS: dict[Shape, tuple[str, ...]] = {
    "readings": ("value",),
    "buckets": ("min", "mean", "max", "last", "count", "good"),
}
"""The columns of numbers of each shape, in the order of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of one shape, ``n`` of them.

    Attributes:
        point: ``int32[n]``, the store's numbers.
        time: ``int64[n]``, ns.
        numbers: ``float64[n]`` or ``int64[n]`` each, by column; NaN where there is none.
        quality: ``uint8[n]``; None for buckets.
    """

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    numbers: dict[str, NDArray[Any]]
    quality: NDArray[np.uint8] | None

    def __len__(self) -> int:
        return int(self.point.shape[0])

    @classmethod
    def of_readings(cls, rows: Rows) -> Table:
        """One row for each reading."""
        return cls(rows.point, rows.time, {"value": rows.value}, rows.quality)

    @classmethod
    def of_buckets(cls, points: Sequence[int], buckets: Sequence[Buckets]) -> Table:
        """One row for each bucket of each point."""
        lengths = [len(one) for one in buckets]
        columns: dict[str, list[NDArray[Any]]] = {
            "min": [one.minimum for one in buckets],
            "mean": [one.mean for one in buckets],
            "max": [one.maximum for one in buckets],
            "last": [one.last for one in buckets],
            "count": [one.count for one in buckets],
            "good": [one.good for one in buckets],
        }
        return cls(
            np.repeat(np.array(points, np.int32), lengths),
            np.concatenate([one.time for one in buckets]),
            {name: np.concatenate(parts) for name, parts in columns.items()},
            None,
        )


class Sink(Protocol):
    """Takes the pieces of one export in order and makes one file of them."""

    def write(self, table: Table) -> None:
        """Append a piece.

        Raises:
            OSError: the file cannot be written.
            StoreError: likewise.
        """
        ...

    def finish(self) -> None:
        """Nothing more comes; raises like :meth:`write`."""
        ...
