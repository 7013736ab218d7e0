"""A setpoint becomes the words of one write request. Pure."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from collectors.link import Refused
from collectors.modbus.frames import Function
from telemetry.addresses import RegisterTable, RegisterType, WordOrder

if TYPE_CHECKING:
    from telemetry.addresses import ModbusAddress
    from telemetry.devices import Channel

_FORMATS = {
    RegisterType.INT16: ">h",
    RegisterType.UINT16: ">H",
    RegisterType.INT32: ">i",
    RegisterType.UINT32: ">I",
    RegisterType.FLOAT32: ">f",
}


def write_pdu(channel: Channel[ModbusAddress], value: float) -> bytes | Refused:
    """The request that sets a channel to a canonical value.

    Args:
        channel: holding register or coil.
        value: canonical unit, finite.

    Returns:
        The PDU, or why the device cannot hold the value.
    """
    address = channel.address
    if address.table in (RegisterTable.INPUT, RegisterTable.DISCRETE):
        return Refused(f"{channel.signal}: a {address.table.value} register can only be read")
    raw = (value - channel.offset) / channel.scale
    if address.type is RegisterType.BIT:
        return _bit_pdu(address, raw)
    try:
        words = encode_words(address, raw)
    except (struct.error, OverflowError):
        return Refused(
            f"{channel.signal}: {value:g} becomes {raw:g}, which a {address.type.value} cannot hold"
        )
    if len(words) == 2:
        return struct.pack(">BH", Function.WRITE_REGISTER, address.register) + words
    head = struct.pack(">BHHB", Function.WRITE_REGISTERS, address.register, 2, len(words))
    return head + words


def encode_words(address: ModbusAddress, raw: float) -> bytes:
    """The bytes on the wire of a raw number, in the address's type and order.

    Raises:
        struct.error, OverflowError: the type cannot hold the number.
    """
    number = raw if address.type is RegisterType.FLOAT32 else round(raw)
    natural = struct.pack(_FORMATS[address.type], number)
    if address.type.registers == 1:
        return natural
    return reorder(natural, address.order)


def reorder(natural: bytes, order: WordOrder) -> bytes:
    """Put the four bytes A, B, C, D into ``order``; doing it twice gives them back."""
    return bytes(natural["ABCD".index(letter)] for letter in order.value)


def _bit_pdu(address: ModbusAddress, raw: float) -> bytes | Refused:
    if raw not in (0.0, 1.0):
        return Refused(f"a single bit can be 0 or 1, not {raw:g}")
    if address.table is RegisterTable.COIL:
        return struct.pack(">BHH", Function.WRITE_COIL, address.register, 0xFF00 if raw else 0)
    # Mask write changes one bit in one step; reading and writing the word back would undo
    # whatever the device changed in between.
    mask = 1 << address.bit
    keep, put = 0xFFFF & ~mask, mask if raw else 0
    return struct.pack(">BHHH", Function.MASK_WRITE, address.register, keep, put)
