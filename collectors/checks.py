"""What every value and every write must pass, whatever protocol it comes by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from collectors.link import Refused
from telemetry.quality import Reason, Severity, bad, severities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telemetry.points import Point

_NAN = bad(Reason.NAN)
_OUT_OF_RANGE = bad(Reason.OUT_OF_RANGE)


def judge(
    value: NDArray[np.float64],
    quality: NDArray[np.uint8],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> None:
    """Mark what cannot be true, in place; BAD rows lose their value.

    Args:
        value: ``float64[n]`` canonical values.
        quality: ``uint8[n]`` what the source said of them; a source's BAD is kept.
        low: ``float64[n]`` physically possible range.
        high: as ``low``.
    """
    inside = (value >= low) & (value <= high)
    if inside.all() and not quality.any():
        return
    said_bad = severities(quality) == Severity.BAD
    odd = ~inside & ~said_bad
    finite = np.isfinite(value)
    quality[odd & finite] = _OUT_OF_RANGE
    quality[odd & ~finite] = _NAN
    value[odd | said_bad] = np.nan


def refusal(point: Point, value: float, *, writable: bool) -> Refused | None:
    """Why a write must not be sent, or None when it may.

    Args:
        point: what is written.
        value: in the point's canonical unit.
        writable: what the device's channel says; point and channel must both allow it.
    """
    if not (writable and point.writable):
        return Refused(f"{point.name} is not writable; switch it on in the configuration first")
    if not math.isfinite(value):
        return Refused(f"{value} is no value that {point.name} can take")
    if not point.low <= value <= point.high:
        return Refused(
            f"{value:g} {point.unit} is outside the range of {point.name}, "
            f"{point.low:g} to {point.high:g} {point.unit}"
        )
    return None


def not_carried(point: Point, device: str) -> Refused:
    """The refusal of a point that the device does not hold."""
    return Refused(f"{device} does not carry {point.name}")
