"""What instruments show of a city, and what their faults make of it."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.errors import FaultTargetError, ReadOnlySignalError
from simulators.faults import DeadSensor, Drift, Frozen, Maintenance, Spike
from simulators.instruments import Condition, Instruments
from telemetry.kinds import Kind
from telemetry.points import PointTable
from tests.simulators.faces.tiny_city import HOUR_NS, START_NS, TinyCity, meter_points, point


@pytest.fixture
def station():
    """A quality station, a meter and a station's heartbeat: ``(city, instruments)``."""
    city = TinyCity(qs04__turbidity=0.2, qs04__free_chlorine=0.4, qs04__service=0.0)
    points = PointTable(
        [
            point("qs04.turbidity", Kind.TURBIDITY),
            point("qs04.free_chlorine", Kind.FREE_CHLORINE),
            point("qs04.service", Kind.STATE),
            point("lvyou.heartbeat", Kind.COUNT),
            *meter_points(2),
            point("nowhere.level", Kind.LEVEL),
        ]
    )
    instruments = Instruments(points, city)
    instruments.observe(0.0, START_NS)
    return city, instruments


def shown(instruments, name):
    row = instruments.points.index(name)
    return instruments.value[row], Condition(instruments.condition[row])


def test_healthy_instrument_shows_the_truth(station):
    _, instruments = station
    assert shown(instruments, "qs04.turbidity") == (0.2, Condition.GOOD)


def test_meters_show_their_total_and_flow(station):
    _, instruments = station
    instruments.observe(0.0, 500 * HOUR_NS)
    assert shown(instruments, "meters.m0002.total")[0] == pytest.approx(1.0)
    assert shown(instruments, "meters.m0002.flow")[0] == pytest.approx(0.002)


def test_what_nobody_knows_is_missing_by_name_and_reads_as_failed(station):
    _, instruments = station
    assert instruments.missing(range(len(instruments.points))) == ["nowhere.level"]
    value, condition = shown(instruments, "nowhere.level")
    assert np.isnan(value)
    assert condition is Condition.FAILED


def test_frozen_instrument_looks_healthy_and_does_not_move(station):
    city, instruments = station
    instruments.apply(Frozen("qs04.turbidity"))
    city.set("qs04.turbidity", 3.0)
    instruments.observe(600.0, START_NS)
    assert shown(instruments, "qs04.turbidity") == (0.2, Condition.GOOD)
    instruments.clear(Frozen("qs04.turbidity"))
    assert shown(instruments, "qs04.turbidity") == (3.0, Condition.GOOD)


def test_drift_grows_from_the_moment_it_begins(station):
    _, instruments = station
    instruments.observe(7_200.0, START_NS)
    instruments.apply(Drift("qs04.turbidity", per_hour=0.5))
    assert shown(instruments, "qs04.turbidity")[0] == pytest.approx(0.2)
    instruments.observe(9_000.0, START_NS)
    assert shown(instruments, "qs04.turbidity") == (pytest.approx(0.45), Condition.GOOD)


def test_spike_lasts_its_width_and_comes_again(station):
    _, instruments = station
    instruments.apply(Spike("qs04.turbidity", size=5.0, every_s=100.0, width_s=10.0))
    seen = []
    for second in (0.0, 9.0, 10.0, 99.0, 100.0, 110.0):
        instruments.observe(second, START_NS)
        seen.append(shown(instruments, "qs04.turbidity")[0] > 5)
    assert seen == [True, True, False, False, True, False]


def test_dead_sensor_has_no_value_even_while_another_fault_is_on(station):
    _, instruments = station
    instruments.apply(DeadSensor("qs04.turbidity"))
    instruments.apply(Frozen("qs04.turbidity"))
    value, condition = shown(instruments, "qs04.turbidity")
    assert np.isnan(value)
    assert condition is Condition.FAILED


def test_maintenance_of_a_station_holds_its_values_and_shows_on_its_switch(station):
    city, instruments = station
    instruments.apply(Maintenance("qs04"))
    city.set("qs04.turbidity", 3.0)
    instruments.observe(60.0, START_NS)
    assert shown(instruments, "qs04.turbidity") == (0.2, Condition.MAINTENANCE)
    assert shown(instruments, "qs04.free_chlorine")[1] is Condition.MAINTENANCE
    assert shown(instruments, "qs04.service") == (1.0, Condition.GOOD)
    instruments.clear(Maintenance("qs04"))
    assert shown(instruments, "qs04.service") == (0.0, Condition.GOOD)


def test_stopped_controller_shows_a_standing_heartbeat(station):
    _, instruments = station
    instruments.observe(5.0, START_NS)
    instruments.apply(Frozen("lvyou.heartbeat"))
    instruments.observe(50.0, START_NS)
    assert shown(instruments, "lvyou.heartbeat")[0] == 5.0


@pytest.mark.parametrize("target", ["qs99.turbidity", "qs", "qs04.turb"])
def test_fault_on_nothing_is_refused(station, target):
    with pytest.raises(FaultTargetError, match=target):
        station[1].apply(Frozen(target))


def test_measured_value_cannot_be_written_and_nothing_shows_it(station):
    _, instruments = station
    with pytest.raises(ReadOnlySignalError):
        instruments.write(0, 1.0)
    instruments.observe(1.0, START_NS)
    assert shown(instruments, "qs04.turbidity")[0] == 0.2
