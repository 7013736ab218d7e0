"""Days as customers live them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import exp

import numpy as np
import pytest

from simulators.model.days import Day, kind_of_day, season_factor
from simulators.model.demand import Use, Wander, demand_factor


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 5, 13), Day.WORKING),
        (date(2026, 5, 16), Day.WEEKEND),
        (date(2026, 2, 17), Day.HOLIDAY),
        (date(2026, 2, 14), Day.WORKING),  # a Saturday worked for the spring festival
        (date(2026, 10, 1), Day.HOLIDAY),
        (date(2026, 10, 10), Day.WORKING),
        (date(2026, 10, 8), Day.WORKING),
        (date(2031, 10, 1), Day.WORKING),  # no holidays are known of that year
    ],
)
def test_kind_of_day(day, kind):
    assert kind_of_day(day) is kind


def test_summer_draws_more_than_winter():
    assert season_factor(datetime(2026, 7, 26)) == pytest.approx(1.10, abs=0.002)  # noqa: DTZ001 - local wall time is meant
    assert season_factor(datetime(2026, 1, 25)) == pytest.approx(0.90, abs=0.002)  # noqa: DTZ001 - local wall time is meant


@pytest.mark.parametrize("use", list(Use))
def test_demand_has_no_jumps_inside_a_day(use):
    start = datetime(2026, 5, 13, 0, 0)  # noqa: DTZ001 - local wall time is meant
    factors = [demand_factor(use, start + timedelta(minutes=m)) for m in range(1440)]
    assert np.abs(np.diff(factors)).max() < 0.02
    assert np.mean(factors) == pytest.approx(1.0, abs=0.08)


def test_noise_keeps_its_spread_and_memory_whatever_the_step():
    for step_s in (10.0, 600.0):
        wander = Wander(4000, 0.05, 1800.0, np.random.default_rng(3))
        before = wander.values.copy()
        after = wander.advance(step_s)
        assert after.std() == pytest.approx(0.05, rel=0.05)
        kept = np.corrcoef(before, after)[0, 1]
        assert kept == pytest.approx(exp(-step_s / 1800), abs=0.03)
