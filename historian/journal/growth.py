"""How fast the journal grows, and how long its room lasts. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SMOOTHING_S = 180.0
_LEAST_STEP_S = 1.0
_NOTHING_BYTES_S = 1.0


@dataclass(frozen=True, slots=True)
class Growth:
    """Bytes written a second, smoothed over some minutes.

    Attributes:
        at_s: monotonic seconds of the last observation.
        total_bytes: written until then, ever.
    """

    at_s: float
    total_bytes: int
    _sum: float = 0.0
    _weight: float = 0.0

    def observed(self, now_s: float, total_bytes: int) -> Growth:
        """The growth after one more look; looks within a second of the last change nothing.

        Args:
            now_s: monotonic seconds.
            total_bytes: written until now, ever.
        """
        step_s = now_s - self.at_s
        if step_s < _LEAST_STEP_S:
            return self
        kept = math.exp(-step_s / _SMOOTHING_S)
        rate = (total_bytes - self.total_bytes) / step_s
        return Growth(
            now_s,
            total_bytes,
            kept * self._sum + (1.0 - kept) * rate,
            kept * self._weight + (1.0 - kept),
        )

    @property
    def bytes_per_s(self) -> float:
        """The rate; 0 before the first step."""
        # Dividing by the weight keeps a young average from starting at 0.
        return self._sum / self._weight if self._weight else 0.0


def seconds_left(room_bytes: int, bytes_per_s: float) -> float | None:
    """How long ``room_bytes`` last; None while nothing grows."""
    if bytes_per_s < _NOTHING_BYTES_S:
        return None
    return max(0, room_bytes) / bytes_per_s
