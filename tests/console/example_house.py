"""The example city with made-up but plausible readings, for pages that must look right."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import numpy as np

from config.bundled import example_city
from config.load import load_city
from console.ports import CityPlan, DeviceRow
from records.opening import open_records
from service.bands import normal_bands
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.kinds import Kind
from telemetry.quality import GOOD, Reason, bad, uncertain
from tests.console.house import QUICK, House

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from telemetry.clock import Clock
    from telemetry.points import Point, PointTable

_LEVEL = {
    "inlet.pressure": 0.24,
    "outlet.pressure": 0.42,
    "pressure": 0.33,
    "level": 3.9,
    "clearwell.level": 3.2,
    "volume": 11_800.0,
    "inflow": 240.0,
    "outlet.flow": 1_840.0,
    "free_chlorine": 0.52,
    "turbidity": 0.18,
    "ph": 7.62,
}
_LOW = {"south_07.pressure": 0.112, "south_08.pressure": 0.151, "qs08.free_chlorine": 0.081}


def example_house(folder: Path, clock: Clock) -> House:
    """The house around the bundled example city."""
    city = load_city(example_city(), {})
    sites = {site.name: site for site in city.sites}
    plan = CityPlan(
        title=city.title,
        timezone=city.timezone,
        points=city.points,
        zones=city.zones,
        sites=city.sites,
        bands=normal_bands(city.alarms.rules, city.points, sites),
    )
    house = House(
        plan=plan,
        records=open_records(folder / "records.sqlite", QUICK),
        clock=clock,
        rules=city.alarms.rules,
    )
    for device in city.devices:
        dead = device.name == "rtu_west"
        house.devices.append(
            DeviceRow(
                name=device.name,
                protocol=device.protocol.value,
                address=f"127.0.0.1:{15_000 + len(house.devices)}",
                connected=not dead,
                points=len(device.channels),
                last_ns=clock.now() - (340 if dead else 4) * SECOND,
                errors={"timeout": 23, "reset": 2} if dead else {},
                skipped=3 if dead else 0,
                reason="no answer within 2 s; the next attempt follows in 8 s" if dead else "",
            )
        )
    return house


def values(points: PointTable, time_s: float) -> NDArray[np.float64]:
    """``float64[n]``: a plausible value of every point at one time."""
    return np.array([_value(point, i, time_s) for i, point in enumerate(points)])


def _value(point: Point, index: int, time_s: float) -> float:
    if point.name in _LOW:
        return _LOW[point.name] * (1 + 0.01 * math.sin(time_s / 40))
    signal = point.name.removeprefix(f"{point.site}.")
    if point.kind is Kind.STATE:
        return _state(point.name, signal, index)
    level = _LEVEL.get(signal, 1.0) * (1 + 0.16 * math.sin(index * 2.4))
    if signal == "ph":
        level = 7.4 + 0.25 * math.sin(index)
    day = math.sin(time_s / 13_750 + index % 7 / 3) + 0.25 * math.sin(time_s / 700 + index)
    return level * (1 + 0.05 * day + 0.004 * math.sin(time_s / 17 + index * 3))


def _state(name: str, signal: str, index: int) -> float:
    if signal.endswith(".run"):
        return float("pump1" in signal or ("pump2" in signal and index % 3 == 0))
    if signal.endswith(".fault"):
        return float(name == "hanyu.pump2.fault")
    return float(signal != "service")


def qualities(points: PointTable) -> NDArray[np.uint8]:
    """``uint8[n]``: one dead node, one station under maintenance."""
    quality = np.full(len(points), GOOD, dtype=np.uint8)
    for i, point in enumerate(points):
        if point.name == "west_11.pressure":
            quality[i] = bad(Reason.TIMEOUT)
        if point.site == "qs11":
            quality[i] = uncertain(Reason.MAINTENANCE)
    return quality


async def history(house: House, span_s: float, step_s: float = 60.0) -> None:
    """A stretch of the past."""
    shown = house.plan.points.select()
    shown = shown[[not house.plan.points[int(i)].site.startswith("m") for i in shown]]
    now_ns, quality = house.clock.now(), qualities(house.plan.points)
    for k in range(int(span_s / step_s), 0, -1):
        time_ns = now_ns - int(k * step_s * SECOND)
        now = values(house.plan.points, time_ns / SECOND)
        await house.take(Batch.of(shown, time_ns, now[shown], quality[shown]))


async def simulate(house: House) -> None:
    """Readings of every point four times a real second, for ever."""
    quality = qualities(house.plan.points)
    every = np.arange(len(house.plan.points), dtype=np.int32)
    every = every[[not house.plan.points[int(i)].site.startswith("m") for i in every]]
    while True:
        now_ns = house.clock.now()
        now = values(house.plan.points, now_ns / SECOND)
        await house.take(Batch.of(every, now_ns, now[every], quality[every]))
        await asyncio.sleep(0.25)
