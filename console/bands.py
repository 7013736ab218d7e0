"""Where each point is normal, read from the alarm rules; the pages show no other limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarms.conditions import compile_rules
from alarms.levels import LEVELS, AlarmLevel
from console.ports import Band
from telemetry.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alarms.settings import Rule
    from telemetry.places import Site
    from telemetry.points import PointTable

_LIMITS = frozenset({AlarmLevel.LOW_LOW, AlarmLevel.LOW, AlarmLevel.HIGH, AlarmLevel.HIGH_HIGH})


def bands_of(
    rules: Sequence[Rule], points: PointTable, sites: Mapping[str, Site]
) -> dict[str, Band]:
    """Normal limits by point name.

    Where several rules watch a point, the tightest limits count: outside them something rings.
    A limit that holds at the customers' meters is carried back to the instrument.

    Args:
        rules: all rules; only limit rules say what is normal, and not of states.
        points: all points.
        sites: all sites by name.
    """
    bands: dict[str, Band] = {}
    for row in compile_rules(rules, points, sites).rows:
        point, sign = points[int(row["point"])], float(row["sign"])
        if LEVELS[int(row["level"])] not in _LIMITS or point.kind is Kind.STATE:
            continue
        bands[point.name] = tighter(bands.get(point.name, Band()), sign, sign * float(row["trip"]))
    return bands


def tighter(band: Band, sign: float, limit: float) -> Band:
    """A band with one more limit.

    Args:
        band: what is known so far.
        sign: -1 for a limit below, 1 for one above.
        limit: in the point's unit, at the instrument.
    """
    if sign < 0:
        return Band(limit if band.low is None else max(band.low, limit), band.high)
    return Band(band.low, limit if band.high is None else min(band.high, limit))
