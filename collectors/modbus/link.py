"""A Modbus unit as a link."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from collectors.checks import not_carried, refusal
from collectors.confirm import confirm
from collectors.errors import LinkError
from collectors.link import Refused, Unknown
from collectors.modbus.blocks import ReadLimits, plan_layout, split
from collectors.modbus.decode import DecodePlan
from collectors.modbus.encode import write_pdu
from collectors.modbus.frames import ILLEGAL_ADDRESS, Fault, echoed, payload, read_pdu
from collectors.modbus.reading import RegisterReading
from collectors.modbus.setpoint import expected_value, shown_value
from telemetry.quality import Reason
from telemetry.supervision import Backoff

if TYPE_CHECKING:
    from collectors.link import WriteOutcome
    from collectors.modbus.blocks import Block
    from collectors.modbus.gateway import Gateway
    from collectors.settings import ModbusSettings
    from telemetry.addresses import ModbusAddress
    from telemetry.clock import Clock
    from telemetry.devices import Channel, ModbusDevice
    from telemetry.points import PointTable

_ACCEPTED, _GATEWAY_SILENT, _DEVICE_FAILED = 5, 11, 4


class ModbusLink:
    """One unit behind a Modbus TCP endpoint.

    Args:
        device: where it is and what it carries.
        points: physical ranges and names.
        clock: stamps what is read.
        gateway: the endpoint, shared by all its units.
        settings: gaps, back-off.
    """

    def __init__(
        self,
        device: ModbusDevice,
        points: PointTable,
        clock: Clock,
        gateway: Gateway,
        settings: ModbusSettings,
    ) -> None:
        self._device = device
        self._points = points
        self._clock = clock
        self._gateway = gateway
        self._settings = settings
        limits = ReadLimits(gap_registers=settings.gap_registers, gap_bits=settings.gap_bits)
        self.layout = plan_layout(device.channels, limits)
        self._plan = DecodePlan([self.layout], points, [device.sentinels])
        self._channels = {channel.point: channel for channel in device.channels}
        self._blocks = list(self.layout.blocks)
        self._refused_until: dict[Block, float] = {}
        self._pauses = Backoff(first_s=1.0, most_s=settings.aside_most_s)
        self._silent_reads = 0
        self._aside: Reason = Reason.TIMEOUT
        self._aside_until = 0.0

    async def connect(self) -> None:
        """Join the endpoint's connection; what the device refused before is asked for again."""
        if self._gateway.has(self):
            return
        await self._gateway.join(self, self._device.timeout_s)
        self._blocks = list(self.layout.blocks)
        self._refused_until.clear()

    async def close(self) -> None:
        """Leave the endpoint; the last unit closes its connection."""
        self._gateway.leave(self)

    async def read(self) -> RegisterReading:
        """Read every block once.

        Raises:
            LinkError: the connection is lost.
        """
        reading = RegisterReading.blank(self.layout, self._plan, self._clock.now())
        if self._must_rest():
            return reading.fail_all(self._aside)
        silent = await self._read_blocks(reading)
        if silent is None:
            self._silent_reads = 0
            self._pauses.succeeded()
        else:
            self._was_silent(silent.reason)
        reading.thrown_away = self._gateway.take_thrown_away()
        return reading

    def _must_rest(self) -> bool:
        """Whether this silent unit should not be tried now."""
        resting = asyncio.get_running_loop().time() < self._aside_until
        return resting or (self._silent_reads > 0 and self._gateway.side_lane_busy)

    def _was_silent(self, reason: Reason) -> None:
        self._silent_reads += 1
        self._aside = reason
        if self._silent_reads >= self._settings.aside_after:
            self._aside_until = asyncio.get_running_loop().time() + self._pauses.failed()

    async def _read_blocks(self, reading: RegisterReading) -> Fault | None:
        """Read the blocks in turn, and no further once the unit is silent.

        A silent unit costs one deadline a read, not one for each block. A busy one is asked
        again after the other blocks, once.
        """
        todo, again = deque(self._blocks), set()
        while todo:
            block = todo.popleft()
            answer = await self._ask_for(block)
            now = self._clock.now()
            if not isinstance(answer, Fault):
                reading.fill(block, answer, now)
            elif answer.exception == ILLEGAL_ADDRESS and (parts := split(block, self.layout)):
                todo.extendleft(reversed(parts))
                self._learn(block, parts)
            elif answer.reason is Reason.BUSY and block not in again:
                again.add(block)
                todo.append(block)
            elif answer.reason in (Reason.TIMEOUT, Reason.GATEWAY):
                for missed in (block, *todo):
                    reading.fail(missed, answer.reason, now)
                return answer
            else:
                self._note_refusal(block, answer)
                reading.fail(block, answer.reason, now)
        return None

    async def _ask_for(self, block: Block) -> bytes | Fault:
        loop = asyncio.get_running_loop()
        if self._refused_until.get(block, 0.0) > loop.time():
            return Fault(Reason.CONFIG, "refused before")
        reply = await self._ask(read_pdu(block.table, block.first, block.count))
        if isinstance(reply, Fault):
            return reply
        return payload(reply, block.count, bits=block.bits)

    async def _ask(self, pdu: bytes) -> bytes | Fault:
        silent_before = self._silent_reads > 0
        return await self._gateway.ask(
            self._device.unit, pdu, self._device.timeout_s, silent_before=silent_before
        )

    def _learn(self, block: Block, parts: tuple[Block, Block]) -> None:
        """From now on ask for the parts: somewhere in the block is a register that is none."""
        place = self._blocks.index(block)
        self._blocks[place : place + 1] = parts

    def _note_refusal(self, block: Block, fault: Fault) -> None:
        if fault.reason is Reason.CONFIG and fault.exception:
            loop = asyncio.get_running_loop()
            self._refused_until[block] = loop.time() + self._settings.refused_again_s

    async def write(self, point: int, value: float) -> WriteOutcome:
        """Send one value and read the same place back until it shows or the deadline passes."""
        channel = self._channels.get(point)
        if channel is None:
            return not_carried(self._points[point], self._device.name)
        refused = refusal(self._points[point], value, writable=channel.writable)
        if refused is not None:
            return refused
        pdu = write_pdu(channel, value)
        if isinstance(pdu, Refused):
            return pdu
        if not self._gateway.open:
            return Refused(f"{self._device.name} is not connected; nothing was sent")
        try:
            return await self._send(channel, pdu, value)
        except LinkError as error:
            return Unknown(f"{self._device.name}: the link broke during the write ({error})")

    async def _send(
        self, channel: Channel[ModbusAddress], pdu: bytes, value: float
    ) -> WriteOutcome:
        answer = await self._ask(pdu)
        fault = answer if isinstance(answer, Fault) else echoed(pdu, answer)
        if fault is None or fault.exception == _ACCEPTED:
            return await self._read_back(channel, pdu, value)
        sentence = f"{self._device.name} {fault.sentence}"
        if fault.exception in (0, _GATEWAY_SILENT, _DEVICE_FAILED):
            return Unknown(sentence)
        return Refused(sentence)

    async def _read_back(
        self, channel: Channel[ModbusAddress], pdu: bytes, value: float
    ) -> WriteOutcome:
        layout = plan_layout([channel], ReadLimits())
        plan = DecodePlan([layout], self._points)
        block = layout.blocks[0]

        async def shown() -> float | Unknown:
            answer = await self._ask_for(block)
            if isinstance(answer, Fault):
                return Unknown(f"written, but not read back: the device {answer.sentence}")
            return shown_value(layout, plan, answer)

        wanted = expected_value(layout, plan, pdu, value)
        return await confirm(shown, wanted, value, self._device.timeout_s)
