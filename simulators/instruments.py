"""What the instruments show: the city's truth, seen through their faults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, assert_never

import numpy as np

from simulators.errors import FaultTargetError
from simulators.faults import DeadSensor, Drift, Frozen, InstrumentFault, Maintenance, Spike

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from simulators.city import City
    from telemetry.points import PointTable

METER_POINT = re.compile(r"[^.]+\.m(\d+)\.(total|flow)")
"""``meters.m0001.total`` is the total of meter 1, which is row 0 of the city's meters."""

HEARTBEAT = "heartbeat"
HEARTBEAT_WRAP = 65_536
SERVICE = "service"


class Condition(IntEnum):
    """What an instrument knows about itself; larger is worse."""

    GOOD = 0
    DOUBTFUL = 1
    MAINTENANCE = 2
    FAILED = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Active:
    """A fault at work: the rows it acts on, since when, and what they showed then."""

    fault: InstrumentFault
    rows: NDArray[np.int32]
    since_s: float
    held: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _MeterRows:
    """Rows of the point table that show one quantity of meters, and rows of those meters."""

    rows: NDArray[np.int32]
    meters: NDArray[np.int32]


class Instruments:
    """All instruments of the city, one row per point of the table.

    Args:
        points: the points to show; a point that the city does not know reads NaN.
        city: what is true.

    Attributes:
        value: ``float64[n]`` as shown, canonical units; NaN where there is nothing to show.
        condition: ``uint8[n]`` of :class:`Condition`.
        version: grows whenever ``value`` or ``condition`` may have changed.
    """

    def __init__(self, points: PointTable, city: City) -> None:
        self.points = points
        self._city = city
        where = {name: i for i, name in enumerate(city.names)}
        self._source = np.array([where.get(p.name, -1) for p in points], dtype=np.int64)
        self._known = self._source >= 0
        self._heartbeats = _rows(i for i, p in enumerate(points) if _signal(p.name) == HEARTBEAT)
        self._totals = _meter_rows(points, "total", city.meters.count)
        self._flows = _meter_rows(points, "flow", city.meters.count)
        self._active: list[_Active] = []
        self._written: dict[int, float] = {}
        self._seen: NDArray[np.float64] = city.values
        self._now_s, self._now_ns = 0.0, city.now_ns
        self.version = 0
        self.value: NDArray[np.float64] = np.full(len(points), np.nan)
        self.condition: NDArray[np.uint8] = np.zeros(len(points), dtype=np.uint8)

    def missing(self, rows: Iterable[int]) -> list[str]:
        """Names among ``rows`` that neither the city nor the instruments can show."""
        shown = {
            *self._heartbeats.tolist(),
            *self._totals.rows.tolist(),
            *self._flows.rows.tolist(),
        }
        return [self.points[row].name for row in rows if not self._known[row] and row not in shown]

    def observe(self, now_s: float, now_ns: int) -> None:
        """Look at the city.

        Args:
            now_s: city seconds since the simulation began; heartbeats count them.
            now_ns: city time, for the meters.
        """
        self._now_s, self._now_ns = now_s, now_ns
        value = self._truth()
        condition = np.where(np.isnan(value), Condition.FAILED, Condition.GOOD).astype(np.uint8)
        for active in sorted(self._active, key=_precedence):
            self._disturb(active, value, condition)
        self.value, self.condition = value, condition
        self.version += 1

    def _truth(self) -> NDArray[np.float64]:
        """``float64[n]`` before any fault of an instrument."""
        if self._city.values is not self._seen:  # the city knows by now what was written
            self._seen = self._city.values
            self._written.clear()
        value = np.full(len(self.points), np.nan)
        value[self._known] = self._seen[self._source[self._known]]
        value[self._heartbeats] = np.floor(self._now_s) % HEARTBEAT_WRAP
        if len(self._totals.rows) or len(self._flows.rows):
            total, flow = self._city.meters.now(self._now_ns)
            value[self._totals.rows] = total[self._totals.meters]
            value[self._flows.rows] = flow[self._flows.meters]
        for row, written in self._written.items():
            value[row] = written
        return value

    def write(self, row: int, value: float) -> None:
        """Send a setpoint to the city and show at once what its controller made of it.

        Raises:
            SimulatorError: the city does not let itself be written there.
        """
        self._written[row] = self._city.write(self.points[row].name, value)
        self.observe(self._now_s, self._now_ns)

    def apply(self, fault: InstrumentFault) -> None:
        """Let a fault begin.

        Raises:
            FaultTargetError: the target is neither a point nor a site.
        """
        rows = self.rows(fault.target)
        self._active.append(_Active(fault, rows, self._now_s, self.value[rows].copy()))
        self.observe(self._now_s, self._now_ns)

    def clear(self, fault: InstrumentFault) -> None:
        """Repair the instrument; what has not begun is ignored."""
        self._active = [active for active in self._active if active.fault != fault]
        self.observe(self._now_s, self._now_ns)

    def rows(self, target: str) -> NDArray[np.int32]:
        """Rows of a point, or of all points of a site.

        Raises:
            FaultTargetError: no such point or site; the message names the nearest.
        """
        if target in self.points:
            return _rows([self.points.index(target)])
        rows = self.points.select(prefix=f"{target}.")
        if not len(rows):
            raise FaultTargetError(f"no point and no site is called {target!r}")
        return rows

    def _disturb(
        self, active: _Active, value: NDArray[np.float64], condition: NDArray[np.uint8]
    ) -> None:
        """Show one fault in ``value`` and ``condition``, in place."""
        rows, age_s = active.rows, self._now_s - active.since_s
        match active.fault:
            case Drift(per_hour=per_hour, noticed=noticed):
                value[rows] += per_hour * age_s / 3_600
                if noticed:
                    condition[rows] = np.maximum(condition[rows], Condition.DOUBTFUL)
            case Spike(size=size, every_s=every_s, width_s=width_s):
                value[rows] += size if age_s % every_s < width_s else 0.0
            case Frozen():
                value[rows] = active.held
            case Maintenance():
                value[rows] = active.held
                condition[rows] = Condition.MAINTENANCE
                self._show_service(rows, value, condition)
            case DeadSensor():
                value[rows] = np.nan
                condition[rows] = Condition.FAILED
            case _:
                assert_never(active.fault)

    def _show_service(
        self,
        rows: NDArray[np.int32],
        value: NDArray[np.float64],
        condition: NDArray[np.uint8],
    ) -> None:
        for site in {self.points[int(row)].site for row in rows}:
            name = f"{site}.{SERVICE}"
            if name in self.points:
                value[self.points.index(name)] = 1.0
                condition[self.points.index(name)] = Condition.GOOD


def _precedence(active: _Active) -> int:
    """A stuck instrument hides its drift, a dead one hides everything."""
    return (Drift, Spike, Frozen, Maintenance, DeadSensor).index(type(active.fault))


def _meter_rows(points: PointTable, quantity: str, count: int) -> _MeterRows:
    found = [(row, METER_POINT.fullmatch(point.name)) for row, point in enumerate(points)]
    pairs = [
        (row, int(name[1]) - 1)
        for row, name in found
        if name is not None and name[2] == quantity and 1 <= int(name[1]) <= count
    ]
    return _MeterRows(_rows(row for row, _ in pairs), _rows(meter for _, meter in pairs))


def _signal(name: str) -> str:
    return name.rpartition(".")[2]


def _rows(rows: Iterable[int]) -> NDArray[np.int32]:
    return np.array(list(rows), dtype=np.int32)
