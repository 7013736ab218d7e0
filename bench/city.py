"""A large made-up city for measurements: stations of fifty float32 each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alarms.settings import Basis, Level, LimitRule, Priority, Select
from telemetry.addresses import ModbusAddress, RegisterTable, RegisterType, WordOrder
from telemetry.devices import Channel, ModbusDevice
from telemetry.kinds import Kind
from telemetry.points import Point, PointTable
from telemetry.text import Text

A_STATION = 50
START_NS = 1_767_225_600_000_000_000


@dataclass(frozen=True, slots=True)
class LargeCity:
    """Points and the devices that carry them."""

    points: PointTable
    devices: tuple[ModbusDevice, ...]


def large_city(points: int) -> LargeCity:
    """A city of ``points`` pressures, fifty to a station, byte orders mixed."""
    orders = list(WordOrder)
    table = PointTable(
        Point(
            f"s{i // A_STATION:04}.p{i % A_STATION:02}",
            Kind.PRESSURE,
            Text("压力", "pressure"),
            f"s{i // A_STATION:04}",
            -0.1,
            2.5,
            expected_s=3.0,
        )
        for i in range(points)
    )
    devices = tuple(
        ModbusDevice(
            name=f"s{number:04}",
            host="127.0.0.1",
            port=502,
            unit=1,
            poll_s=1.0,
            timeout_s=1.0,
            channels=tuple(
                Channel(
                    number * A_STATION + k,
                    f"p{k:02}",
                    ModbusAddress(
                        RegisterTable.HOLDING, 2 * k, RegisterType.FLOAT32, orders[number % 4]
                    ),
                )
                for k in range(A_STATION)
            ),
        )
        for number in range(points // A_STATION)
    )
    return LargeCity(table, devices)


def pressures(points: int, second: int, seed: int = 1) -> NDArray[np.float64]:
    """``(points,)`` MPa: mostly calm, one in a thousand below its limit now and then."""
    random = np.random.default_rng((seed, second))
    values = 0.30 + 0.02 * random.standard_normal(points)
    values[random.random(points) < 0.001] = 0.15
    return values


def low_pressure_rule() -> LimitRule:
    """One limit rule over every pressure."""
    return LimitRule(
        type="limit",
        name="low",
        title=Text("压力低 {value}", "low pressure {value}"),
        select=Select(kind=(Kind.PRESSURE,)),
        basis=Basis(source="measurement"),
        low=Level(value=0.18, priority=Priority.HIGH),
        deadband=0.004,
        on_delay_s=3.0,
        off_delay_s=3.0,
    )
