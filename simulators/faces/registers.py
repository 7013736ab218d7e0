"""The memory of one Modbus unit: where each value stands, what is read, what may be written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from simulators.faces.encoding import Form, decode, encode
from telemetry.addresses import RegisterTable, RegisterType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from telemetry.addresses import ModbusAddress
    from telemetry.devices import Channel, ModbusDevice

REMOTE = "remote"
WORD_BITS = 16


class Refusal(Enum):
    """Why a controller does not take a write."""

    ADDRESS = auto()  # nothing writable stands there, or only a part of it was sent
    VALUE = auto()  # not a number, or outside the range of the point
    LOCAL = auto()  # remote-enable is off: the switch on the panel stands on "local"


@dataclass(frozen=True, slots=True)
class Setpoint:
    """A write that the unit takes: a row of the point table and its canonical value."""

    row: int
    value: float


@dataclass(frozen=True, slots=True)
class _Cell:
    """One channel and where it stands."""

    row: int
    address: ModbusAddress
    form: Form
    writable: bool

    @property
    def stop(self) -> int:
        """First register (or bit of a bit table) behind it."""
        return self.address.register + self.address.type.registers


@dataclass(slots=True, eq=False)
class Bank:
    """One table of a unit, without gaps: what lies between its values reads 0.

    Attributes:
        first: address of the first register or, in bit tables, of the first bit (a multiple
            of 16).
        words: the registers; a bit table is packed, lowest bit first.
    """

    first: int
    words: list[int]


class UnitMemory:
    """The registers of one unit, encoded anew whenever the instruments have moved.

    Args:
        device: its channels say where everything stands.
    """

    def __init__(self, device: ModbusDevice) -> None:
        cells = [_cell(channel, device.sentinels) for channel in device.channels]
        self._cells = {
            table: [cell for cell in cells if cell.address.table is table]
            for table in RegisterTable
        }
        self.banks = {table: _bank(table, self._cells[table]) for table in RegisterTable}
        self._remote = next((c.point for c in device.channels if c.signal == REMOTE), None)
        self.swapped = False

    def fill(self, value: NDArray[np.float64]) -> None:
        """Encode all values.

        Args:
            value: ``float64[n]``, one per row of the point table.
        """
        for table, bank in self.banks.items():
            if bank is not None:
                bank.words[:] = [0] * len(bank.words)
                for cell in self._cells[table]:
                    self._store(bank, cell, float(value[cell.row]))

    def _store(self, bank: Bank, cell: _Cell, value: float) -> None:
        form = cell.form.swapped() if self.swapped else cell.form
        words = encode(value, form)
        at = cell.address.register - bank.first
        if _packed_bits(cell.address.table):
            bank.words[at // WORD_BITS] |= words[0] << (at % WORD_BITS)
        elif form.type is RegisterType.BIT:
            bank.words[at] |= words[0] << cell.address.bit
        else:
            bank.words[at : at + len(words)] = words

    def remote_enabled(self, value: NDArray[np.float64]) -> bool:
        """Whether the unit takes orders from afar; a unit without the switch always does."""
        return self._remote is None or value[self._remote] >= 0.5

    def setpoints(
        self, table: RegisterTable, start: int, sent: Sequence[int]
    ) -> list[Setpoint] | Refusal:
        """What a write means.

        Args:
            table: coils or holding registers.
            start: address of the first item.
            sent: one word per register, or 0 and 1 per coil.
        """
        stop = start + len(sent)
        hit = [c for c in self._cells[table] if c.address.register < stop and c.stop > start]
        covered: set[int] = set()
        result = []
        for cell in hit:
            if not cell.writable or cell.address.register < start or cell.stop > stop:
                return Refusal.ADDRESS
            covered.update(range(cell.address.register, cell.stop))
            result.append(Setpoint(cell.row, self._received(cell, sent, start)))
        if len(covered) != len(sent):
            return Refusal.ADDRESS
        if not all(math.isfinite(setpoint.value) for setpoint in result):
            return Refusal.VALUE
        return result

    def _received(self, cell: _Cell, sent: Sequence[int], start: int) -> float:
        at = cell.address.register - start
        words = [int(word) for word in sent[at : at + cell.address.type.registers]]
        if cell.form.type is RegisterType.BIT and not _packed_bits(cell.address.table):
            words = [words[0] >> cell.address.bit & 1]
        return decode(words, cell.form.swapped() if self.swapped else cell.form)


def _packed_bits(table: RegisterTable) -> bool:
    return table in (RegisterTable.COIL, RegisterTable.DISCRETE)


def _cell(channel: Channel[ModbusAddress], sentinels: Mapping[str, tuple[int, ...]]) -> _Cell:
    address = channel.address
    words = sentinels.get(channel.signal, ())
    form = Form(
        address.type,
        address.order,
        channel.scale,
        channel.offset,
        words[0] & 0xFFFF if words else None,
    )
    return _Cell(channel.point, address, form, channel.writable)


def _bank(table: RegisterTable, cells: Iterable[_Cell]) -> Bank | None:
    """The smallest bank that holds all cells, or None for a table that the unit has not."""
    cells = list(cells)
    if not cells:
        return None
    first = min(cell.address.register for cell in cells)
    stop = max(cell.stop for cell in cells)
    if not _packed_bits(table):
        return Bank(first, [0] * (stop - first))
    first -= first % WORD_BITS
    return Bank(first, [0] * math.ceil((stop - first) / WORD_BITS))
