"""The example city that comes with Baotu is the agreed one."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import numpy as np
import pytest

from alarms.selection import selected_points
from alarms.settings import LimitRule, Measure, Rule
from config.bundled import example_city
from config.city import City
from config.load import load_city
from telemetry.addresses import ModbusAddress, OpcUaAddress, RegisterType
from telemetry.devices import ModbusDevice, MqttSource, OpcUaDevice
from telemetry.places import SiteKind
from telemetry.quality import GOOD


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(example_city(), {})


def rule_of(city: City, name: str) -> Any:
    return next(rule for rule in city.alarms.rules if rule.name == name)


def test_example_loads_quickly_and_without_a_problem() -> None:
    # Of the processor's time: the clock of a busy machine says nothing about us.
    begin = time.process_time()
    city = load_city(example_city(), {})

    assert len(city.points) > 4_000
    assert time.process_time() - begin < 1.5


def test_sites_are_those_agreed(city: City) -> None:
    counted = Counter(site.kind for site in city.sites)

    assert counted == {
        SiteKind.WORKS: 3,
        SiteKind.BOOSTER: 6,
        SiteKind.RESERVOIR: 4,
        SiteKind.PRESSURE_NODE: 60,
        SiteKind.QUALITY_STATION: 12,
        SiteKind.METER_GROUP: 1,
    }
    assert [zone.name for zone in city.zones] == ["north", "east", "west", "south"]


def test_meters_are_two_thousand_with_two_points_each(city: City) -> None:
    meters = next(device for device in city.devices if isinstance(device, MqttSource))

    assert len(meters.channels) == 4_000
    assert {channel.address.sender for channel in meters.channels} == {
        f"M{number:04}" for number in range(1, 2_001)
    }


def test_boosters_differ_in_byte_order_and_share_their_map(city: City) -> None:
    boosters = [d for d in city.devices if isinstance(d, ModbusDevice) and len(d.channels) == 23]

    orders = {
        device.name: {c.address.order for c in device.channels if c.address.type.registers == 2}
        for device in boosters
    }
    assert {name: [order.value for order in used] for name, used in orders.items()} == {
        "lvyou": ["ABCD"],
        "longao": ["CDAB"],
        "hanyu": ["BADC"],
        "shunhua": ["DCBA"],
        "wenhua": ["CDAB"],
        "beiyuan": ["ABCD"],
    }
    maps = {tuple((c.signal, c.address.register) for c in device.channels) for device in boosters}
    assert len(maps) == 1


def test_pump_states_are_bits_of_one_word(city: City) -> None:
    lvyou = next(device for device in city.devices if device.name == "lvyou")

    bits = {
        channel.signal: (channel.address.register, channel.address.bit)
        for channel in lvyou.channels
        if isinstance(channel.address, ModbusAddress) and channel.address.type is RegisterType.BIT
    }
    assert bits == {
        "remote": (10, 0),
        "supply.available": (10, 1),
        "pump1.run": (10, 4),
        "pump1.fault": (10, 5),
        "pump2.run": (10, 6),
        "pump2.fault": (10, 7),
        "pump3.run": (10, 8),
        "pump3.fault": (10, 9),
    }


def test_works_carry_the_quality_station_at_their_outlet(city: City) -> None:
    donghu = next(device for device in city.devices if device.name == "donghu")

    assert isinstance(donghu, OpcUaDevice)
    addresses = {city.points[channel.point].name: channel.address for channel in donghu.channels}
    assert addresses["qs01.free_chlorine"] == OpcUaAddress(
        "urn:baotu:example:works", "s=qs.free_chlorine"
    )
    assert addresses["donghu.outlet.pressure"] == OpcUaAddress(
        "urn:baotu:example:works", "s=outlet.pressure"
    )


def test_default_endpoints_are_those_agreed(city: City) -> None:
    endpoints = {
        device.name: device.url if isinstance(device, OpcUaDevice) else device.port
        for device in city.devices
    }

    assert endpoints == {
        "donghu": "opc.tcp://127.0.0.1:15301",
        "fenghuang": "opc.tcp://127.0.0.1:15302",
        "nankang": "opc.tcp://127.0.0.1:15303",
        "lvyou": 15101,
        "longao": 15102,
        "hanyu": 15103,
        "shunhua": 15104,
        "wenhua": 15105,
        "beiyuan": 15106,
        "rtu_north": 15201,
        "rtu_east": 15202,
        "rtu_west": 15203,
        "rtu_south": 15204,
        "meters": 15883,
    }


def test_promise_before_the_meter_is_carried_to_the_meter(city: City) -> None:
    rule = rule_of(city, "before_meter_low")

    assert isinstance(rule, LimitRule)
    assert rule.measure is Measure.BEFORE_METER
    assert rule.low is not None
    assert rule.low.value == 0.18
    assert rule_of(city, "network_low").low.value == 0.14


def test_chlorine_limits_follow_the_water_that_is_sampled(city: City) -> None:
    works, network = rule_of(city, "free_chlorine_works"), rule_of(city, "free_chlorine_network")

    assert (works.low.value, works.high.value) == (0.3, 2.0)
    assert (network.low.value, network.high.value) == (0.05, 2.0)
    sites = {site.name: site for site in city.sites}
    watched = [
        {city.points[i].site for i in selected_points(rule.select, city.points, sites)}
        for rule in (works, network)
    ]
    assert watched == [
        {"qs01", "qs02", "qs03"},
        {f"qs{number:02}" for number in range(4, 13)},
    ]


def test_every_limit_names_its_source_and_none_claims_to_be_verified(city: City) -> None:
    assert all(rule.basis.source for rule in city.alarms.rules)
    assert not any(rule.basis.verified for rule in city.alarms.rules)


def test_every_rule_tells_in_both_languages_what_to_do(city: City) -> None:
    def texts(rule: Rule) -> list[str]:
        assert rule.advice is not None
        return [rule.title.zh, rule.title.en, rule.advice.zh, rule.advice.en]

    assert all(all(texts(rule)) for rule in city.alarms.rules)


def test_network_path_is_absolute_and_every_station_sees_a_node(city: City) -> None:
    assert city.simulation is not None
    assert city.simulation.network == example_city().parent / "network.inp"
    assert sorted(city.simulation.stations) == [f"qs{number:02}" for number in range(1, 13)]


def test_all_files_of_the_example_are_read(city: City) -> None:
    folder = example_city().parent
    tables = {path for path in folder.rglob("*.*") if path.suffix in (".toml", ".csv")}

    assert set(city.files) == {*tables, folder / "network.inp"} - {folder / "faults.toml"}


def test_ranges_hold_what_instruments_send(city: City) -> None:
    assert GOOD == 0
    assert np.all(city.points.low < city.points.high)
    assert city.points.by_name("south_02.pressure").high == 1.6
    assert city.points.by_name("west_02.pressure").high == pytest.approx(1.6)
