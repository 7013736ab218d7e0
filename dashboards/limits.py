"""Limits of the points, from the rules, on the scale of the reading; and their colours."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from alarms.levels import AlarmLevel
from alarms.selection import meter_shifts, selected_points
from alarms.settings import LimitRule, Measure, Priority
from dashboards.model import Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alarms.settings import Rule
    from telemetry.places import Site
    from telemetry.points import PointTable

NORMAL = "#8a95a0"
"""Grey: colour is kept for what is abnormal (ISA-101)."""

COLOURS = {
    Priority.CRITICAL: "#c4122b",
    Priority.HIGH: "#ec7a08",
    Priority.MEDIUM: "#f4c921",
    Priority.LOW: "#7f4aa3",
}
"""The priorities' colours, the same as on the console."""


@dataclass(frozen=True, slots=True)
class PointLimit:
    """One limit of one point.

    Attributes:
        rule: the rule it stands in.
        level: which of the rule's limits.
        priority: of its alarm.
        value: on the scale of the reading.
        stated: as the rule states it.
    """

    rule: LimitRule
    level: AlarmLevel
    priority: Priority
    value: float
    stated: float

    @property
    def is_low(self) -> bool:
        """Values below are abnormal; else those above."""
        return self.level in (AlarmLevel.LOW, AlarmLevel.LOW_LOW)

    @property
    def before_meter(self) -> bool:
        """Stated for the pressure before the customers' meters."""
        return self.rule.measure is Measure.BEFORE_METER

    def broken_by(self, value: float) -> bool:
        """Whether a reading is beyond the limit."""
        return value < self.value if self.is_low else value > self.value


def limits_by_point(
    rules: Iterable[Rule], points: PointTable, sites: Mapping[str, Site]
) -> dict[str, tuple[PointLimit, ...]]:
    """Every limit of every limited point, by the point's name.

    A limit before the meter is carried back to the height of the instrument as the alarms do
    it; where the meters' height is not known the rule does not ring and no limit is drawn.
    """
    found: dict[str, list[PointLimit]] = {}
    for rule in rules:
        if not isinstance(rule, LimitRule):
            continue
        chosen = selected_points(rule.select, points, sites)
        shifts = np.zeros(len(chosen))
        if rule.measure is Measure.BEFORE_METER:
            shifts = meter_shifts(chosen, points, sites)
        for index, shift in zip(chosen.tolist(), shifts.tolist(), strict=True):
            found.setdefault(points[index].name, []).extend(_limits_of(rule, shift))
    return {name: tuple(limits) for name, limits in found.items() if limits}


def _limits_of(rule: LimitRule, shift: float) -> list[PointLimit]:
    if math.isnan(shift):
        return []
    levels = (
        (AlarmLevel.LOW_LOW, rule.low_low),
        (AlarmLevel.LOW, rule.low),
        (AlarmLevel.HIGH, rule.high),
        (AlarmLevel.HIGH_HIGH, rule.high_high),
    )
    return [
        PointLimit(rule, level, limit.priority, limit.value - shift, limit.value)
        for level, limit in levels
        if limit is not None
    ]


def strictest(limits: Iterable[PointLimit]) -> tuple[PointLimit, ...]:
    """Of each rule's level the limit that is met first: for points that share one picture."""
    best: dict[tuple[str, AlarmLevel], PointLimit] = {}
    for limit in limits:
        key = limit.rule.name, limit.level
        known = best.get(key)
        if known is None or limit.broken_by(known.value):
            best[key] = limit
    return tuple(best.values())


def as_stated(limits: Iterable[PointLimit]) -> tuple[PointLimit, ...]:
    """The limits on the scale on which their rules state them."""
    return tuple(replace(limit, value=limit.stated) for limit in limits)


def threshold_steps(limits: Iterable[PointLimit], decimals: int) -> tuple[Threshold, ...]:
    """Colours from the lowest value up: of each interval the most urgent limit that is broken.

    Args:
        limits: of one point.
        decimals: limits carried to another height are rounded to one more than is shown.
    """
    known = [replace(limit, value=round(limit.value, decimals + 1)) for limit in limits]
    edges = sorted({limit.value for limit in known})
    ends = [None, *edges]
    probes = (
        [(edges[0] - 1.0), *[(a + b) / 2 for a, b in pairwise(edges)], edges[-1] + 1.0]
        if (edges)
        else [0.0]
    )
    return tuple(
        Threshold(end, _colour_at(probe, known)) for end, probe in zip(ends, probes, strict=True)
    )


def _colour_at(value: float, limits: Iterable[PointLimit]) -> str:
    broken = [limit.priority for limit in limits if limit.broken_by(value)]
    return COLOURS[min(broken, key=lambda priority: priority.number)] if broken else NORMAL
