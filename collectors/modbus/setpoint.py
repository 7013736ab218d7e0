"""What a device must show after a write. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.modbus.frames import Function
from collectors.modbus.reading import RegisterReading

if TYPE_CHECKING:
    from collectors.modbus.blocks import Layout
    from collectors.modbus.decode import DecodePlan

_DATA_AT = {Function.WRITE_REGISTER: 3, Function.WRITE_REGISTERS: 6}


def expected_value(layout: Layout, plan: DecodePlan, pdu: bytes, value: float) -> float:
    """The canonical value as the device will show it: rounded to what its registers hold.

    Args:
        layout: the written channel alone.
        plan: decodes it.
        pdu: the write request.
        value: as asked.
    """
    start = _DATA_AT.get(Function(pdu[0]))
    if start is None:
        return value
    return shown_value(layout, plan, pdu[start:])


def shown_value(layout: Layout, plan: DecodePlan, payload: bytes) -> float:
    """The canonical value of one channel read alone; NaN when what it shows cannot be true."""
    shown = RegisterReading.blank(layout, plan, 0)
    shown.fill(layout.blocks[0], payload, 0)
    return float(shown.batch().value[0])
