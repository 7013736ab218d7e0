"""What the first set of dashboards shows, and that it is always the same."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alarms.settings import LimitRule
from dashboards.building import build_dashboards, dashboard_files
from dashboards.checking import problems_of
from dashboards.grouping import MOST_LINES
from dashboards.model import Lines, Note, Table, Timeline
from dashboards.plan import DashboardPlan
from dashboards.rendering import dashboard_json
from telemetry.kinds import FACTS, Kind
from telemetry.places import Site, SiteKind, Zone
from telemetry.points import Point, PointTable
from telemetry.text import Language, Text

if TYPE_CHECKING:
    from dashboards.model import Dashboard, Panel


def named(dashboards: tuple[Dashboard, ...], name: str) -> Dashboard:
    return next(one for one in dashboards if one.uid.split("-")[1] == name)


def panels(dashboards: tuple[Dashboard, ...]) -> list[Panel]:
    return [panel for dashboard in dashboards for panel in dashboard.panels]


def test_the_set_has_a_page_for_every_part_of_the_supply(english, chinese):
    names = ["overview", "zones", "works", "boosters", "reservoirs", "quality", "beyond", "health"]
    assert [one.uid for one in english] == [f"baotu-{name}-en" for name in names]
    assert [one.uid for one in chinese] == [f"baotu-{name}-zh" for name in names]


def test_building_twice_gives_the_same_bytes(plan, english):
    again = build_dashboards(plan, Language.EN)
    assert dashboard_files(again) == dashboard_files(english)


@pytest.mark.parametrize("language", list(Language))
def test_our_own_rules_find_nothing(plan, language):
    documents = [dashboard_json(one) for one in build_dashboards(plan, language)]
    assert problems_of(documents, {point.name for point in plan.points}) == []


def test_both_languages_ask_the_same_and_stand_at_the_same_places(english, chinese):
    for one, other in zip(english, chinese, strict=True):
        assert [p.key for p in one.panels] == [p.key for p in other.panels]
        left, right = dashboard_json(one)["panels"], dashboard_json(other)["panels"]
        assert [(p["id"], p["gridPos"]) for p in left] == [(p["id"], p["gridPos"]) for p in right]
        for panel, twin in zip(one.panels, other.panels, strict=True):
            assert [t.query for t in panel.targets] == [t.query for t in twin.targets]


def test_every_series_is_called_what_people_call_it(english):
    for panel in panels(english):
        titled = {override.field for override in panel.overrides if override.title}
        for target in panel.targets:
            if target.by == "point" and not isinstance(panel.view, Table):
                assert set(target.points) <= titled, panel.title


def test_no_title_holds_a_points_raw_name(english, chinese, plan):
    raw = {point.name for point in plan.points}
    titles = [o.title for panel in panels(english + chinese) for o in panel.overrides]
    assert raw.isdisjoint(titles)


def test_no_picture_shows_more_lines_than_can_be_told_apart(english, plan):
    for dashboard in english:
        stations = {value for choice in dashboard.choices for value, _ in choice.options}
        for panel in dashboard.panels:
            for target in panel.targets:
                if isinstance(panel.view, Table) or not target.by:
                    continue
                chosen = stations if "${station" in target.query else {""}
                for station in chosen:
                    shown = [p for p in target.points if not station or p.startswith(station)]
                    assert len(shown) <= MOST_LINES, (panel.title, station)


def test_zone_of_many_nodes_is_shown_in_parts(plan):
    nodes = [f"new_{number:02d}" for number in range(40)]
    sites = tuple(
        Site(name, SiteKind.PRESSURE_NODE, Text(name, name), "north", 0, 0) for name in nodes
    )
    points = PointTable(
        Point(f"{name}.pressure", Kind.PRESSURE, Text("压力", "Pressure"), name, -0.1, 2.5)
        for name in nodes
    )
    crowded = replace(plan, sites=sites, points=points)
    zones = named(build_dashboards(crowded, Language.EN), "zones")
    sizes = [len(p.targets[0].points) for p in zones.panels if isinstance(p.view, Lines)]
    assert sizes == [14, 14, 12]


def test_every_limit_of_every_rule_is_drawn_on_the_page_of_limits(english, plan):
    """A rule that watches points of the city shows there with its value and its source."""
    beyond = named(english, "beyond")
    (table,) = [
        p.view.text for p in beyond.panels if isinstance(p.view, Note) and "|" in p.view.text
    ]
    for rule in plan.rules:
        if isinstance(rule, LimitRule):
            assert rule.name in table
            assert rule.basis.source in table
            for level in (rule.low_low, rule.low, rule.high, rule.high_high):
                if level is not None:
                    (line,) = [row for row in table.splitlines() if f"| {rule.name} |" in row]
                    assert re.search(rf"limit {re.escape(f'{level.value:g}')}\b", line)


def test_limited_points_have_a_timeline_for_each_side_of_their_limits(english, plan):
    shown = {
        (point, "min" in target.query)
        for panel in named(english, "beyond").panels
        if isinstance(panel.view, Timeline)
        for target in panel.targets
        for point in target.points
    }
    assert ("north_01.pressure", True) in shown
    assert ("north_01.pressure", False) in shown
    assert ("lvyou.pump1.fault", False) in shown
    assert ("lvyou.pump1.fault", True) not in shown


def test_panels_keep_their_ids_when_others_come(plan):
    smaller = replace(plan, zones=plan.zones[1:])
    kept = dashboard_json(named(build_dashboards(smaller, Language.EN), "zones"))["panels"]
    full = dashboard_json(named(build_dashboards(plan, Language.EN), "zones"))["panels"]
    assert {panel["id"] for panel in kept} < {panel["id"] for panel in full}
    assert len(kept) < len(full)


def test_pressure_never_shrinks_to_other_units_and_a_level_is_no_minute(english):
    units = {p.style.unit for p in panels(english) if p.style is not None}
    assert "suffix:MPa" in units
    assert "suffix:m" in units
    assert units.isdisjoint({"m", "h", "MPa"})


def test_every_panel_says_what_it_is_for(english, chinese):
    for panel in panels(english + chinese):
        assert panel.title
        assert panel.description or isinstance(panel.view, Note)


def test_page_shows_the_citys_time_and_leads_to_the_pages_of_its_language(chinese):
    document = dashboard_json(chinese[0])
    assert document["timezone"] == "Asia/Shanghai"
    assert document["links"][0]["tags"] == ["baotu", "zh"]
    assert document["tags"] == ["baotu", "zh"]


def test_setpoints_are_dashed(english):
    (pressure,) = [p for p in named(english, "boosters").panels if p.key == "station pressure"]
    dashed = {override.field for override in pressure.overrides if override.dashed}
    assert dashed == {f"{o.field}" for o in pressure.overrides if o.field.endswith("setpoint")}
    assert len(dashed) == 6


def test_small_city_has_only_the_pages_it_needs():
    """One reservoir, no rules: no page is empty, and none is left without points."""
    facts = FACTS[Kind.LEVEL]
    tank = Site("tank", SiteKind.RESERVOIR, Text("水池", "Tank"), "all", 0, 0)
    level = Point("tank.level", Kind.LEVEL, Text("水位", "Level"), "tank", facts.low, facts.high)
    zone = Zone("all", Text("全区", "All"))
    small = DashboardPlan(
        Text("小城", "Small town"), "UTC", (zone,), (tank,), PointTable([level]), ()
    )
    built = build_dashboards(small, Language.EN)
    assert [one.uid.split("-")[1] for one in built] == ["overview", "reservoirs", "health"]
    assert problems_of([dashboard_json(one) for one in built], {"tank.level"}) == []
