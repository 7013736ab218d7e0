"""Water and energy are neither made nor lost."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("reservoir", ["nanshan", "dongshan", "xishan", "beishan"])
def test_a_reservoir_holds_what_flowed_in(city_at, reservoir):
    watched = city_at("2026-05-13T00:00")
    watched.steps(600)
    inflow = watched.series(f"{reservoir}.inflow")[:-1].sum() / 60
    volume = watched.series(f"{reservoir}.volume")
    assert volume[-1] - volume[0] == pytest.approx(inflow, abs=4.0)
    assert np.ptp(volume) > 50


@pytest.mark.parametrize("works", ["donghu", "fenghuang", "nankang"])
def test_a_clear_water_tank_holds_inflow_less_outflow(city_at, works):
    watched = city_at("2026-05-13T00:00")
    watched.steps(600)
    inflow = watched.series(f"{works}.inflow")[:-1].sum() / 60
    total = watched.series(f"{works}.outlet.total")
    volume = watched.series(f"{works}.clearwell.volume")
    expected = inflow - (total[-1] - total[0])
    assert volume[-1] - volume[0] == pytest.approx(expected, abs=0.002 * inflow)


def test_every_substance_rides_on_the_same_water(city_at):
    watched = city_at("2026-05-13T00:00", step_s=900)
    watched.steps(4 * 96)
    network = watched.city._network
    first = [_heads(project) for project in network._projects]
    np.testing.assert_array_equal(first[0], first[1])
    np.testing.assert_array_equal(first[0], first[2])


def _heads(project):
    from epanet import toolkit

    count = toolkit.getcount(project, toolkit.NODECOUNT)
    return [toolkit.getnodevalue(project, i + 1, toolkit.HEAD) for i in range(count)]


@pytest.mark.parametrize("site", ["donghu", "lvyou", "beiyuan"])
def test_pumps_use_power_at_a_plausible_efficiency(city_at, site):
    watched = city_at("2026-05-13T08:00")
    watched.steps(60)
    network = watched.city._network
    sites = {s.name: s for s in watched.city._plant.pump_sites()}
    state = sites[site].state(network)
    hydraulic_kw = 9.80665 * (state.outlet_head - state.inlet_head) * state.flow / 3600
    shown = watched.table([f"{site}.pump{n}.power" for n in (1, 2, 3)])[-1].sum()
    assert 0.5 < hydraulic_kw / shown < 0.85


def test_energy_is_power_over_time(city_at):
    watched = city_at("2026-05-13T08:00")
    watched.steps(300)
    for number in (1, 2, 3):
        energy = watched.series(f"donghu.pump{number}.energy")
        power = watched.series(f"donghu.pump{number}.power")
        assert energy[-1] - energy[0] == pytest.approx(power[:-1].sum() / 60, rel=0.01, abs=0.1)


def test_blended_water_lies_between_its_sources(city_at):
    watched = city_at("2026-05-13T08:00")
    watched.steps(60)
    salts = watched.table([f"qs{n:02d}.conductivity" for n in range(1, 13)])[-1]
    sources = salts[:3]
    assert (salts > sources.min() - 15).all()
    assert (salts < sources.max() + 15).all()
    assert np.ptp(sources) > 20
