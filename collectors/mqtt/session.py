"""One connection to a broker: paho on the event loop, acknowledging by hand.

Paho's own thread is not used: on the loop, reading can be paused while too many messages wait
(the broker keeps them), acknowledging needs no lock, and closing is certain.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collectors.errors import ConnectError, LinkError, SilenceError

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

    from collectors.settings import MqttSettings
    from telemetry.devices import MqttSource

_HOUSEKEEPING_S = 1.0
_REMEMBERED_S = 7 * 86_400
"""How long a version 5 broker keeps our session and its messages while we are away."""
_DRAINING_S = 1.0
_ROOM = 16
"""The broker may send this many times our own limit, so that we see and count what is too long."""


class Received(NamedTuple):
    """One message as it came."""

    topic: str
    payload: bytes
    number: int
    qos: int
    retained: bool


class Session:
    """A connection with a persistent session, subscribed.

    Args:
        source: broker, topic and identity.
        settings: limits.
        version: MQTT version to speak.
        deadline_s: of :meth:`open`, total.
    """

    def __init__(
        self,
        source: MqttSource,
        settings: MqttSettings,
        version: MQTTProtocolVersion,
        deadline_s: float,
    ) -> None:
        self._source = source
        self._settings = settings
        self._version = version
        self._deadline_s = deadline_s
        self._peer = f"{source.host}:{source.port}"
        self._loop = asyncio.get_running_loop()
        self._messages: deque[Received] = deque()
        self._news = asyncio.Event()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._failure: LinkError | None = None
        self._housekeeping: asyncio.TimerHandle | None = None
        self._descriptor = -1
        self._reached = False
        self._understood = False
        self._paused = False
        self._sent = asyncio.Event()
        self._sent.set()
        self._client = self._new_client()

    def _new_client(self) -> Client:
        five = self._version is MQTTProtocolVersion.MQTTv5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._source.client_id,
            clean_session=None if five else False,
            protocol=self._version,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        if self._source.username:
            client.username_pw_set(self._source.username, self._source.password or None)
        client.connect_timeout = self._deadline_s
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    async def open(self) -> None:
        """Connect and subscribe.

        Raises:
            LinkError: within the deadline; the session cannot be used again.
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._dial()
                self._attach()
                await self._ready
        except TimeoutError:
            raise SilenceError(
                f"{self._peer}: no answer from a broker within {self._deadline_s:g} s"
            ) from None
        except OSError as error:
            raise ConnectError(f"{self._peer}: no connection ({error})") from None
        finally:
            if not self._ready.done() or self._ready.cancelled() or self._ready.exception():
                self.close()

    async def _dial(self) -> None:
        """Connect the socket in a thread, because looking up a host name blocks."""
        dialling = self._loop.run_in_executor(None, self._connect)
        try:
            await asyncio.shield(dialling)
        except asyncio.CancelledError:
            dialling.add_done_callback(self._too_late)
            raise

    def _too_late(self, dialled: asyncio.Future[None]) -> None:
        """The connection came, or failed, after nobody waited for it any more."""
        if not dialled.cancelled() and dialled.exception() is None:
            _hang_up(self._client)

    def _connect(self) -> None:
        host, port, keepalive = self._source.host, self._source.port, self._settings.keepalive_s
        if self._version is not MQTTProtocolVersion.MQTTv5:
            self._client.connect(host, port, keepalive)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
        properties.SessionExpiryInterval = _REMEMBERED_S
        properties.ReceiveMaximum = self._settings.in_flight
        properties.MaximumPacketSize = _ROOM * self._settings.payload_bytes
        self._client.connect(host, port, keepalive, clean_start=False, properties=properties)

    def _attach(self) -> None:
        """Let the event loop serve the socket."""
        connection = self._client.socket()
        if connection is None:
            raise ConnectError(f"{self._peer}: the broker hung up at once")
        self._descriptor = connection.fileno()
        self._reached = True
        self._client.on_socket_close = self._on_socket_close
        self._client.on_socket_register_write = self._on_want_write
        self._client.on_socket_unregister_write = self._on_written
        self._loop.add_reader(self._descriptor, self._read)
        if self._client.want_write():
            self._loop.add_writer(self._descriptor, self._client.loop_write)
        self._keep_house()

    def _read(self) -> None:
        self._client.loop_read()
        if len(self._messages) >= self._settings.in_flight and self._descriptor >= 0:
            self._paused = True
            self._loop.remove_reader(self._descriptor)

    def _resume(self) -> None:
        if self._paused and self._descriptor >= 0:
            self._loop.add_reader(self._descriptor, self._read)
        self._paused = False

    def _keep_house(self) -> None:
        self._housekeeping = self._loop.call_later(_HOUSEKEEPING_S, self._keep_house)
        if self._client.loop_misc() is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._fail(SilenceError(f"{self._peer}: the broker no longer answers"))

    def _on_socket_close(self, _client: Client, _data: object, _socket: object) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)
        self._descriptor = -1

    def _on_want_write(self, client: Client, _data: object, _socket: object) -> None:
        self._sent.clear()
        if self._descriptor >= 0:
            self._loop.add_writer(self._descriptor, client.loop_write)

    def _on_written(self, _client: Client, _data: object, _socket: object) -> None:
        self._sent.set()
        if self._descriptor >= 0:
            self._loop.remove_writer(self._descriptor)

    def _on_connect(
        self,
        client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._understood = str(reason) != "Unsupported protocol version"
        if not reason.is_failure:
            client.subscribe(self._source.topic.replace("{sender}", "+"), qos=1)
        else:
            self._fail(ConnectError(f"{self._peer}: the broker refused us ({reason})"))

    def _on_subscribe(
        self,
        _client: Client,
        _data: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            topic = self._source.topic
            self._fail(ConnectError(f"{self._peer}: may not subscribe to {topic} ({refused[0]})"))
        elif not self._ready.done():
            self._ready.set_result(None)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # fits no pattern, so the message is counted as one that does not
        received = Received(topic, bytes(message.payload), message.mid, message.qos, message.retain)
        self._messages.append(received)
        self._news.set()

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._fail(ConnectError(f"{self._peer}: connection to the broker lost ({reason})"))

    def _fail(self, error: LinkError) -> None:
        if self._failure is None:
            self._failure = error
            # What waits unread was never acknowledged; the broker sends it again.
            self._messages.clear()
        if not self._ready.done():
            self._ready.set_exception(error.again())
        self._news.set()

    @property
    def not_understood(self) -> bool:
        """Whether the broker was reached and made nothing of our version of MQTT."""
        return self._reached and not self._understood

    @property
    def alive(self) -> bool:
        """Whether messages can still come and be acknowledged."""
        return self._failure is None

    async def some_messages(self) -> None:
        """Return once a message waits.

        Raises:
            LinkError: the connection is lost.
        """
        await self._news.wait()
        if self._failure is not None:
            raise self._failure.again()

    @property
    def waiting(self) -> int:
        """Messages that wait to be taken."""
        return len(self._messages)

    def take(self, most: int) -> list[Received]:
        """Take the oldest messages."""
        taken = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
        if not self._messages and self.alive:
            self._news.clear()
        self._resume()
        return taken

    def acknowledge(self, messages: list[tuple[int, int]]) -> None:
        """Tell the broker that it need not send these again.

        Args:
            messages: number and QoS of each; a lost connection makes this do nothing, because
                the broker will send them again on the next.
        """
        if not self.alive:
            return
        for number, qos in messages:
            self._client.ack(number, qos)

    async def drain(self, deadline_s: float = _DRAINING_S) -> None:
        """Let acknowledgements that still wait for the socket go out.

        Otherwise a polite end would make the broker send their messages again.
        """
        if self.alive:
            with suppress(TimeoutError):
                async with asyncio.timeout(deadline_s):
                    await self._sent.wait()

    def close(self) -> None:
        """Hang up; the broker keeps the session."""
        if self._housekeeping is not None:
            self._housekeeping.cancel()
        if self._failure is None:
            self._failure = ConnectError(f"{self._peer}: closed by us")
        self._ready.cancel()
        self._client.disconnect()
        self._client.loop_write()
        self._on_socket_close(self._client, None, None)
        _hang_up(self._client)
        self._news.set()


def _hang_up(client: Client) -> None:
    """Close the socket, whatever state the client is in."""
    connection = client.socket()
    if connection is not None:
        connection.close()
