"""From registers to values: our one plan for many devices beside pymodbus, value by value."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

import numpy as np

from bench.city import START_NS, large_city, pressures
from bench.plain import float32
from bench.rows import Row, alternated, row
from collectors.modbus.blocks import ReadLimits, plan_layout
from collectors.modbus.reading import RegisterReading
from collectors.modbus.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.city import LargeCity
    from collectors.modbus.decode import DecodePlan
    from telemetry.batch import Batch

_ORDER = {"ABCD": ">f", "CDAB": ">f", "BADC": "<f", "DCBA": "<f"}
_POINTS = 50_000


class Wire:
    """The replies of a city's stations, as bytes, and the slot that decodes them."""

    def __init__(self, city: LargeCity) -> None:
        layouts = [plan_layout(device.channels, ReadLimits()) for device in city.devices]
        self.layouts = layouts
        self.slot = Slot(layouts, city.points)
        self._plan: DecodePlan = self.slot.plan

    def payloads(self, values: Sequence[float]) -> list[bytes]:
        """What each station answers when its points have these values."""
        answers, place = [], 0
        for layout in self.layouts:
            parts = []
            for channel in layout.channels:
                parts.append(_as_registers(values[place], channel.address.order))
                place += 1
            answers.append(b"".join(parts))
        return answers

    def put(self, payloads: Sequence[bytes], now_ns: int) -> None:
        """Lay every station's answer in its place of the slot."""
        for layout, payload in zip(self.layouts, payloads, strict=True):
            reading = RegisterReading.blank(layout, self._plan, now_ns)
            reading.fill(layout.blocks[0], payload, now_ns)
            self.slot.put(reading)

    def decode(self, payloads: Sequence[bytes], now_ns: int) -> Batch:
        """Fill the slot with every station's answer and decode it."""
        self.put(payloads, now_ns)
        return self.slot.take()


def _as_registers(value: float, order: str) -> bytes:
    packed = struct.pack(_ORDER[order], value)
    swapped = order in ("CDAB", "BADC")
    return packed[2:] + packed[:2] if swapped else packed


def measure() -> list[Row]:
    """Nanoseconds a value, 1,000 stations of fifty float32."""
    city = large_city(_POINTS)
    wire = Wire(city)
    payloads = wire.payloads(pressures(_POINTS, 0).tolist())
    registers = [np.frombuffer(payload, ">u2").tolist() for payload in payloads[:40]]

    def ours() -> float:
        wire.put(payloads, START_NS)
        return _timed(wire.slot.take) / _POINTS

    def ours_with_put() -> float:
        return _timed(lambda: wire.decode(payloads, START_NS)) / _POINTS

    def reference() -> float:
        def work() -> None:
            for words in registers:
                for place in range(0, 100, 2):
                    float32(words[place : place + 2])

        return _timed(work) / (len(registers) * 50)

    return [
        _row("decode a slot of 1,000 stations × 50 float32", ours, reference, 0.02),
        _row("the same, laying the replies into the slot included", ours_with_put, reference, 0.1),
    ]


def _row(path: str, ours: Callable[[], float], reference: Callable[[], float], most: float) -> Row:
    mine, theirs = alternated(ours, reference, rounds=7)
    goal = f"at most {most} × pymodbus's convert_from_registers"
    return row(path, mine * 1e9, theirs * 1e9, "ns/value", goal, met=mine <= most * theirs)


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
