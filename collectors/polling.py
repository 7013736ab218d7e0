"""The loop of one polled device: one reading for each slot, good or bad, never silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.errors import LinkError
from collectors.link import DecodedReading
from telemetry.batch import Batch
from telemetry.quality import Reason, bad
from telemetry.supervision import Backoff, MissedTick, Outage, Ticker

if TYPE_CHECKING:
    from collectors.gathering import Gathering
    from collectors.health import Health
    from collectors.link import Link, Reading
    from telemetry.accounting import PathAccount
    from telemetry.clock import Clock
    from telemetry.devices import ModbusDevice, OpcUaDevice


class Polling:
    """Reads one device at its period.

    A slot that comes while the device is still being read is left out and counted
    (``MissedTick.SKIP``): late readings would only make the next ones late too. While the link
    is down each slot yields BAD samples, whether or not it is time to try again.

    Args:
        device: what is read, and how often.
        link: how.
        gathering: where readings go.
        clock: paces the slots.
        health: the device's figures.
        account: the device's samples.
        backoff: pauses between attempts to connect, in city seconds.
        phase_s: first slot after this.
    """

    def __init__(
        self,
        device: ModbusDevice | OpcUaDevice,
        link: Link,
        gathering: Gathering,
        *,
        clock: Clock,
        health: Health,
        account: PathAccount,
        backoff: Backoff,
        phase_s: float = 0.0,
    ) -> None:
        self._device = device
        self._link = link
        self._gathering = gathering
        self._clock = clock
        self._health = health
        self._account = account
        self._backoff = backoff
        self._phase_s = phase_s
        self._outage = Outage(device.name)
        self._points = np.array([c.point for c in device.channels], dtype=np.int32)
        self._linked = False
        self._again_at = 0.0
        self._absent_because = Reason.COMM

    async def run(self) -> None:
        """Poll for ever."""
        ticker = Ticker(self._clock, self._device.poll_s, MissedTick.SKIP, self._phase_s)
        try:
            while True:
                tick = await ticker.tick()
                self._health.skipped(tick.skipped)
                reading = await self._attempt()
                self._health.took(reading, self._clock.now())
                self._log_outage(self._health.problem)
                await self._gathering.put(self._device.name, reading, self._account)
        finally:
            await self._link.close()

    async def _attempt(self) -> Reading:
        if not self._linked and self._clock.monotonic() < self._again_at:
            return self._absent()
        try:
            await self._link.connect()
            reading = await self._link.read()
        except LinkError as error:
            self._lost(error)
            return self._absent()
        if not self._linked:
            self._found()
        return reading

    def _found(self) -> None:
        self._linked = True
        self._backoff.succeeded()
        self._health.linked()

    def _lost(self, error: LinkError) -> None:
        self._linked = False
        self._absent_because = error.reason
        self._again_at = self._clock.monotonic() + self._backoff.failed()
        self._health.lost(str(error))

    def _log_outage(self, problem: str | None) -> None:
        if problem is None:
            self._outage.ends()
        else:
            self._outage.begins(problem)

    def _absent(self) -> Reading:
        """What a device that cannot be read yields: BAD samples of now, with the reason."""
        now = self._clock.now()
        return DecodedReading(Batch.of(self._points, now, float("nan"), bad(self._absent_because)))
