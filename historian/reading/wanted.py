"""Which samples are looked for in a store that is seen from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from historian.errors import QueryError
from historian.reading.times import iso_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Samples of some points within an interval.

    Attributes:
        points: ``int32[k]``, the store's numbers, ascending.
        start, end: ``[start, end)``, ns.

    Raises:
        QueryError: the interval ends before it starts.
    """

    points: NDArray[np.int32]
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise QueryError(
                f"the interval ends at {iso_text(self.end, UTC)}, before it starts at "
                f"{iso_text(self.start, UTC)}"
            )
