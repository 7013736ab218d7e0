"""How a controller stores a measured value in registers.

Written against the Modbus documents and the C types of controllers, and on purpose without any
code of the collectors, so that the two check each other.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, replace

from telemetry.addresses import RegisterType, WordOrder

_FORMAT = {
    RegisterType.INT16: ">h",
    RegisterType.UINT16: ">H",
    RegisterType.INT32: ">i",
    RegisterType.UINT32: ">I",
    RegisterType.FLOAT32: ">f",
}
_LIMITS = {
    RegisterType.BIT: (0, 1),
    RegisterType.INT16: (-0x8000, 0x7FFF),
    RegisterType.UINT16: (0, 0xFFFF),
    RegisterType.INT32: (-0x8000_0000, 0x7FFF_FFFF),
    RegisterType.UINT32: (0, 0xFFFF_FFFF),
}
_LARGEST_FLOAT = 3.4028234663852886e38
_SWAPPED = {
    WordOrder.ABCD: WordOrder.CDAB,
    WordOrder.CDAB: WordOrder.ABCD,
    WordOrder.BADC: WordOrder.DCBA,
    WordOrder.DCBA: WordOrder.BADC,
}


@dataclass(frozen=True, slots=True)
class Form:
    """How one value stands in registers: ``canonical = raw × scale + offset``.

    Attributes:
        sentinel: the 16-bit word that means "no value", where the device has one.
    """

    type: RegisterType
    order: WordOrder = WordOrder.ABCD
    scale: float = 1.0
    offset: float = 0.0
    sentinel: int | None = None

    def swapped(self) -> Form:
        """The same with the two words of a 32-bit value exchanged."""
        return replace(self, order=_SWAPPED[self.order])


def encode(value: float, form: Form) -> tuple[int, ...]:
    """The 16-bit words of a value; too large saturates, NaN becomes the sentinel.

    A bit gives one word, 0 or 1; without a value it is 0.
    """
    raw = (value - form.offset) / form.scale
    if form.type is RegisterType.FLOAT32:
        packed = struct.pack(">f", _clamped(raw, -_LARGEST_FLOAT, _LARGEST_FLOAT))
        return _ordered(packed, form.order)
    if math.isnan(raw):
        return _no_value(form)
    low, high = _LIMITS[form.type]
    number = round(_clamped(raw, low, high))
    if form.type is RegisterType.BIT:
        return (number,)
    if form.type.registers == 1 and number & 0xFFFF == form.sentinel:
        # A true value must not look like "no value"; it is shown one step nearer to zero.
        number -= 1 if number > 0 else -1
    return _ordered(struct.pack(_FORMAT[form.type], number), form.order)


def decode(words: list[int], form: Form) -> float:
    """The canonical value that a master has written."""
    if form.type is RegisterType.BIT:
        return float(words[0]) * form.scale + form.offset
    packed = _packed(words, form.order)
    (raw,) = struct.unpack(_FORMAT[form.type], packed)
    return float(raw) * form.scale + form.offset


def _clamped(raw: float, low: float, high: float) -> float:
    if math.isnan(raw):
        return raw
    return min(max(raw, low), high)


def _no_value(form: Form) -> tuple[int, ...]:
    """All ones for unsigned types and the largest number for signed ones, as is usual."""
    if form.type is RegisterType.BIT:
        return (0,)
    if form.sentinel is not None and form.type.registers == 1:
        return (form.sentinel,)
    return _ordered(struct.pack(_FORMAT[form.type], _LIMITS[form.type][1]), form.order)


def _ordered(packed: bytes, order: WordOrder) -> tuple[int, ...]:
    """Split big-endian bytes into words in the order of the wire; one word has no order."""
    words = [packed[i : i + 2] for i in range(0, len(packed), 2)]
    if len(words) == 1:
        return (int.from_bytes(words[0], "big"),)
    if order in (WordOrder.CDAB, WordOrder.DCBA):
        words.reverse()
    byte_order = "little" if order in (WordOrder.BADC, WordOrder.DCBA) else "big"
    return tuple(int.from_bytes(word, byte_order) for word in words)  # type: ignore[arg-type]  # a Literal


def _packed(words: list[int], order: WordOrder) -> bytes:
    """The inverse of :func:`_ordered`."""
    if len(words) == 1:
        return words[0].to_bytes(2, "big")
    little = order in (WordOrder.BADC, WordOrder.DCBA)
    parts = [word.to_bytes(2, "little" if little else "big") for word in words]
    if order in (WordOrder.CDAB, WordOrder.DCBA):
        parts.reverse()
    return b"".join(parts)
