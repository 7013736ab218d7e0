"""Limits on the dashboards come from the city's rules, carried to where the instrument is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.levels import AlarmLevel
from alarms.selection import MPA_PER_METRE
from alarms.settings import Basis, Level, LimitRule, Measure, Priority, Select
from dashboards.building import build_dashboards
from dashboards.limits import COLOURS, NORMAL, PointLimit, limits_by_point, threshold_steps
from telemetry.kinds import Kind
from telemetry.text import Language, Text

if TYPE_CHECKING:
    from dashboards.model import Dashboard, Panel
    from dashboards.plan import DashboardPlan


def zone_panel(plan: DashboardPlan, key: str) -> Panel:
    dashboards = build_dashboards(plan, Language.EN)
    (zones,) = [one for one in dashboards if one.uid == "baotu-zones-en"]
    return next(panel for panel in zones.panels if panel.key == key)


def lines_of(panel: Panel) -> list[float]:
    assert panel.style is not None
    return [step.value for step in panel.style.thresholds if step.value is not None]


def with_promise(plan: DashboardPlan, mpa: float) -> DashboardPlan:
    def changed(rule: Any) -> Any:
        if rule.name != "before_meter_low":
            return rule
        return rule.model_copy(update={"low": Level(value=mpa, priority=Priority.MEDIUM)})

    return replace(plan, rules=tuple(changed(rule) for rule in plan.rules))


def test_network_lines_are_on_the_readings_and_the_promise_is_on_the_meters(plan):
    assert lines_of(zone_panel(plan, "north0 read")) == [0.0, 0.1, 0.14, 0.45]
    assert lines_of(zone_panel(plan, "north0 meter")) == [0.18]


def test_pressure_before_the_meter_is_calculated_as_the_alarms_do(plan):
    """north_01: meters 1.2 m above the instrument, 0.008 MPa lost between."""
    (target,) = zone_panel(plan, "north0 meter").targets
    assert target.query.startswith(f'SELECT min("value") - {MPA_PER_METRE * 1.2 + 0.008:.6f} FROM')


def test_promise_on_the_nodes_scale_is_lifted_by_height_and_loss(plan):
    limits = limits_by_point(plan.rules, plan.points, {site.name: site for site in plan.sites})
    (promise,) = [one for one in limits["north_01.pressure"] if one.before_meter]
    assert promise.stated == 0.18
    assert promise.value == pytest.approx(0.18 + MPA_PER_METRE * 1.2 + 0.008)


def test_other_promise_moves_the_line(plan):
    assert lines_of(zone_panel(with_promise(plan, 0.2), "north0 meter")) == [0.2]


def test_nodes_of_other_heights_are_asked_each_with_its_own_lift(plan):
    sites = tuple(
        replace(site, meter_elevation_m=site.elevation_m + 6.0) if site.name == "north_02" else site
        for site in plan.sites
    )
    panel = zone_panel(replace(plan, sites=sites), "north0 meter")
    assert sorted(len(target.points) for target in panel.targets) == [1, 14]
    bars = zone_panel(replace(plan, sites=sites), "north0 lowest")
    own = {override.field: override.thresholds for override in bars.overrides}
    assert own["north_02.pressure"] is None  # the highest: the panel's own lines are its lines
    assert own["north_01.pressure"] is not None


def test_node_whose_meters_height_is_unknown_has_no_promise(plan):
    sites = tuple(
        replace(site, meter_elevation_m=None) if site.name == "north_02" else site
        for site in plan.sites
    )
    panel = zone_panel(replace(plan, sites=sites), "north0 meter")
    assert "north_02.pressure" not in {name for target in panel.targets for name in target.points}


def test_city_without_rules_has_no_lines(plan):
    panel = zone_panel(replace(plan, rules=()), "north0 read")
    assert lines_of(panel) == []


def test_panel_names_the_source_of_its_limits_and_that_nobody_compared_it(plan):
    description = zone_panel(plan, "north0 meter").description
    assert "low limit 0.18 (before the meter): 济南市表前压力承诺" in description
    assert "not yet compared with the original" in description


def test_verified_limit_is_not_called_unverified(plan):
    def checked(rule: Any) -> Any:
        return rule.model_copy(update={"basis": rule.basis.model_copy(update={"verified": True})})

    known = replace(plan, rules=tuple(checked(rule) for rule in plan.rules))
    assert "not yet compared" not in zone_panel(known, "north0 meter").description


def test_works_water_has_the_works_limits_and_the_networks_end_its_own(
    english: tuple[Dashboard, ...],
):
    (quality,) = [one for one in english if one.uid == "baotu-quality-en"]
    curves = {
        p.title: lines_of(p)
        for p in quality.panels
        if p.key.startswith("free_chlorine ") and "table" not in p.key
    }
    assert curves == {
        "Free chlorine · works' water": [0.3, 0.4, 1.2, 2.0],
        "Free chlorine · network": [0.05, 2.0],
        "Free chlorine · network's end, secondary supply": [0.05, 0.1, 2.0],
    }


def point_limit(value: float, level: AlarmLevel, priority: Priority) -> PointLimit:
    rule = LimitRule(
        type="limit",
        name="any",
        title=Text("", ""),
        select=Select(kind=(Kind.PRESSURE,)),
        basis=Basis(source="test"),
        measure=Measure.AS_READ,
        low=Level(value=value, priority=priority),
    )
    return PointLimit(rule, level, priority, value, value)


limits_strategy = st.lists(
    st.builds(
        point_limit,
        st.integers(-100, 100).map(lambda n: n / 100),
        st.sampled_from([level for level in AlarmLevel if "low" in level or "high" in level]),
        st.sampled_from(list(Priority)),
    ),
    max_size=6,
)


@given(limits_strategy, st.integers(-12_000, 12_000).map(lambda n: n / 10_000 + 0.000_03))
def test_colour_is_that_of_the_most_urgent_broken_limit(limits, value):
    steps = threshold_steps(limits, 2)
    shown = [step.colour for step in steps if step.value is None or value >= step.value][-1]
    broken = [limit.priority for limit in limits if limit.broken_by(value)]
    assert shown == (COLOURS[min(broken, key=lambda p: p.number)] if broken else NORMAL)
