"""Setpoints act as they do behind a real PLC: bounded, slowly, and on the water."""

from __future__ import annotations

import pytest

from simulators.errors import ReadOnlySignalError, SetpointError, UnknownSignalError


def test_a_higher_setpoint_raises_the_zone_slowly(city_at):
    watched = city_at("2026-05-13T10:00")
    name = "nankang.outlet.pressure_setpoint"
    first = watched.city.value(name)
    assert watched.city.write(name, first + 0.06) == pytest.approx(first + 0.06)
    watched.steps(1)
    assert watched.city.value(name) == pytest.approx(first + 0.06)
    assert watched.city.value("nankang.outlet.pressure") < first + 0.03
    watched.steps(5)
    assert watched.city.value("nankang.outlet.pressure") == pytest.approx(first + 0.06, abs=0.006)
    assert watched.series("west_13.pressure")[-1] > watched.series("west_13.pressure")[0] + 0.03


def test_a_setpoint_out_of_bounds_is_bounded(city_at):
    city = city_at("2026-05-13T10:00").city
    low, high = city.writable["lvyou.outlet.pressure_setpoint"]
    assert city.write("lvyou.outlet.pressure_setpoint", 9.0) == high
    assert city.write("lvyou.outlet.pressure_setpoint", -1.0) == low


def test_more_chlorine_is_seen_at_the_outlet_within_hours(city_at):
    watched = city_at("2026-05-13T10:00")
    watched.city.write("fenghuang.dosing.chlorine_setpoint", 0.9)
    watched.steps(15)
    assert watched.city.value("qs02.free_chlorine") < 0.75
    watched.steps(12 * 60)
    assert watched.city.value("qs02.free_chlorine") == pytest.approx(0.9, abs=0.04)
    assert watched.city.value("qs01.free_chlorine") == pytest.approx(0.65, abs=0.04)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("lvyou.outlet.presure_setpoint", 0.5, UnknownSignalError),
        ("lvyou.outlet.pressure", 0.5, ReadOnlySignalError),
        ("lvyou.outlet.pressure_setpoint", float("nan"), SetpointError),
        ("donghu.dosing.chlorine_setpoint", float("inf"), SetpointError),
    ],
)
def test_a_write_that_cannot_be_is_refused(city_at, name, value, error):
    city = city_at("2026-05-13T10:00").city
    with pytest.raises(error):
        city.write(name, value)


def test_outlets_hold_their_setpoints_through_the_day(city_at):
    watched = city_at("2026-05-13T04:00")
    watched.steps(600)
    for site in ("donghu", "fenghuang", "nankang", "lvyou", "longao", "hanyu", "shunhua"):
        error = watched.series(f"{site}.outlet.pressure") - watched.city.value(
            f"{site}.outlet.pressure_setpoint"
        )
        assert (abs(error) < 0.006).mean() > 0.97
