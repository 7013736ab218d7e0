"""A tiny city, its points and devices, for tests of the faces."""

from __future__ import annotations

import numpy as np

from simulators.errors import FaultTargetError, ReadOnlySignalError
from simulators.instruments import Instruments
from telemetry.addresses import (
    MqttAddress,
    OpcUaAddress,
    WordOrder,
    parse_modbus_address,
)
from telemetry.devices import Channel, ModbusDevice, MqttSource, OpcUaDevice
from telemetry.kinds import FACTS, Kind
from telemetry.points import Point, PointTable
from telemetry.text import Text

START_NS = 1_767_225_600 * 10**9  # 2026-01-01T00:00:00Z
HOUR_NS = 3_600 * 10**9


class TinyMeters:
    """Meter ``k`` has passed ``k + 1`` litres an hour since 1970."""

    count = 5

    def totals_m3(self, first_ns, hours):
        first = first_ns // HOUR_NS
        rates = (np.arange(self.count) + 1) / 1_000
        return np.array([rates * hour for hour in range(first, first + hours)])

    def now(self, time_ns):
        rates = (np.arange(self.count) + 1) / 1_000
        return rates * (time_ns / HOUR_NS), rates


class TinyCity:
    """Values set by the test; setpoints can be written, within 0.1 to 0.6."""

    step_s = 60.0

    def __init__(self, **values: float) -> None:
        self.values = np.array(list(values.values()), dtype=float)
        self.names = [name.replace("__", ".") for name in values]
        self.now_ns = START_NS
        self.meters = TinyMeters()
        self.written: list[tuple[str, float]] = []
        self.faults: list[object] = []
        self.steps = 0

    def set(self, name: str, value: float) -> None:
        self.values = self.values.copy()
        self.values[self.names.index(name)] = value

    def step(self) -> None:
        self.steps += 1
        self.now_ns += round(self.step_s * 1e9)
        self.values = self.values.copy()

    def write(self, name: str, value: float) -> float:
        if not name.endswith("setpoint"):
            raise ReadOnlySignalError(f"{name} is measured and cannot be written")
        accepted = min(max(value, 0.1), 0.6)
        self.written.append((name, accepted))
        return accepted

    def apply(self, fault) -> None:
        if fault.target == "nowhere":
            raise FaultTargetError(f"a {fault.kind} cannot act on {fault.target!r}")
        self.faults.append(fault)

    def clear(self, fault) -> None:
        if fault in self.faults:
            self.faults.remove(fault)


def point(name: str, kind: Kind, *, writable: bool = False) -> Point:
    facts = FACTS[kind]
    return Point(
        name, kind, Text(f"点 {name}", f"point {name}"), name.partition(".")[0],
        facts.low, facts.high, writable=writable,
    )  # fmt: skip


def modbus_channel(
    points: PointTable, name: str, address: str, *, scale: float = 1.0, offset: float = 0.0,
    writable: bool = False,
) -> Channel:  # fmt: skip
    signal = name.partition(".")[2]
    return Channel(
        points.index(name), signal, parse_modbus_address(address), scale, offset, writable
    )


def modbus_device(*channels: Channel, name: str = "lvyou", unit: int = 1, **other) -> ModbusDevice:
    return ModbusDevice(name, "127.0.0.1", 15_101, unit, 15.0, 2.0, channels, **other)


def opcua_device(*channels: Channel, name: str = "donghu") -> OpcUaDevice:
    return OpcUaDevice(name, "opc.tcp://127.0.0.1:15301/works", 15.0, 2.0, channels)


def opcua_channel(points: PointTable, name: str, *, writable: bool = False, **other) -> Channel:
    signal = name.partition(".")[2]
    address = OpcUaAddress("urn:baotu:example:works", f"s={signal}")
    return Channel(points.index(name), signal, address, writable=writable, **other)


def meter_points(count: int) -> list[Point]:
    return [
        point(f"meters.m{number:04d}.{quantity}", kind)
        for number in range(1, count + 1)
        for quantity, kind in (("total", Kind.VOLUME), ("flow", Kind.FLOW))
    ]


def meter_source(points: PointTable, *, host: str = "127.0.0.1", port: int = 15_883) -> MqttSource:
    channels = []
    for index, held in enumerate(points):
        if held.site == "meters":
            _, meter, quantity = held.name.split(".")
            field = "total_m3" if quantity == "total" else "flow_m3h"
            address = MqttAddress(meter.upper(), field)
            channels.append(Channel(index, f"{meter}.{quantity}", address))
    return MqttSource("meters", host, port, "meters/{sender}/up", tuple(channels))


def tiny_booster():
    """A booster station with every kind of register: ``(city, points, instruments, device)``."""
    city = TinyCity(
        lvyou__outlet__pressure=0.325, lvyou__outlet__flow=-812.5,
        lvyou__outlet__total=4_000_000_000.0, lvyou__pump1__power=37.25,
        lvyou__pump1__run=1.0, lvyou__pump2__run=0.0, lvyou__pump3__run=1.0,
        lvyou__remote=1.0, lvyou__outlet__pressure_setpoint=0.32, lvyou__supply__available=1.0,
        lvyou__inlet__pressure=0.18,
    )  # fmt: skip
    kinds = {
        "outlet.pressure": Kind.PRESSURE, "inlet.pressure": Kind.PRESSURE, "outlet.flow": Kind.FLOW,
        "outlet.total": Kind.VOLUME, "pump1.run": Kind.STATE, "pump2.run": Kind.STATE,
        "pump3.run": Kind.STATE, "pump1.power": Kind.POWER, "remote": Kind.STATE,
        "outlet.pressure_setpoint": Kind.PRESSURE, "supply.available": Kind.STATE,
        "heartbeat": Kind.COUNT,
    }  # fmt: skip
    points = PointTable(point(f"lvyou.{signal}", kind) for signal, kind in kinds.items())
    device = booster_device(points, WordOrder.CDAB)
    instruments = Instruments(points, city)
    instruments.observe(7.0, START_NS)
    return city, points, instruments, device


def booster_device(points: PointTable, order: WordOrder) -> ModbusDevice:
    rows = [
        ("outlet.pressure", "holding:100 uint16", 0.001, 0.0, False),
        ("inlet.pressure", "input:7 int16", 0.001, -0.1, False),
        ("outlet.flow", f"holding:101 int32 {order}", 0.5, 0.0, False),
        ("outlet.total", f"holding:103 uint32 {order}", 1.0, 0.0, False),
        ("pump1.run", "holding:105.0", 1.0, 0.0, False),
        ("pump2.run", "holding:105.1", 1.0, 0.0, False),
        ("pump3.run", "holding:105.15", 1.0, 0.0, False),
        ("pump1.power", f"holding:106 float32 {order}", 1.0, 0.0, False),
        ("heartbeat", "holding:108 uint16", 1.0, 0.0, False),
        ("outlet.pressure_setpoint", "holding:110 uint16", 0.001, 0.0, True),
        ("remote", "discrete:3", 1.0, 0.0, False),
        ("supply.available", "coil:21", 1.0, 0.0, False),
    ]
    channels = [
        modbus_channel(points, f"lvyou.{signal}", address, scale=scale, offset=offset, writable=w)
        for signal, address, scale, offset, w in rows
    ]
    return modbus_device(*channels)


def tiny_works():
    city = TinyCity(
        donghu__outlet__pressure=0.41, donghu__pump1__run=1.0, donghu__outlet__total=123_456.5,
        donghu__outlet__pressure_setpoint=0.42, qs01__free_chlorine=0.55, qs01__turbidity=0.12,
        qs01__service=0.0,
    )  # fmt: skip
    kinds = {
        "donghu.outlet.pressure": Kind.PRESSURE, "donghu.pump1.run": Kind.STATE,
        "donghu.outlet.total": Kind.VOLUME, "donghu.outlet.pressure_setpoint": Kind.PRESSURE,
        "qs01.free_chlorine": Kind.FREE_CHLORINE, "qs01.turbidity": Kind.TURBIDITY,
        "qs01.service": Kind.STATE,
    }  # fmt: skip
    points = PointTable(point(name, kind) for name, kind in kinds.items())
    channels = [opcua_channel(points, name, writable=name.endswith("setpoint")) for name in kinds]
    instruments = Instruments(points, city)
    instruments.observe(0.0, START_NS)
    return city, points, instruments, opcua_device(*channels)
