"""What breaks is seen where an operator would see it, and heals when it is mended."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.errors import FaultTargetError
from simulators.faults import (
    Burst,
    ChlorineDosingFailure,
    DemandSurge,
    MainsLoss,
    PumpTrip,
    TurbidInflow,
)

PROMISE_MPA = 0.18


@pytest.mark.parametrize(
    ("target", "zone"),
    [("west_11", "west"), ("north_04", "north"), ("east_13", "east"), ("south_04", "south")],
)
def test_a_burst_pulls_its_zone_below_the_promise_at_once_and_heals(city_at, target, zone):
    watched = city_at("2026-05-13T07:30")
    burst = Burst(target, 1000.0)
    watched.city.apply(burst)
    watched.steps(2)
    watched.city.clear(burst)
    watched.steps(10)
    ordinary, broken, mended = watched.before_meter()[[0, 2, -1]]
    inside = np.array([node.zone == zone for node in watched.nodes])
    assert (ordinary > PROMISE_MPA).all()
    assert (broken[inside] < PROMISE_MPA).sum() >= 2
    assert broken[inside].mean() < ordinary[inside].mean() - 0.01
    assert (mended > PROMISE_MPA).all()


@pytest.mark.parametrize("hour", [3, 10, 22])
def test_a_large_burst_on_high_ground_shows_at_any_hour(city_at, hour):
    watched = city_at(f"2026-01-20T{hour:02d}:00")
    watched.city.apply(Burst("south_07", 1500.0))
    watched.steps(2)
    low = {
        node.name
        for node, pressure in zip(watched.nodes, watched.before_meter()[-1], strict=True)
        if pressure < PROMISE_MPA
    }
    assert {"south_04", "south_07"} <= low


def test_a_burst_loses_what_it_says_at_three_bar(city_at):
    watched = city_at("2026-05-13T10:00")
    network = watched.city._network
    node = network.node("south_08")
    before = network.drawn_m3h[node]
    watched.city.apply(Burst("south_08", 200.0))
    watched.steps(1)
    pressure = watched.city.value("south_08.pressure")
    lost = network.drawn_m3h[node] - before
    assert lost == pytest.approx(200.0 * (pressure / 0.3) ** 0.5, abs=8.0)


def test_two_bursts_at_one_junction_add_up_and_end_one_by_one(city_at):
    watched = city_at("2026-05-13T10:00")
    small, large = Burst("west_11", 200.0), Burst("west_11", 500.0)
    watched.city.apply(small)
    watched.city.apply(large)
    watched.steps(1)
    watched.city.clear(large)
    watched.steps(1)
    ordinary, both, one = watched.series("west_11.pressure")
    assert both < one - 0.005
    assert one < ordinary - 0.002


def test_a_tripped_pump_is_replaced_by_a_standby(city_at):
    watched = city_at("2026-05-13T10:00", step_s=5)
    runs = [f"lvyou.pump{n}.run" for n in (1, 2, 3)]
    before = watched.table(runs)[-1]
    number = int(np.flatnonzero(before)[0]) + 1
    trip = PumpTrip(f"lvyou.pump{number}")
    watched.city.apply(trip)
    watched.steps(2)
    assert watched.city.value(f"lvyou.pump{number}.fault") == 1
    assert watched.city.value(f"lvyou.pump{number}.run") == 0
    assert watched.city.value(f"lvyou.pump{number}.frequency") == 0
    assert watched.table(runs)[-1].sum() == before.sum() - 1
    dip = watched.city.value("lvyou.outlet.pressure")
    watched.steps(10)
    aim = watched.city.value("lvyou.outlet.pressure_setpoint")
    assert watched.table(runs)[-1].sum() == before.sum()
    assert dip < aim - 0.01
    assert watched.city.value("lvyou.outlet.pressure") == pytest.approx(aim, abs=0.006)
    watched.city.clear(trip)
    watched.steps(1)
    assert watched.city.value(f"lvyou.pump{number}.fault") == 0


def test_mains_loss_stops_a_booster_and_its_reservoir_feeds_the_zone(city_at):
    watched = city_at("2026-05-13T10:00")
    loss = MainsLoss("wenhua")
    watched.city.apply(loss)
    watched.steps(30)
    assert watched.city.value("wenhua.supply.available") == 0
    assert watched.table([f"wenhua.pump{n}.run" for n in (1, 2, 3)])[-1].sum() == 0
    assert watched.city.value("wenhua.outlet.flow") == 0
    assert watched.city.value("xishan.inflow") < -200
    watched.city.clear(loss)
    watched.steps(30)
    assert watched.city.value("wenhua.supply.available") == 1
    aim = watched.city.value("wenhua.outlet.pressure_setpoint")
    assert watched.city.value("wenhua.outlet.pressure") == pytest.approx(aim, abs=0.01)


def test_mains_loss_at_a_works_is_felt_in_its_zone(city_at):
    watched = city_at("2026-05-13T10:00")
    watched.city.apply(MainsLoss("nankang"))
    watched.steps(5)
    west = [f"{node.name}.pressure" for node in watched.nodes if node.zone == "west"]
    table = watched.table(west)
    assert watched.city.value("nankang.outlet.flow") == 0
    assert table[-1].mean() < table[0].mean() - 0.03


def test_every_works_without_mains_leaves_a_city_that_still_solves(city_at):
    watched = city_at("2026-05-13T10:00")
    for works in ("donghu", "fenghuang", "nankang"):
        watched.city.apply(MainsLoss(works))
    watched.steps(3 * 60)
    assert np.isfinite(watched.city.values).all()
    assert watched.before_meter()[-1].max() < 0.3


def test_chlorine_fails_at_the_works_first_and_downstream_later(city_at):
    watched = city_at("2026-05-13T06:00")
    watched.city.apply(ChlorineDosingFailure("donghu"))
    watched.steps(6 * 60)
    at_works, downstream = (_when_changed(watched, f"{s}.free_chlorine") for s in ("qs01", "qs05"))
    assert at_works < 60
    assert 10 < downstream - at_works < 240
    assert watched.city.value("qs01.free_chlorine") < 0.2
    assert watched.city.value("qs03.free_chlorine") > 0.6


def test_turbid_water_reaches_far_stations_later(city_at):
    watched = city_at("2026-05-13T06:00")
    turbid = TurbidInflow("donghu", 60.0)
    watched.city.apply(turbid)
    watched.steps(1)
    assert watched.city.value("donghu.raw.turbidity") == pytest.approx(60, abs=2)
    watched.steps(6 * 60)
    at_works, near, far = (
        _when_changed(watched, f"{name}.turbidity") for name in ("qs01", "qs05", "qs08")
    )
    assert at_works < near < far
    assert watched.city.value("qs01.turbidity") > 1.0
    watched.city.clear(turbid)
    watched.steps(20 * 60)
    assert watched.city.value("qs01.turbidity") < 0.2


def _when_changed(watched, name):
    """Steps until a signal has left its first value by 0.1."""
    series = watched.series(name)
    left = np.flatnonzero(np.abs(series - series[0]) > 0.1)
    assert left.size, f"{name} never changed"
    return int(left[0])


def test_a_surge_draws_more_in_its_zone(city_at):
    calm, surging = city_at("2026-05-13T10:00"), city_at("2026-05-13T10:00")
    surging.city.apply(DemandSurge("west", 1.6))
    for watched in (calm, surging):
        watched.steps(3)
    more = surging.city.value("nankang.outlet.flow") - calm.city.value("nankang.outlet.flow")
    assert more > 300
    difference = surging.before_meter()[-1] - calm.before_meter()[-1]
    assert difference.min() < -0.02


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (Burst("west_99"), "west_09"),
        (PumpTrip("lvyou.pump4"), "lvyou.pump"),
        (MainsLoss("lvyuo"), "lvyou"),
        (ChlorineDosingFailure("lvyou"), "no such target"),
        (TurbidInflow("dongu"), "donghu"),
        (DemandSurge("wset"), "west"),
    ],
)
def test_a_fault_on_nothing_names_the_nearest(city_at, fault, hint):
    with pytest.raises(FaultTargetError, match=hint):
        city_at("2026-05-13T10:00").city.apply(fault)


def test_mending_what_is_whole_changes_nothing(city_at):
    watched = city_at("2026-05-13T10:00")
    watched.city.clear(Burst("west_11"))
    watched.steps(1)
    assert (watched.before_meter()[-1] > PROMISE_MPA).all()
