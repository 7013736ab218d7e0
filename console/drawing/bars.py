"""Moving-analog indicators: where a value stands between what is normal and what is not.

A bar says at a glance what a bare number does not: how far the limit is. The scale follows
from the limits, so that "normal" always takes the same part of the bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.ports import Band


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of a bar, in the point's unit, and the limits on it.

    Attributes:
        start, end: values at the two ends of the bar, ``start < end``.
        low, high: limits on it, or None.
    """

    start: float
    end: float
    low: float | None
    high: float | None

    def share(self, value: float) -> float:
        """Where a value stands, 0 at ``start`` to 1 at ``end``; clamped."""
        return min(1.0, max(0.0, (value - self.start) / (self.end - self.start)))

    @property
    def normal(self) -> tuple[float, float]:
        """Where the normal part of the bar begins and ends, as shares."""
        begin = 0.0 if self.low is None else self.share(self.low)
        return begin, 1.0 if self.high is None else self.share(self.high)


def bar_scale(band: Band | None, low: float, high: float) -> Scale:
    """The scale of a point's bar.

    Args:
        band: normal limits, or None.
        low: least physically possible value, used where no limit says more.
        high: greatest.
    """
    match band:
        case None:
            return _scale(low, high, None, None)
        case band if band.low is not None and band.high is not None:
            margin = (band.high - band.low) / 2 or 1.0
            start = max(low, band.low - margin)
            return _scale(start, min(high, band.high + margin), band.low, band.high)
        case band if band.low is not None:
            start, end = sorted((0.0, band.low * 3)) if band.low else (low, high)
            return _scale(max(low, start), min(high, end), band.low, None)
        case band if band.high is not None:
            start, end = sorted((0.0, band.high * 1.5)) if band.high else (low, high)
            return _scale(max(low, start), min(high, end), None, band.high)
        case _:
            return _scale(low, high, None, None)


def _scale(start: float, end: float, low: float | None, high: float | None) -> Scale:
    return Scale(start, end if end > start else start + 1.0, low, high)
