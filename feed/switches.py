"""A station's service switch: who works on the instruments turns it; pure, on arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from telemetry.quality import Reason, Severity, severities, uncertain

if TYPE_CHECKING:
    from historian.queries import Series

SIGNAL = "service"
"""The state ``<site>.service`` of a quality station is its switch: 1 in maintenance."""


def switched(series: Series, switch: Series) -> Series:
    """A point's readings, those under maintenance marked so.

    The reading of the switch that is nearest in time counts: the two are read in one go, but not
    in one instant. What is BAD anyway keeps its reason.

    Args:
        series: the point's readings.
        switch: those of its station's switch.
    """
    usable = (severities(switch.quality) < Severity.BAD) & np.isfinite(switch.value)
    times, stands = switch.time[usable], switch.value[usable] != 0
    if not stands.any():
        return series
    after = np.searchsorted(times, series.time).clip(max=len(times) - 1)
    before = (after - 1).clip(min=0)
    sooner = np.abs(times[after] - series.time) < np.abs(series.time - times[before])
    in_service = stands[np.where(sooner, after, before)]
    marked = in_service & (severities(series.quality) < Severity.BAD)
    quality = np.where(marked, np.uint8(uncertain(Reason.MAINTENANCE)), series.quality)
    return replace(series, quality=quality)
