"""Meters: totals that rise, hour by hour, the same whenever they are asked."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulators.errors import HistoryError
from simulators.model.meters import HOUR_NS, Meters

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = int(datetime(2026, 5, 13, 10, tzinfo=SHANGHAI).timestamp()) * 10**9


def test_totals_rise_by_each_hours_use():
    meters = Meters(2000, 1, START, SHANGHAI)
    totals = meters.totals_m3(START - 24 * HOUR_NS, 25)
    assert totals.shape == (25, 2000)
    first = START // HOUR_NS - 24
    for hour in range(24):
        use = totals[hour + 1] - totals[hour]
        assert (use >= 0).all()
        np.testing.assert_allclose(use, meters.use_m3(first + hour), atol=1e-9)


def test_the_past_is_the_same_however_it_is_asked():
    early, late = Meters(50, 1, START, SHANGHAI), Meters(50, 1, START, SHANGHAI)
    late.totals_m3(START + 100 * HOUR_NS, 1)
    span = (START - 6 * HOUR_NS, 12)
    np.testing.assert_array_equal(early.totals_m3(*span), late.totals_m3(*span))


def test_between_hours_the_total_grows_evenly():
    meters = Meters(50, 1, START, SHANGHAI)
    total, flow = meters.now(START + HOUR_NS // 2)
    np.testing.assert_allclose(total, meters.totals_m3(START, 1)[0] + flow / 2)
    later, same = meters.now(START + HOUR_NS * 3 // 4)
    np.testing.assert_array_equal(flow, same)
    assert (later >= total).all()


def test_a_city_of_meters_uses_as_its_zones_do():
    meters = Meters(2000, 1, START, SHANGHAI)
    hours = np.diff(meters.totals_m3(START - 34 * HOUR_NS, 25).sum(axis=1))
    assert hours[:5].mean() < 0.6 * hours.mean()
    assert hours[7:9].mean() > 1.2 * hours.mean()
    assert 1000 < hours.sum() < 2500


def test_what_meters_no_longer_keep_is_refused():
    meters = Meters(5, 1, START, SHANGHAI)
    with pytest.raises(HistoryError, match="oldest"):
        meters.totals_m3(START - 24 * 30 * HOUR_NS, 1)


def test_months_of_hours_take_no_more_room():
    meters = Meters(5, 1, START, SHANGHAI)
    meters.totals_m3(START + 24 * 60 * HOUR_NS, 1)
    with pytest.raises(HistoryError, match="336 hourly totals"):
        meters.totals_m3(START + 24 * 40 * HOUR_NS, 1)
