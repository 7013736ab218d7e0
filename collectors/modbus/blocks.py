"""Which registers are asked for together: a pure step from channels to read requests.

The *image* of a device is the row of words that its blocks fill; bits of coils and discrete
inputs take one word each, so that every value is found by a word index. Rows (one per channel)
stand in the order of the blocks, so that a block, or a part of one, is a slice of rows and a
slice of words: splitting a block changes no index.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from collectors.errors import UnreadableAddressError
from telemetry.addresses import RegisterTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry.addresses import ModbusAddress
    from telemetry.devices import Channel

MOST_REGISTERS = 125
"""Registers in one read reply (Modbus application protocol 1.1b3, 6.3)."""
MOST_BITS = 2_000
"""Bits in one read reply (6.1)."""

_BIT_TABLES = (RegisterTable.COIL, RegisterTable.DISCRETE)


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What one request may ask for, and how many unwanted places it may cross."""

    registers: int = MOST_REGISTERS
    bits: int = MOST_BITS
    gap_registers: int = 16
    gap_bits: int = 64

    def most(self, table: RegisterTable) -> int:
        """Places in one request."""
        return self.bits if table in _BIT_TABLES else self.registers

    def gap(self, table: RegisterTable) -> int:
        """Unwanted places between two wanted ones."""
        return self.gap_bits if table in _BIT_TABLES else self.gap_registers


@dataclass(frozen=True, slots=True)
class Block:
    """One read request.

    Attributes:
        table, first, count: what is asked for.
        row, end_row: the rows that it fills.
        word: where its first word stands in the image.
    """

    table: RegisterTable
    first: int
    count: int
    row: int
    end_row: int
    word: int

    @property
    def bits(self) -> bool:
        """Whether the reply holds single bits."""
        return self.table in _BIT_TABLES


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How one device is read.

    Attributes:
        channels: one per row.
        blocks: the requests.
        word_of_row: index of each row's first word in the image.
        words: length of the image.
    """

    channels: tuple[Channel[ModbusAddress], ...]
    blocks: tuple[Block, ...]
    word_of_row: tuple[int, ...]
    words: int


def plan_layout(channels: Sequence[Channel[ModbusAddress]], limits: ReadLimits) -> Layout:
    """Cover every channel with as few requests as the limits allow.

    Taking each channel into the running block while it fits gives the fewest blocks, because
    a block that starts later can never reach less far.

    Raises:
        UnreadableAddressError: a value is longer than one request may be.
    """
    rows = tuple(sorted(channels, key=lambda c: (c.address.table, c.address.register)))
    blocks: list[Block] = []
    for row, channel in enumerate(rows):
        _check_width(channel, limits)
        joined = _joined(blocks[-1], channel.address, limits) if blocks else None
        if joined is None:
            blocks.append(_new_block(channel.address, row, blocks[-1] if blocks else None))
        else:
            blocks[-1] = joined
    places = tuple(
        block.word + rows[row].address.register - block.first
        for block in blocks
        for row in range(block.row, block.end_row)
    )
    words = blocks[-1].word + blocks[-1].count if blocks else 0
    return Layout(rows, tuple(blocks), places, words)


def _check_width(channel: Channel[ModbusAddress], limits: ReadLimits) -> None:
    address = channel.address
    most = limits.most(address.table)
    if address.type.registers > most:
        raise UnreadableAddressError(
            f"{channel.signal}: a {address.type.value} takes {address.type.registers} registers, "
            f"but this device gives at most {most} in one reply; raise the device's limit"
        )


def _new_block(address: ModbusAddress, row: int, before: Block | None) -> Block:
    word = before.word + before.count if before else 0
    return Block(address.table, address.register, address.type.registers, row, row + 1, word)


def _joined(block: Block, address: ModbusAddress, limits: ReadLimits) -> Block | None:
    """The block with one more row, or None when it does not fit."""
    end = block.first + block.count
    count = max(end, address.register + address.type.registers) - block.first
    if (
        block.table is not address.table
        or address.register - end > limits.gap(block.table)
        or count > limits.most(block.table)
    ):
        return None
    return Block(block.table, block.first, count, block.row, block.end_row + 1, block.word)


def split(block: Block, layout: Layout) -> tuple[Block, Block] | None:
    """Cut a block that the device refused at its widest gap, or in the middle.

    Returns:
        Two blocks that fill the same rows and words, or None for a block of one row.
    """
    if block.end_row - block.row < 2:
        return None
    addresses = [c.address for c in layout.channels[block.row : block.end_row]]
    gaps = [b.register - a.register - a.type.registers for a, b in pairwise(addresses)]
    middle = len(addresses) // 2
    widest = max(range(len(gaps)), key=lambda i: (gaps[i], -abs(i + 1 - middle)))
    cut = widest + 1 if gaps[widest] > 0 else middle
    return _part(block, layout, 0, cut), _part(block, layout, cut, len(addresses))


def _part(block: Block, layout: Layout, start: int, end: int) -> Block:
    addresses = [c.address for c in layout.channels[block.row + start : block.row + end]]
    first = addresses[0].register
    count = max(a.register + a.type.registers for a in addresses) - first
    return Block(
        block.table,
        first,
        count,
        block.row + start,
        block.row + end,
        block.word + first - block.first,
    )
