"""A demo that runs very fast does not call its own points stale."""

from __future__ import annotations

import pytest

from config.bundled import example_city
from config.load import load_city
from service.demo import paced


@pytest.fixture(scope="module")
def city():
    return load_city(example_city(), {})


def test_at_sixty_fold_speed_the_city_is_polled_as_configured(city) -> None:
    assert paced(city, 60.0).devices == city.devices


def test_at_six_hundred_fold_speed_polls_keep_a_quarter_of_a_real_second(city) -> None:
    fast = paced(city, 600.0)
    lvyou = next(device for device in fast.devices if device.name == "lvyou")
    assert lvyou.poll_s == 150.0
    before, after = (c.points.by_name("lvyou.outlet.pressure").expected_s for c in (city, fast))
    assert after == 10 * before


def test_meters_report_when_they_like_at_any_speed(city) -> None:
    fast = paced(city, 600.0)
    name = "meters.m0001.total"
    assert fast.points.by_name(name).expected_s == city.points.by_name(name).expected_s


def test_table_of_a_faster_demo_means_the_same_points(city) -> None:
    assert paced(city, 600.0).points.fingerprint == city.points.fingerprint
