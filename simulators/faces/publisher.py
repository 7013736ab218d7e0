"""Sends the meters' messages to a broker and keeps what could not be sent yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulators.faces.meters import Message
    from telemetry.devices import MqttSource

_log = structlog.get_logger()

MOST_WAITING = 20_000
KEEPALIVE_S = 30
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1, 15
_AT_LEAST_ONCE = 1


class MeterPublisher:
    """One connection for all meters, as the platform of a radio network has.

    The library's thread talks to the broker; :meth:`send` only hands over and never waits.
    While the broker is away it tries again and again, and then sends what has gathered.

    Args:
        source: names the broker's user, if there is one.

    Attributes:
        dropped: messages that were given up because :data:`MOST_WAITING` were waiting.
    """

    def __init__(self, source: MqttSource) -> None:
        self.dropped = 0
        self._handed_over = 0
        self._acknowledged = 0
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"{source.name}-simulator", clean_session=True
        )
        self._client.on_publish = self._count
        self._client.max_queued_messages_set(MOST_WAITING)
        self._client.reconnect_delay_set(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        if source.username:
            self._client.username_pw_set(source.username, source.password)

    def start(self, host: str, port: int) -> None:
        """Begin to connect; returns at once."""
        self._client.connect_async(host, port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def _count(self, *_acknowledged: object) -> None:
        """The broker has acknowledged one; called by the library's thread."""
        self._acknowledged += 1

    def send(self, messages: Iterable[Message]) -> None:
        """Hand messages over, in order, to be sent at least once."""
        for message in messages:
            info = self._client.publish(message.topic, message.payload, qos=_AT_LEAST_ONCE)
            if info.rc is MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
                self.dropped += 1
            else:
                self._handed_over += 1

    @property
    def waiting(self) -> int:
        """Messages that the broker has not acknowledged yet."""
        return self._handed_over - self._acknowledged

    async def stop(self) -> None:
        """Disconnect; what has not been sent is lost with the simulated meters."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        if self.waiting or self.dropped:
            _log.info("meters stop", unsent=self.waiting, dropped=self.dropped)
