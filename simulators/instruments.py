"""What the instruments show: the city's truth, seen through their faults."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, assert_never

import numpy as np

from simulators.errors import SimulationError
from simulators.faults import DeadSensor, Drift, Frozen, InstrumentFault, Maintenance, Spike

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from simulators.city import City
    from telemetry.points import PointTable

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


class Instruments:
    """All instruments of the city, one row per point of the table.

    Args:
        points: the points to show; a point that the city does not compute reads NaN.
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
        self._active: list[_Active] = []
        self._now_s = 0.0
        self.version = 0
        self.value: NDArray[np.float64] = np.full(len(points), np.nan)
        self.condition: NDArray[np.uint8] = np.zeros(len(points), dtype=np.uint8)

    def missing(self, rows: Iterable[int]) -> list[str]:
        """Names among ``rows`` that neither the city nor the instruments can show."""
        counted = set(self._heartbeats.tolist())
        return [
            self.points[row].name for row in rows if not self._known[row] and row not in counted
        ]

    def observe(self, now_s: float) -> None:
        """Look at the city.

        Args:
            now_s: city seconds since the simulation began; heartbeats count them.
        """
        self._now_s = now_s
        value = np.full(len(self.points), np.nan)
        value[self._known] = self._city.values[self._source[self._known]]
        value[self._heartbeats] = np.floor(now_s) % HEARTBEAT_WRAP
        condition = np.where(np.isnan(value), Condition.FAILED, Condition.GOOD).astype(np.uint8)
        for active in sorted(self._active, key=_precedence):
            self._disturb(active, value, condition)
        self.value, self.condition = value, condition
        self.version += 1

    def write(self, row: int, value: float) -> None:
        """Send a setpoint to the city; it is shown at once."""
        self._city.write(self.points[row].name, value)
        self.observe(self._now_s)

    def apply(self, fault: InstrumentFault) -> None:
        """Let a fault begin.

        Raises:
            SimulationError: the target is neither a point nor a site.
        """
        rows = self.rows(fault.target)
        self._active.append(_Active(fault, rows, self._now_s, self.value[rows].copy()))
        self.observe(self._now_s)

    def clear(self, fault: InstrumentFault) -> None:
        """Repair the instrument; what has not begun is ignored."""
        self._active = [active for active in self._active if active.fault != fault]
        self.observe(self._now_s)

    def rows(self, target: str) -> NDArray[np.int32]:
        """Rows of a point, or of all points of a site.

        Raises:
            SimulationError: no such point or site; the message names the nearest.
        """
        if target in self.points:
            return _rows([self.points.index(target)])
        rows = self.points.select(prefix=f"{target}.")
        if not len(rows):
            raise SimulationError(f"no point and no site is called {target!r}")
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


def _signal(name: str) -> str:
    return name.rpartition(".")[2]


def _rows(rows: Iterable[int]) -> NDArray[np.int32]:
    return np.array(list(rows), dtype=np.int32)
