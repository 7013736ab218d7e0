"""Meters behind a broker as a link that listens."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paho.mqtt.enums import MQTTProtocolVersion

from collectors.checks import judge
from collectors.errors import ConnectError, LinkError
from collectors.link import DecodedReading, Refused, Tally
from collectors.mqtt.meters import MeterDecoder, MeterMessage, Rejected
from collectors.mqtt.seen import Seen
from collectors.mqtt.session import Session
from collectors.settings import MqttVersion
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collectors.link import WriteOutcome
    from collectors.mqtt.meters import RejectReason, Row
    from collectors.mqtt.session import Received
    from collectors.settings import MqttSettings
    from telemetry.clock import Clock
    from telemetry.devices import MqttSource
    from telemetry.points import PointTable

_VERSIONS = {
    MqttVersion.AUTO: [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311],
    MqttVersion.V5: [MQTTProtocolVersion.MQTTv5],
    MqttVersion.V311: [MQTTProtocolVersion.MQTTv311],
}
_QUARANTINED = 100
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that was not taken: the beginnings of its topic and payload, and why."""

    topic: str
    payload: bytes
    reason: RejectReason


class MqttLink:
    """One source of meters' messages.

    Args:
        source: broker, topic and channels.
        points: physical ranges.
        clock: tells late and future messages.
        settings: limits.

    Attributes:
        quarantine: the latest messages that were not taken.
    """

    def __init__(
        self, source: MqttSource, points: PointTable, clock: Clock, settings: MqttSettings
    ) -> None:
        self._source = source
        self._points = points
        self._clock = clock
        self._settings = settings
        self._decoder = MeterDecoder(source, settings)
        self._seen = Seen()
        self._versions = _VERSIONS[settings.version]
        self._session: Session | None = None
        self.quarantine: deque[Quarantined] = deque(maxlen=_QUARANTINED)

    async def connect(self) -> None:
        """Connect and subscribe, with version 5 if the broker speaks it.

        Version 3.1.1 cannot say how many messages may be in flight, and many brokers then stop
        at 20 until we acknowledge.
        """
        if self._session is not None and self._session.alive:
            return
        await self.close()
        while self._session is None:
            version, *others = self._versions
            share = 1 + len(others)
            session = Session(
                self._source, self._settings, version, self._settings.connect_s / share
            )
            try:
                await session.open()
            except LinkError:
                if not (others and session.not_understood):
                    raise
                self._versions = others
            else:
                self._session = session

    async def close(self) -> None:
        """Hang up; the broker keeps what comes meanwhile."""
        session, self._session = self._session, None
        if session is not None:
            try:
                await session.drain()
            finally:
                session.close()

    async def read(self) -> DecodedReading:
        """Wait for messages and take those that arrive together.

        Raises:
            LinkError: the connection is lost.
        """
        session = self._session
        if session is None:
            raise ConnectError(f"{self._source.host}:{self._source.port}: not connected")
        await session.some_messages()
        if session.waiting < self._settings.gather_messages:
            await asyncio.sleep(self._settings.gather_s)
            await session.some_messages()
        return self._reading(session, session.take(self._settings.gather_messages))

    def _reading(self, session: Session, messages: list[Received]) -> DecodedReading:
        rejected, dropped = Counter[str](), Counter[str]()
        kept: list[MeterMessage] = []
        now = self._clock.now()
        for message in messages:
            taken = self._decoder.decode(
                message.topic, message.payload, now, retained=message.retained
            )
            if isinstance(taken, Rejected):
                rejected[taken.reason.value] += 1
                self._put_aside(message, taken.reason)
            elif self._seen.first_time(taken.sender, taken.key):
                kept.append(taken)
            else:
                dropped["duplicate"] += len(taken.rows)
        answers = [(message.number, message.qos) for message in messages if message.qos]
        return DecodedReading(
            self._batch([row for message in kept for row in message.rows]),
            Tally(rejected=rejected, dropped=dropped),
            on_durable=lambda: session.acknowledge(answers),
            on_lost=lambda: self._forget(kept),
        )

    def _batch(self, rows: list[Row]) -> Batch:
        if not rows:
            return Batch.empty()
        point, time, value, quality = zip(*rows, strict=True)
        batch = Batch.of(point, time, value, quality)
        judge(
            batch.value,
            batch.quality,
            self._points.low[batch.point],
            self._points.high[batch.point],
        )
        return batch

    def _put_aside(self, message: Received, reason: RejectReason) -> None:
        self.quarantine.append(
            Quarantined(message.topic[:_SHOWN], message.payload[:_SHOWN], reason)
        )

    def _forget(self, messages: list[MeterMessage]) -> None:
        for message in messages:
            self._seen.forget(message.sender, message.key)

    async def write(self, point: int, value: float) -> WriteOutcome:
        """Refused: these meters only speak."""
        return Refused(f"{self._points[point].name} is a meter's reading and cannot be set")
