"""The loop of one source that speaks by itself, and waits for us to say "kept"."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telemetry.errors import AdapterError
from telemetry.supervision import keep_running

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.health import Health
    from collectors.link import Link, Reading
    from telemetry.accounting import PathAccount
    from telemetry.clock import Clock
    from telemetry.devices import MqttSource
    from telemetry.intake import Intake
    from telemetry.supervision import Backoff


class Listening:
    """Takes one source's messages in, and acknowledges them once they are durable.

    Args:
        source: what is listened to.
        link: how.
        intake: where batches go.
        clock: paces attempts to connect.
        health: the source's figures.
        account: the source's samples.
        backoff: pauses between attempts to connect, in city seconds.
        unconfirmed: readings that may wait for the disk before no more are taken.
    """

    def __init__(
        self,
        source: MqttSource,
        link: Link,
        intake: Intake,
        *,
        clock: Clock,
        health: Health,
        account: PathAccount,
        backoff: Backoff,
        unconfirmed: int,
    ) -> None:
        self._source = source
        self._origin = f"messages:{source.name}"
        self._link = link
        self._intake = intake
        self._clock = clock
        self._health = health
        self._account = account
        self._backoff = backoff
        self._unconfirmed: asyncio.Queue[tuple[int, Reading]] = asyncio.Queue(unconfirmed)
        self._last_sequence: int | None = None
        self._unsafe = False

    async def run(self) -> None:
        """Listen for ever."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._confirm())
                await keep_running(self._source.name, self._listen, self._clock, self._backoff)
        finally:
            await self._link.close()

    async def _listen(self, well: Callable[[], None]) -> None:
        try:
            await self._link.connect()
            self._health.linked()
            while True:
                # While the disk refuses what is read, connecting again is no end of the outage.
                if not self._unsafe:
                    well()
                reading = await self._link.read()
                self._health.took(reading, self._clock.now())
                await self._take(reading)
        except AdapterError as error:
            self._health.lost(str(error))
            await self._link.close()
            raise

    async def _take(self, reading: Reading) -> None:
        self._count(reading)
        batch = reading.batch()
        if len(batch):
            try:
                self._last_sequence = await self._intake.accept(self._origin, batch)
            except AdapterError:
                reading.give_back()
                self._account.drop(len(batch), "intake")
                raise
            self._account.store(len(batch))
        if self._last_sequence is None:
            reading.acknowledge()
        else:
            # Also a reading of nothing but duplicates waits: their originals may not be
            # durable yet.
            await self._unconfirmed.put((self._last_sequence, reading))

    def _count(self, reading: Reading) -> None:
        tally = reading.tally
        beside = sum(tally.rejected.values()) + sum(tally.dropped.values())
        self._account.receive(reading.samples + beside)
        for reason, samples in tally.rejected.items():
            self._account.reject(samples, reason)
        for reason, samples in tally.dropped.items():
            self._account.drop(samples, reason)

    async def _confirm(self) -> None:
        """Acknowledge readings in order, each once it is durable."""
        while True:
            ready = [await self._unconfirmed.get()]
            while not self._unconfirmed.empty():
                ready.append(self._unconfirmed.get_nowait())
            try:
                await self._intake.durable(ready[-1][0])
            except AdapterError as error:
                self._unsafe = True
                self._health.lost(str(error))
                # Hanging up makes the broker send again all that was not acknowledged.
                await self._link.close()
                for _, reading in ready:
                    reading.give_back()
            else:
                self._unsafe = False
                for _, reading in ready:
                    reading.acknowledge()
