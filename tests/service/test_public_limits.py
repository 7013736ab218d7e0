"""Which limits the public is shown."""

from __future__ import annotations

import os

import pytest

from alarms.selection import selected_points
from alarms.settings import Basis, Level, LimitRule, Measure, Priority, Select
from config.bundled import example_city
from config.load import load_city
from service.public_limits import public_limits
from telemetry.kinds import Kind
from telemetry.places import Site, SiteKind
from telemetry.points import Point, PointTable
from telemetry.text import Text

POINTS = PointTable([Point("n.pressure", Kind.PRESSURE, Text("压力", "pressure"), "n", -0.1, 2.5)])
SITES = {"n": Site("n", SiteKind.PRESSURE_NODE, Text("北", "N"), "north", 0, 0)}


def _rule(basis: Basis, measure: Measure = Measure.AS_READ, **levels: float) -> LimitRule:
    return LimitRule(
        type="limit",
        name="rule",
        title=Text("低", "low"),
        select=Select(kind=(Kind.PRESSURE,)),
        basis=basis,
        measure=measure,
        **{key: Level(value=value, priority=Priority.HIGH) for key, value in levels.items()},
    )


STANDARD = Basis(source="CJ/T 316-2009", edition="2009")
PROMISE = Basis(source="promise", edition="2021", verified=True)


def test_the_control_values_of_a_works_are_not_held_against_it_in_public() -> None:
    own = _rule(Basis(source="the works' own"), low=0.2)
    assert public_limits([own], POINTS, SITES) == {}


def test_a_limit_before_the_meter_is_not_compared_with_a_reading_in_the_network() -> None:
    promise = _rule(PROMISE, Measure.BEFORE_METER, low=0.18)
    assert public_limits([promise], POINTS, SITES) == {}


def test_of_two_standards_the_narrower_side_counts_and_both_are_named() -> None:
    rules = [_rule(STANDARD, low_low=0.1, low=0.14), _rule(PROMISE, low=0.12, high=0.5)]
    found = public_limits(rules, POINTS, SITES)[0]
    assert (found.low, found.high) == (0.14, 0.5)
    assert found.source == "CJ/T 316-2009; promise"
    assert found.verified is False


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        ("qs01.free_chlorine", 0.3, 2.0),
        ("qs04.free_chlorine", 0.05, 2.0),
        ("qs01.turbidity", None, 1.0),
        ("qs12.ph", 6.5, 8.5),
        ("south_07.pressure", 0.14, None),
    ],
)
def test_the_example_city_shows_the_limits_of_the_standards(
    pattern: str, low: float | None, high: float | None
) -> None:
    city = load_city(example_city(), os.environ)
    sites = {site.name: site for site in city.sites}
    limits = public_limits(city.alarms.rules, city.points, sites)
    (point,) = selected_points(Select(points=(pattern,)), city.points, sites)
    found = limits[int(point)]
    assert (found.low, found.high) == (low, high)
    assert found.edition
