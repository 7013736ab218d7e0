"""Which samples are looked for in a store that is seen from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from historian.errors import QueryError
from historian.reading.times import iso_text
from historian.retention import DAY_NS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from historian.embedded.listing import SegmentRow


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

    @property
    def days(self) -> range:
        """The UTC days of the interval, counted from 1970."""
        return range(self.start // DAY_NS, -(-self.end // DAY_NS))

    def touches(self, row: SegmentRow) -> bool:
        """Whether some of it may be in a file."""
        return bool(
            self.points.shape[0]
            and row.min_point <= self.points[-1]
            and row.max_point >= self.points[0]
            and row.min_time < self.end
            and row.max_time >= self.start
        )
