"""Rules compiled to flat arrays: one row per point and limit; pure.

A limit becomes two thresholds on ``sign × value``, so that low and high limits are one
comparison: the condition begins above ``trip`` and ends at or below ``back``. A shift (pressure
carried to the meter) is folded into both, so that a reading is compared as it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from alarms.arrival import LINK_LOST
from alarms.levels import LEVELS, AlarmLevel
from alarms.selection import meter_shifts, selected_points
from alarms.settings import BadQualityRule, LeastQuality, LimitRule, Measure, StaleRule
from alarms.text import placeholder_fault
from telemetry.clock import SECOND
from telemetry.kinds import Kind
from telemetry.quality import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from alarms.settings import Level, Priority, Rule
    from telemetry.places import Site
    from telemetry.points import PointTable

ROW = np.dtype(
    [
        ("rule", np.int32),
        ("point", np.int32),
        ("level", np.uint8),
        ("priority", np.uint8),
        ("limit", np.float64),
        ("shift", np.float64),
        ("sign", np.float64),
        ("trip", np.float64),
        ("back", np.float64),
        ("on_ns", np.int64),
        ("off_ns", np.int64),
        ("least", np.uint8),
    ]
)
"""One condition.

``rule`` index of the rule, ``point`` index of the point, ``level`` index into LEVELS,
``priority`` 1 to 4, ``limit`` as written in the rule, ``shift`` added to a reading before it is
shown, ``sign``/``trip``/``back`` as above, ``on_ns``/``off_ns`` delays, ``least`` the worst
severity still believed.
"""


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule, or some points of it, that cannot be watched as written; it rings by itself."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """All conditions of a city.

    Attributes:
        rules: in the order of ``rows["rule"]``.
        points: the table that ``rows["point"]`` refers to.
        rows: structured ``(m,)`` of :data:`ROW`: first those that samples decide, sorted by
            point, then those that silence decides (stale).
        sampled: how many samples decide.
        faults: what could not be compiled.
    """

    rules: tuple[Rule, ...]
    points: PointTable
    rows: NDArray[Any]
    sampled: int
    faults: tuple[RuleFault, ...]
    _rule_index: dict[str, int] = field(init=False)
    _by_key: dict[tuple[int, int], list[int]] = field(init=False)

    def __post_init__(self) -> None:
        by_key: dict[tuple[int, int], list[int]] = {}
        pairs = zip(self.rows["rule"].tolist(), self.rows["point"].tolist(), strict=True)
        for condition, pair in enumerate(pairs):
            by_key.setdefault(pair, []).append(condition)
        object.__setattr__(self, "_by_key", by_key)
        names = {rule.name: number for number, rule in enumerate(self.rules)}
        object.__setattr__(self, "_rule_index", names)

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def key(self, condition: int) -> tuple[str, str]:
        """Rule and point name: the identity of the alarm that a condition belongs to."""
        row = self.rows[condition]
        return self.rules[row["rule"]].name, self.points[int(row["point"])].name

    def level(self, condition: int) -> AlarmLevel:
        """Which level of its rule a condition is."""
        return LEVELS[int(self.rows["level"][condition])]

    def of_key(self, key: tuple[str, str]) -> Sequence[int]:
        """The conditions of a rule at a point; none where the rule does not watch it."""
        rule, point = self._rule_index.get(key[0]), key[1]
        if rule is None or point not in self.points:
            return ()
        return self._by_key.get((rule, self.points.index(point)), ())

    def knows(self, key: tuple[str, str], level: str) -> bool:
        """Whether a rule has this level at this point."""
        return any(self.level(condition) == level for condition in self.of_key(key))


def compile_rules(
    rules: Sequence[Rule], points: PointTable, sites: Mapping[str, Site]
) -> Conditions:
    """Compile rules for a table of points.

    A rule that cannot be watched does not stop the others: it stands in ``faults``.
    """
    blocks: list[NDArray[Any]] = [np.empty(0, ROW)]
    faults: list[RuleFault] = []
    for number, rule in enumerate(rules):
        chosen = selected_points(rule.select, points, sites)
        block, reason = _compile(number, rule, chosen, points, sites)
        reason = reason or placeholder_fault(rule)
        blocks.append(block)
        if reason:
            faults.append(RuleFault(rule, reason))
    rows = np.concatenate(blocks)
    silent = rows["level"] == LEVELS.index(AlarmLevel.STALE)
    rows = rows[np.lexsort((rows["point"], silent))]
    return Conditions(tuple(rules), points, rows, int(len(rows) - silent.sum()), tuple(faults))


def _compile(
    number: int,
    rule: Rule,
    chosen: NDArray[np.int32],
    points: PointTable,
    sites: Mapping[str, Site],
) -> tuple[NDArray[Any], str]:
    if not len(chosen):
        return np.empty(0, ROW), "it selects no point"
    match rule:
        case LimitRule():
            return _limit_rows(number, rule, chosen, points, sites)
        case StaleRule():
            return _stale_rows(number, rule, chosen, points), ""
        case BadQualityRule():
            return _quality_rows(number, rule, chosen), ""


def _blank(
    number: int, chosen: NDArray[np.int32], level: AlarmLevel, priority: Priority
) -> NDArray[Any]:
    rows = np.zeros(len(chosen), ROW)
    rows["rule"], rows["point"] = number, chosen
    rows["level"], rows["priority"] = LEVELS.index(level), priority.number
    return rows


def _limit_rows(
    number: int,
    rule: LimitRule,
    chosen: NDArray[np.int32],
    points: PointTable,
    sites: Mapping[str, Site],
) -> tuple[NDArray[Any], str]:
    kinds = {points[i].kind for i in chosen}
    if len(kinds) > 1:
        names = ", ".join(sorted(kinds))
        return np.empty(0, ROW), f"one limit cannot serve points of different kinds: {names}"
    if rule.measure is Measure.AS_READ:
        return _all_levels(number, rule, chosen, np.zeros(len(chosen))), ""
    if kinds != {Kind.PRESSURE}:
        return np.empty(0, ROW), "only a pressure can be carried to the customers' meters"
    shift = meter_shifts(chosen, points, sites)
    known = ~np.isnan(shift)
    unknown = sorted({points[i].site for i in chosen[~known]})
    reason = f"the customers' meter elevation is not given for {', '.join(unknown)}"
    return _all_levels(number, rule, chosen[known], shift[known]), reason if unknown else ""


def _all_levels(
    number: int, rule: LimitRule, chosen: NDArray[np.int32], shift: NDArray[np.float64]
) -> NDArray[Any]:
    given: tuple[tuple[AlarmLevel, Level | None, float], ...] = (
        (AlarmLevel.LOW_LOW, rule.low_low, -1.0),
        (AlarmLevel.LOW, rule.low, -1.0),
        (AlarmLevel.HIGH, rule.high, 1.0),
        (AlarmLevel.HIGH_HIGH, rule.high_high, 1.0),
    )
    blocks = []
    for name, level, sign in given:
        if level is None:
            continue
        rows = _blank(number, chosen, name, level.priority)
        rows["limit"], rows["shift"], rows["sign"] = level.value, shift, sign
        rows["trip"] = sign * (level.value - shift)
        rows["back"] = sign * (_back_inside(level.value, sign * rule.deadband) - shift)
        rows["on_ns"] = round(rule.on_delay_s * SECOND)
        rows["off_ns"] = round(rule.off_delay_s * SECOND)
        good_only = rule.least_quality is LeastQuality.GOOD
        rows["least"] = Severity.GOOD if good_only else Severity.UNCERTAIN
        blocks.append(rows)
    return np.concatenate(blocks)


def _back_inside(limit: float, deadband: float) -> float:
    """Their difference as people reckon it: 0.03 less 0.005 is 0.025, in floats it is below."""
    return float(Decimal(repr(limit)) - Decimal(repr(deadband)))


def _stale_rows(
    number: int, rule: StaleRule, chosen: NDArray[np.int32], points: PointTable
) -> NDArray[Any]:
    rows = _blank(number, chosen, AlarmLevel.STALE, rule.priority)
    own = points.expected_ns[chosen]
    rows["on_ns"] = own if rule.after_s is None else round(rule.after_s * SECOND)
    rows["limit"] = rows["on_ns"] / SECOND
    rows["least"] = Severity.BAD
    return rows


def _quality_rows(number: int, rule: BadQualityRule, chosen: NDArray[np.int32]) -> NDArray[Any]:
    rows = _blank(number, chosen, AlarmLevel.BAD_QUALITY, rule.priority)
    # Compared with 1 for a BAD sample and 0 for any other.
    rows["sign"], rows["trip"], rows["back"] = 1.0, 0.5, 0.5
    rows["limit"], rows["shift"] = np.nan, np.nan  # there is no reading to show
    rows["on_ns"] = round(rule.on_delay_s * SECOND)
    rows["off_ns"] = round(rule.off_delay_s * SECOND)
    rows["least"] = LINK_LOST if rule.link_faults else Severity.BAD
    return rows
