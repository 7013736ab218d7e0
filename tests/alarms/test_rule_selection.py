"""Which points a rule watches, and what it watches of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alarms.conditions import compile_rules
from alarms.selection import meter_shifts, selected_points
from alarms.settings import Select
from telemetry.kinds import Kind
from telemetry.places import Sampling, SiteKind
from tests.alarms.town import N1, N2, N3, N4, POINTS, SITES, Watch, bank, rule


@pytest.mark.parametrize(
    ("select", "names"),
    [
        (Select(), [p.name for p in POINTS]),
        (
            Select(kind=(Kind.FREE_CHLORINE,)),
            ["works.free_chlorine", "end.free_chlorine"],
        ),
        (Select(kind=(Kind.FREE_CHLORINE,), sampling=(Sampling.END,)), ["end.free_chlorine"]),
        (Select(zone=("north",)), ["n3.pressure", "n4.pressure"]),
        (Select(site_kind=(SiteKind.WORKS,), kind=(Kind.PRESSURE,)), ["works.outlet.pressure"]),
        (
            Select(points=("n?.pressure", "end.t*")),
            [*(f"n{i}.pressure" for i in (1, 2, 3, 4)), "end.turbidity"],
        ),
        (Select(points=("*.pressure",), zone=("south",)), ["n1.pressure", "n2.pressure"]),
        (Select(zone=("nowhere",)), []),
    ],
)
def test_every_list_narrows_the_choice(select: Select, names: list[str]) -> None:
    chosen = selected_points(select, POINTS, SITES)
    assert chosen.dtype == np.int32
    assert [POINTS[i].name for i in chosen] == names


def test_pressure_is_carried_to_the_customers_meter() -> None:
    # By hand: 6 m up costs 6 × 0.00980665 = 0.0588399 MPa and the pipe 0.005 MPa more;
    # 10 m down gains 0.0980665 MPa; the same height changes nothing.
    shifts = meter_shifts(np.array([N1, N2, N3, N4], dtype=np.int32), POINTS, SITES)
    assert shifts[:3] == pytest.approx([-0.0638399, 0.0980665, 0.0], abs=1e-12)
    assert math.isnan(shifts[3])


@pytest.mark.parametrize(
    ("of", "rings", "rests"),
    [
        (N1, 0.2438, 0.2439),  # 0.18 + 0.0638399 = 0.2438399
        (N2, 0.0819, 0.0820),  # 0.18 − 0.0980665 = 0.0819335
        (N3, 0.1799, 0.18),
    ],
)
def test_promise_before_the_meter_rings_by_the_meters_height(
    of: int, rings: float, rests: float
) -> None:
    promise = rule(measure="before_meter")
    assert Watch(promise).see(0, rests, of=of) == []
    assert Watch(promise).see(0, rings, of=of) == [("raised", "low")]


def test_value_shown_is_the_pressure_before_the_meter() -> None:
    watch = Watch(rule(measure="before_meter"))
    watch.see(0, 0.2238399)
    (alarm,) = watch.tracker.open
    assert alarm.value == pytest.approx(0.16, abs=1e-12)
    assert alarm.limit == 0.18


def test_deadband_is_applied_before_the_meter() -> None:
    watch = Watch(rule(measure="before_meter", deadband=0.01))
    watch.see(0, 0.24)
    assert watch.see(15, 0.2538) == []  # 0.18996 before the meter
    assert watch.see(30, 0.2539) == [("cleared", "low")]  # 0.19006


def test_unknown_meter_height_is_a_fault_of_that_point_only_A7() -> None:
    conditions = compile_rules([rule(measure="before_meter")], POINTS, SITES)
    assert [fault.reason for fault in conditions.faults] == [
        "the customers' meter elevation is not given for n4"
    ]
    assert sorted(conditions.rows["point"].tolist()) == [N1, N2, N3]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"select": {"zone": ["nowhere"]}}, "selects no point"),
        ({"select": {}}, "different kinds: free_chlorine, pressure, turbidity"),
        (
            {"select": {"kind": ["turbidity"]}, "measure": "before_meter"},
            "only a pressure can be carried",
        ),
        ({"title": {"zh": "{site}", "en": "{tank}"}}, "holds {tank}; only {limit}, {point}"),
        ({"title": {"zh": "{site", "en": "ok"}}, "cannot be read"),
        ({"advice": {"zh": "{value:.{limit}f}", "en": "ok"}}, "holds a format for {value}"),
    ],
)
def test_faulty_rule_does_not_stop_the_others_A7(changes: dict[str, object], reason: str) -> None:
    sound = rule(name="sound")
    conditions = compile_rules([rule(**changes), sound], POINTS, SITES)
    assert [fault.rule.name for fault in conditions.faults] == ["low_pressure"]
    assert reason in conditions.faults[0].reason
    assert len(conditions.of_key(("sound", "n1.pressure"))) == 1


def test_rules_may_overlap_on_one_point() -> None:
    watch = Watch(rule(), rule(name="network_minimum", low={"value": 0.14, "priority": "high"}))
    assert watch.see(0, 0.15) == [("raised", "low")]
    watch.see(15, 0.13)
    assert {row.rule for row in watch.tracker.open} == {"low_pressure", "network_minimum"}


def test_points_without_rules_cost_nothing_and_break_nothing() -> None:
    only_n4 = bank(rule(select={"points": ["n4.pressure"]}))
    assert len(only_n4.conditions) == 1
    assert Watch(rule(select={"points": ["n4.pressure"]})).see(0, 0.0, of=N1) == []
