"""Readings of many polled devices wait a moment and enter the intake as one batch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors.modbus.reading import RegisterReading
from telemetry.batch import Batch
from telemetry.errors import AdapterError

if TYPE_CHECKING:
    from collectors.link import Reading
    from collectors.modbus.slot import Slot
    from telemetry.accounting import PathAccount
    from telemetry.intake import Intake

ORIGIN = "poll"
"""The one origin of all polled devices, which keeps each device's readings in order."""


class Gathering:
    """The moment between reading and intake.

    Args:
        intake: where batches go.
        slot: decodes the registers of all Modbus devices together.
        window_s: how long a reading may wait for others (real seconds).
    """

    def __init__(self, intake: Intake, slot: Slot, window_s: float) -> None:
        self._intake = intake
        self._slot = slot
        self._window_s = window_s
        self._waiting: dict[str, tuple[Reading, PathAccount]] = {}
        self._leaving: dict[str, int] = {}
        self._some = asyncio.Event()
        self._room = asyncio.Condition()

    def held(self, device: str) -> int:
        """Samples of one device that have come and not yet been accepted."""
        waiting = self._waiting.get(device)
        return (waiting[0].samples if waiting else 0) + self._leaving.get(device, 0)

    async def put(self, device: str, reading: Reading, account: PathAccount) -> None:
        """Hand a reading over; waits while the device's reading before is still here."""
        if device in self._waiting:
            async with self._room:
                await self._room.wait_for(lambda: device not in self._waiting)
        account.receive(reading.samples)
        self._waiting[device] = (reading, account)
        self._some.set()

    async def run(self) -> None:
        """Pass on what has gathered, for ever; when cancelled, pass on the rest first."""
        try:
            while True:
                await self._some.wait()
                await asyncio.sleep(self._window_s)
                await self._pass_on()
        finally:
            if self._waiting:
                await self._pass_on()

    async def _pass_on(self) -> None:
        gathered, self._waiting = self._waiting, {}
        self._leaving = {device: reading.samples for device, (reading, _) in gathered.items()}
        self._some.clear()
        async with self._room:
            self._room.notify_all()
        batch = self._decode([reading for reading, _ in gathered.values()])
        try:
            if len(batch):
                await self._intake.accept(ORIGIN, batch)
        except AdapterError:
            self._drop(gathered, "intake")
        except asyncio.CancelledError:
            self._drop(gathered, "stopped")
            raise
        else:
            for reading, account in gathered.values():
                account.store(reading.samples)
        finally:
            self._leaving = {}

    @staticmethod
    def _drop(gathered: dict[str, tuple[Reading, PathAccount]], reason: str) -> None:
        for reading, account in gathered.values():
            account.drop(reading.samples, reason)

    def _decode(self, readings: list[Reading]) -> Batch:
        decoded: list[Batch] = []
        for reading in readings:
            if isinstance(reading, RegisterReading):
                self._slot.put(reading)
            else:
                decoded.append(reading.batch())
        return Batch.concat([self._slot.take(), *decoded])
