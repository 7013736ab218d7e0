"""The station's automation without a network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.model.pumping import (
    DWELL_S,
    FASTEST,
    METRES_PER_MPA,
    SLOWEST,
    STANDBY_DELAY_S,
    Pump,
    PumpCurve,
    PumpStation,
    StationState,
)

CURVE = PumpCurve(500.0, 60.0)


def station(running: int = 1) -> PumpStation:
    pumps = [Pump(running=number < running) for number in range(3)]
    return PumpStation(0.0, CURVE, pumps, 0.9, 0.6, (0.5, 0.7))


def steady(flow: float) -> StationState:
    return StationState(10.0, 0.6 * METRES_PER_MPA, flow)


@given(st.floats(5.0, 75.0), st.floats(0.0, 500.0))
def test_the_speed_for_a_duty_gives_that_duty(head, flow):
    speed = CURVE.speed_for(head, flow)
    assert speed**2 * CURVE.shut_off - CURVE.resistance * flow**2 == pytest.approx(head)


def test_rising_flow_starts_a_second_pump_once_in_a_while():
    plc = station()
    plc.stage(steady(700.0), DWELL_S, 60.0)
    assert plc.running == 2
    plc.stage(steady(1300.0), DWELL_S + 60, 60.0)
    assert plc.running == 2
    plc.stage(steady(1300.0), 2 * DWELL_S, 60.0)
    assert plc.running == 3


def test_falling_flow_stops_the_pump_with_most_hours():
    plc = station(running=2)
    plc.pumps[0].run_s = 1e6
    plc.stage(steady(300.0), DWELL_S, 60.0)
    assert [pump.running for pump in plc.pumps] == [False, True, False]


def test_the_last_pump_is_never_stopped():
    plc = station()
    plc.stage(steady(0.0), DWELL_S, 60.0)
    assert plc.running == 1


def test_a_standby_waits_its_delay_and_a_tripped_pump_stays_out():
    plc = station()
    plc.trip(0, 1000.0)
    plc.stage(steady(0.0), 1000.0 + STANDBY_DELAY_S - 1, 60.0)
    assert plc.running == 0
    plc.stage(steady(0.0), 1000.0 + STANDBY_DELAY_S, 60.0)
    assert [pump.running for pump in plc.pumps] == [False, True, False]


def test_with_every_pump_tripped_nothing_runs():
    plc = station(running=3)
    for number in range(3):
        plc.trip(number, 0.0)
    for minute in range(1, 60):
        plc.stage(steady(0.0), 60.0 * minute, 60.0)
    assert plc.running == 0


def test_a_dark_station_starts_again_after_the_mains_return():
    plc = station(running=2)
    plc.set_power(False, 0.0)
    plc.stage(steady(0.0), 60.0, 60.0)
    assert plc.running == 0
    plc.set_power(True, 100.0)
    plc.stage(steady(0.0), 100.0 + STANDBY_DELAY_S, 60.0)
    assert plc.running == 1


@given(st.floats(0.0, 120.0), st.floats(-50.0, 150.0), st.floats(0.0, 3000.0))
def test_speed_never_leaves_its_range(inlet, outlet, flow):
    plc = station()
    for minute in range(5):
        plc.stage(StationState(inlet, outlet, flow), 60.0 * minute, 60.0)
        plc.trim(StationState(inlet, outlet, flow))
        assert SLOWEST <= plc.speed <= FASTEST


def test_a_station_short_of_pumps_keeps_its_speed():
    plc = station(running=3)
    plc.speed = FASTEST
    plc.stage(StationState(10.0, 40.0, 900.0), DWELL_S, 60.0)
    assert plc.running == 3
    assert plc.speed == FASTEST
