"""The page shows where a reading is normal, taken from the rules."""

from __future__ import annotations

import pytest

from alarms.settings import Basis, Level, LimitRule, Measure, Priority, Select
from service.bands import normal_bands
from telemetry.kinds import Kind
from telemetry.places import Site, SiteKind
from telemetry.points import Point, PointTable
from telemetry.text import Text

POINTS = PointTable(
    [
        Point("north_01.pressure", Kind.PRESSURE, Text("压力", "pressure"), "north_01", -0.1, 2.5),
        Point("deep.pressure", Kind.PRESSURE, Text("压力", "pressure"), "deep", -0.1, 2.5),
    ]
)
SITES = {
    "north_01": Site(
        "north_01", SiteKind.PRESSURE_NODE, Text("北", "N"), "north", 0, 0, 30.0, 40.0, 0.01
    ),
    "deep": Site("deep", SiteKind.PRESSURE_NODE, Text("深", "D"), "north", 0, 0, 30.0),
}


def _rule(name: str, measure: Measure = Measure.AS_READ, **levels: float) -> LimitRule:
    return LimitRule(
        type="limit",
        name=name,
        title=Text("低", "low"),
        select=Select(kind=(Kind.PRESSURE,)),
        basis=Basis(source="test"),
        measure=measure,
        **{key: Level(value=value, priority=Priority.HIGH) for key, value in levels.items()},
    )


def test_limit_before_the_meter_is_shown_at_the_instruments_height() -> None:
    bands = normal_bands([_rule("promise", Measure.BEFORE_METER, low=0.18)], POINTS, SITES)
    # 10 m higher and 0.01 MPa lost on the way: 0.18 + 0.0980665 + 0.01
    assert bands["north_01.pressure"].low == pytest.approx(0.2880665)


def test_meter_of_unknown_height_has_no_limit_to_show() -> None:
    bands = normal_bands([_rule("promise", Measure.BEFORE_METER, low=0.18)], POINTS, SITES)
    assert bands["deep.pressure"].low is None


def test_of_several_rules_the_narrowest_range_is_shown() -> None:
    rules = [_rule("wide", low=0.10, high=0.8), _rule("narrow", low=0.14, high_high=0.6)]
    band = normal_bands(rules, POINTS, SITES)["deep.pressure"]
    assert (band.low, band.high) == (0.14, 0.6)


def test_inner_limit_counts_where_a_rule_has_two() -> None:
    band = normal_bands([_rule("two", low_low=0.10, low=0.14)], POINTS, SITES)["deep.pressure"]
    assert (band.low, band.high) == (0.14, None)
