"""Where each point's value is normal, taken from the limit rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alarms.selection import meter_shifts, selected_points
from alarms.settings import LimitRule, Measure
from console.ports import Band

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alarms.settings import Level, Rule
    from telemetry.places import Site
    from telemetry.points import PointTable


def normal_bands(
    rules: Iterable[Rule], points: PointTable, sites: Mapping[str, Site]
) -> dict[str, Band]:
    """The narrowest normal range of every limited point, as the instrument reads it.

    A limit before the meter is carried back to the instrument's height, so that the page shows
    it on the scale of the reading.
    """
    bands: dict[str, Band] = {}
    for rule in rules:
        if not isinstance(rule, LimitRule):
            continue
        chosen = selected_points(rule.select, points, sites)
        shift = np.zeros(len(chosen))
        if rule.measure is Measure.BEFORE_METER:
            shift = meter_shifts(chosen, points, sites)
        low, high = _innermost([rule.low, rule.low_low]), _innermost([rule.high, rule.high_high])
        for index, by in zip(chosen.tolist(), shift.tolist(), strict=True):
            name = points[index].name
            here = Band(_carried(low, by), _carried(high, by))
            bands[name] = _narrower(bands.get(name, Band()), here)
    return bands


def _innermost(levels: Sequence[Level | None]) -> float | None:
    """The first limit that is given; levels stand from the inner to the outer."""
    return next((level.value for level in levels if level is not None), None)


def _carried(limit: float | None, shift: float) -> float | None:
    return None if limit is None or np.isnan(shift) else limit - shift


def _narrower(one: Band, other: Band) -> Band:
    lows = [low for low in (one.low, other.low) if low is not None]
    highs = [high for high in (one.high, other.high) if high is not None]
    return Band(max(lows, default=None), min(highs, default=None))
