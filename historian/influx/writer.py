"""Carries lots of samples to one InfluxDB and comes back with the server's answer for all of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from historian.influx.errors import InfluxError
from historian.influx.sender import Delivery, Proof, longest
from historian.influx.verdicts import judge
from historian.rows import Rows
from telemetry.batch import Batch
from telemetry.supervision import Backoff, Outage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from historian.entry import Entry
    from historian.influx.client import InfluxClient
    from historian.influx.lines import LineEncoder
    from historian.influx.quarantine import Quarantine
    from historian.influx.sender import Piece, Step
    from historian.influx.verdicts import Verdict, Wait
    from telemetry.clock import Clock

SCRATCH = "baotu_check"
"""Measurement of lines that only try whether writing works."""

LEAST_PAUSE_S = 0.5
"""Also where a server says "at once": it has just failed."""


class InfluxWriter:
    """Writes samples; one lot at a time, its requests side by side.

    Of several samples of one point and time within a lot only the one with the highest sequence
    is written, so that requests on their way at the same time never write the same sample, and a
    later lot is begun only when the server has answered for the earlier one. So the last write
    the server sees of a sample is the last one of the journal.

    Args:
        client: the connections.
        encoder: of the point table.
        clock: the machine's; paces pauses, which the server means in real seconds.
        quarantine: where lines go that are refused for good.
        backoff: pauses after failures for which the server names none.
    """

    def __init__(
        self,
        client: InfluxClient,
        encoder: LineEncoder,
        *,
        clock: Clock,
        quarantine: Quarantine,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = client
        self._encoder = encoder
        self._clock = clock
        self._quarantine = quarantine
        self._backoff = backoff or Backoff()
        self._outage = Outage(f"InfluxDB at {client.settings.url}")
        self._lasting = False
        self._most_rows = client.settings.batch_rows

    @property
    def lot_rows(self) -> int:
        """Samples that one lot should have: as many as may be on their way at once."""
        return self._most_rows * self._client.settings.in_flight

    @property
    def trouble(self) -> str | None:
        """What keeps the server from taking readings, in a sentence; None while all is well."""
        return self._outage.reason

    @property
    def refused(self) -> bool:
        """The trouble will not go away by itself, e.g. a wrong token: a person must see to it."""
        return self._outage.reason is not None and self._lasting

    async def deliver(self, entries: Sequence[Entry]) -> Mapping[str, int]:
        """Write entries, however long that takes.

        Returns:
            The samples that the server will never have, by reason: ``refused``, ``retention``.
        """
        rows = settled(entries)
        delivery = Delivery(len(rows), self._most_rows)
        while wait := await self._send(delivery, rows):
            self._lasting = wait.lasting
            self._outage.begins(wait.sentence)
            await self._clock.sleep_until(self._clock.monotonic() + self._pause_s(wait))
        return await self._concluded(delivery, rows)

    async def attempt(self, entries: Sequence[Entry]) -> Mapping[str, int]:
        """Write entries, or say why not; see :meth:`deliver`.

        Raises:
            InfluxError: not all was written; writing the same again changes nothing.
        """
        rows = settled(entries)
        delivery = Delivery(len(rows), self._most_rows)
        if wait := await self._send(delivery, rows):
            raise InfluxError(wait.sentence)
        return await self._concluded(delivery, rows)

    async def _send(self, delivery: Delivery, rows: Rows) -> Wait | None:
        """Send what is left, until the server has answered for all or must be waited for."""
        while not delivery.done:
            steps = delivery.take(self._client.settings.in_flight)
            async with asyncio.TaskGroup() as requests:
                sent = [requests.create_task(self._request(step, rows)) for step in steps]
            answered = zip(steps, sent, strict=True)
            waits = [delivery.answer(step, request.result()) for step, request in answered]
            if wait := longest([wait for wait in waits if wait is not None]):
                return wait
        return None

    async def _request(self, step: Step, rows: Rows) -> Verdict:
        lines = self._proof() if isinstance(step, Proof) else self._lines(rows, step)
        answer = await self._client.write(lines)
        return judge(self._client.settings, answer, self._clock.now())

    def _lines(self, rows: Rows, piece: Piece) -> bytes:
        part = rows.take(slice(piece.start, piece.stop))
        return self._encoder.encode(Batch(part.point, part.time, part.value, part.quality))

    def _proof(self) -> bytes:
        return f"{SCRATCH} value=1.0,quality=0i {self._clock.now()}\n".encode()

    async def _concluded(self, delivery: Delivery, rows: Rows) -> Mapping[str, int]:
        self._backoff.succeeded()
        self._outage.ends()
        self._most_rows = delivery.most_rows
        for bad in delivery.bad:
            lines = self._lines(rows, bad.piece)
            await asyncio.to_thread(self._quarantine.keep, lines, bad.message)
        return delivery.rejected

    def _pause_s(self, wait: Wait) -> float:
        own = self._backoff.failed()
        if wait.pause_s is None:
            return own
        # Everybody who was told the same second would come back in the same second.
        return max(wait.pause_s, LEAST_PAUSE_S) * (1 + self._backoff.rng.random() / 10)


def settled(entries: Sequence[Entry]) -> Rows:
    """The samples of entries, by point and time, one for each instant: the last one given."""
    batch = Batch.concat([entry.batch for entry in entries])
    counts = np.array([len(entry.batch) for entry in entries], dtype=np.int64)
    sequence = np.repeat(np.array([e.sequence for e in entries], dtype=np.int64), counts)
    return Rows(batch.point, batch.time, batch.value, batch.quality, sequence).resolved()
