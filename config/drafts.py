"""A point on its way from a file to the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.entries import PointEntry
    from config.origins import Origin


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a repeated Modbus address stands from where the template says."""

    registers: int = 0
    bits: int = 0

    def moved(self, registers: int, bits: int) -> Shift:
        """A shift that goes further by so many registers and bits."""
        return Shift(self.registers + registers, self.bits + bits)


@dataclass(frozen=True, slots=True)
class Draft:
    """A point that is right in itself; not yet compared with the rest of the city."""

    entry: PointEntry
    origin: Origin
    shift: Shift = Shift()
