"""Columns of a file as points of a Modbus unit, and what must become of each cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from telemetry.addresses import RegisterType, parse_modbus_address
from telemetry.devices import Channel, ModbusDevice
from telemetry.points import Point, PointTable
from telemetry.quality import GOOD, Reason, bad
from telemetry.text import Text
from telemetry.units import conversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry.addresses import ModbusAddress
    from telemetry.kinds import Kind
    from tests.measured.recorded import Recording

Cell = str | None


@dataclass(frozen=True)
class Column:
    """One column of a file and the registers that show it.

    Attributes:
        column: its name in the file.
        point: the name of its point.
        address: where it stands.
        step: for whole numbers, what one of them is worth in the file's unit.
        low, high: what the instrument can measure, in the file's unit; nothing outside is true.
        unit: the file's unit, where it is not the canonical one.
        sentinel: the word that the unit shows where it has no value.
    """

    column: str
    point: str
    kind: Kind
    address: str
    low: float
    high: float
    step: str = "1"
    unit: str = ""
    sentinel: int | None = None

    @property
    def modbus(self) -> ModbusAddress:
        return parse_modbus_address(self.address)

    @property
    def signal(self) -> str:
        return self.point.partition(".")[2]

    @property
    def floating(self) -> bool:
        return self.modbus.type is RegisterType.FLOAT32

    def canonical(self, number: float) -> float:
        """A number of the file in the point's unit."""
        found = conversion(self.kind, self.unit)
        return number * found.factor + found.shift

    def as_point(self, expected_s: float) -> Point:
        return Point(
            self.point,
            self.kind,
            Text(self.column, self.column),
            self.point.partition(".")[0],
            self.canonical(self.low),
            self.canonical(self.high),
            expected_s=expected_s,
        )

    def channel(self, number: int) -> Channel[ModbusAddress]:
        found = conversion(self.kind, self.unit)
        return Channel(
            number, self.signal, self.modbus, found.factor * float(self.step), found.shift
        )

    def shown(self, cell: Cell) -> float:
        """What the instrument is to show."""
        return math.nan if cell is None else self.canonical(float(cell))

    def believable(self, cell: Cell) -> bool:
        """Whether a cell holds a value that the instrument can have measured."""
        return cell is not None and self.low <= float(cell) <= self.high

    def kept(self, cell: Cell) -> float:
        """The value that must be kept of a cell that is believable."""
        assert cell is not None
        return float(np.float32(float(cell))) if self.floating else self.canonical(float(cell))

    def quality(self, cell: Cell) -> int:
        """The quality that must be kept."""
        if cell is None:
            return bad(Reason.NAN if self.floating else Reason.SENSOR)
        return GOOD if self.believable(cell) else bad(Reason.OUT_OF_RANGE)


def table(columns: Sequence[Column], expected_s: float) -> PointTable:
    """The points of columns, in order."""
    return PointTable([column.as_point(expected_s) for column in columns])


def modbus_unit(
    name: str, unit: int, points: PointTable, columns: Sequence[Column], poll_s: float
) -> ModbusDevice:
    """A unit that shows columns; all units of a station share an endpoint."""
    return ModbusDevice(
        name,
        "127.0.0.1",
        502,
        unit,
        poll_s,
        5.0,
        tuple(column.channel(points.index(column.point)) for column in columns),
        {c.signal: (c.sentinel,) for c in columns if c.sentinel is not None},
    )


def shown(recording: Recording, columns: Sequence[Column]) -> dict[str, list[float]]:
    """What the instruments are to show, by point."""
    return {c.point: [c.shown(cell) for cell in recording.columns[c.column]] for c in columns}


def spells(
    recording: Recording,
    column: Column,
    *,
    low: str | None = None,
    high: str | None = None,
    deadband: str = "0",
) -> list[tuple[int, str, float]]:
    """When a limit must ring and cease, from the texts of the file alone, in exact decimals."""
    found, ringing, width = [], False, Decimal(deadband)
    for time_ns, cell in zip(recording.times_ns, recording.columns[column.column], strict=True):
        if cell is None or not column.believable(cell):
            continue
        # Mirrored, a low limit is a high one.
        sign, limit = (1, Decimal(high)) if high is not None else (-1, Decimal(low or ""))
        value, limit = sign * Decimal(cell), sign * limit
        if not ringing and value > limit:
            found.append((time_ns, "raised", column.kept(cell)))
        elif ringing and value <= limit - width:
            found.append((time_ns, "cleared", column.kept(cell)))
        else:
            continue
        ringing = not ringing
    return found
