"""Ordinary days: nothing rings, tanks hold, the same seed gives the same city."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("start", ["2026-07-25T00:00", "2026-01-23T00:00"])
def test_three_ordinary_days_break_no_limit(city_at, start):
    watched = city_at(start, step_s=120)
    watched.steps(3 * 720)
    assert watched.before_meter().min() > 0.18
    pressures = watched.table([f"{node.name}.pressure" for node in watched.nodes])
    assert pressures.min() > 0.20
    assert pressures.max() < 0.45
    stations = [f"qs{number:02d}" for number in range(1, 13)]
    chlorine = watched.table([f"{name}.free_chlorine" for name in stations])
    assert chlorine.min() > 0.06
    assert chlorine[:, :3].min() > 0.3
    assert chlorine.max() < 2.0
    assert watched.table([f"{name}.turbidity" for name in stations]).max() < 0.3
    ph = watched.table([f"{name}.ph" for name in stations])
    assert ph.min() > 6.5
    assert ph.max() < 8.5


@pytest.mark.parametrize("start", ["2026-07-25T00:00", "2026-02-14T00:00"])
def test_two_weeks_leave_every_tank_in_its_band(city_at, start):
    watched = city_at(start, step_s=900)
    watched.steps(14 * 96)
    for works in ("donghu", "fenghuang", "nankang"):
        level = watched.series(f"{works}.clearwell.level")
        assert level.min() > 1.5
        assert level.max() < 4.5
    for reservoir in ("nanshan", "dongshan", "xishan", "beishan"):
        level = watched.series(f"{reservoir}.level")
        assert level.min() > 1.5
        assert level.max() < 5.6


def test_pressure_is_lowest_in_the_daily_peaks_and_highest_at_night(city_at):
    watched = city_at("2026-05-13T00:00")
    watched.steps(1440)
    mean = watched.before_meter().mean(axis=1)
    assert 5.5 * 60 < mean.argmin() < 21 * 60
    assert mean.argmax() < 5 * 60


def test_equal_seeds_give_equal_cities(city_at):
    one, two = city_at("2026-05-13T10:00", seed=7), city_at("2026-05-13T10:00", seed=7)
    for watched in (one, two):
        watched.city.write("donghu.outlet.pressure_setpoint", 0.45)
        watched.steps(120)
    assert one.city.names == two.city.names
    np.testing.assert_array_equal(one.table(list(one.city.names)), two.table(list(two.city.names)))
    np.testing.assert_array_equal(*(w.city.meters.now(w.city.now_ns)[0] for w in (one, two)))


def test_another_seed_gives_another_city(city_at):
    one, two = city_at("2026-05-13T10:00", seed=7), city_at("2026-05-13T10:00", seed=8)
    assert (one.city.values != two.city.values).mean() > 0.5


def test_weekend_morning_draws_later_and_holidays_less(city_at):
    def outflow(start: str) -> np.ndarray:
        watched = city_at(start)
        watched.steps(240)
        works = ("donghu", "fenghuang", "nankang")
        return watched.table([f"{name}.outlet.flow" for name in works]).sum(axis=1)

    thursday, saturday = outflow("2026-05-14T06:00"), outflow("2026-05-16T06:00")
    holiday = outflow("2026-10-02T06:00")
    assert thursday[60:120].mean() > 1.15 * saturday[60:120].mean()
    assert holiday.mean() < 0.9 * thursday.mean()


def test_about_150000_cubic_metres_leave_the_works_a_day(city_at):
    watched = city_at("2026-05-13T00:00")
    totals = [f"{name}.outlet.total" for name in ("donghu", "fenghuang", "nankang")]
    watched.steps(1440)
    table = watched.table(totals)
    assert (np.diff(table, axis=0) >= 0).all()
    assert 135_000 < (table[-1] - table[0]).sum() < 175_000


def test_steps_are_taken_whole(city_at):
    city = city_at("2026-05-13T10:00").city
    start = city.now_ns
    assert city.advance_to(start + 179 * 10**9) == 2
    assert city.now_ns == start + 120 * 10**9
    assert city.advance_to(start) == 0
