"""Brokers that speak older versions, refuse us, or are no brokers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from collectors.errors import ConnectError, LinkError
from collectors.mqtt.link import MqttLink
from collectors.settings import MqttSettings, MqttVersion
from telemetry.clock import RealClock
from tests.collectors.making import meters, wide_points
from tests.collectors.opcua_server import listener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

FIVE, THREE = 5, 4
ACCEPTED = {FIVE: bytes([0x20, 3, 0, 0, 0]), THREE: bytes([0x20, 2, 0, 0])}
REFUSED_VERSION = bytes([0x20, 2, 0, 1])
NOT_AUTHORISED = bytes([0x20, 2, 0, 5])
SUBSCRIBED = {FIVE: b"\x01", THREE: b"\x01"}
NOT_SUBSCRIBED = {FIVE: b"\x87", THREE: b"\x80"}


class ScriptedBroker:
    """Answers a CONNECT by its version, and a SUBSCRIBE with a code."""

    def __init__(
        self,
        connected: Mapping[int, bytes],
        subscribed: Mapping[int, bytes] = SUBSCRIBED,
        then: bytes = b"",
    ) -> None:
        self._connected = connected
        self._subscribed = subscribed
        self._then = then
        self.versions: list[int] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            connect = await self._packet(reader)
            version = connect[6]
            self.versions.append(version)
            writer.write(self._connected.get(version, b""))
            subscribe = await self._packet(reader)
            code = (b"\x00" if version == FIVE else b"") + self._subscribed[version]
            writer.write(bytes([0x90, 2 + len(code)]) + subscribe[:2] + code + self._then)
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def _packet(reader: asyncio.StreamReader) -> bytes:
        _, length = await reader.readexactly(2)
        return await reader.readexactly(length)


@asynccontextmanager
async def scripted(broker: ScriptedBroker) -> AsyncIterator[ScriptedBroker]:
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        server.close()
        await server.wait_closed()


def link_to(port: int, version: MqttVersion = MqttVersion.AUTO) -> MqttLink:
    settings = MqttSettings(connect_s=1.0, version=version)
    return MqttLink(meters(port), wide_points(2), RealClock(), settings)


@pytest.mark.parametrize("answer", [b"", REFUSED_VERSION], ids=["silence", "refusal"])
async def test_a_broker_that_knows_only_3_1_1_is_spoken_to_in_3_1_1(answer: bytes) -> None:
    broker = ScriptedBroker({FIVE: answer, THREE: ACCEPTED[THREE]})
    async with scripted(broker):
        link = link_to(broker.port)
        await link.connect()
        await link.close()
        await link.connect()
        await link.close()
    assert broker.versions == [FIVE, THREE, THREE]


async def test_a_broker_that_knows_5_is_spoken_to_in_5() -> None:
    async with scripted(ScriptedBroker(ACCEPTED)) as broker:
        link = link_to(broker.port)
        await link.connect()
        await link.close()
    assert broker.versions == [FIVE]


async def test_a_named_version_is_not_departed_from() -> None:
    async with scripted(ScriptedBroker({THREE: ACCEPTED[THREE]})) as broker:
        with pytest.raises(LinkError):
            await link_to(broker.port, MqttVersion.V5).connect()
    assert broker.versions == [FIVE]


async def test_a_broker_that_does_not_let_us_in_says_why() -> None:
    async with scripted(ScriptedBroker({THREE: NOT_AUTHORISED})) as broker:
        with pytest.raises(ConnectError, match="Not authorized"):
            await link_to(broker.port, MqttVersion.V311).connect()


@pytest.mark.parametrize("version", [MqttVersion.V5, MqttVersion.V311])
async def test_a_topic_that_we_may_not_read_is_named(version: MqttVersion) -> None:
    async with scripted(ScriptedBroker(ACCEPTED, NOT_SUBSCRIBED)) as broker:
        with pytest.raises(ConnectError, match=r"meters/\{sender\}/up"):
            await link_to(broker.port, version).connect()


async def test_what_is_no_mqtt_ends_the_connection() -> None:
    async with listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        with pytest.raises(LinkError):
            await link_to(port, MqttVersion.V311).connect()


@pytest.mark.parametrize(
    ("packet", "version"),
    [
        (bytes([0x32, 3, 0xFF, 0xFF, 0x41]), MqttVersion.V311),
        (bytes([0x32, 1, 0x41]), MqttVersion.V311),
        (bytes([0x32, 8, 0, 1, 0x61, 0, 1, 2, 0xFF, 0]), MqttVersion.V5),
    ],
    ids=["topic-length", "too-short", "unknown-property"],
)
async def test_a_packet_that_cannot_be_read_ends_the_connection(
    packet: bytes, version: MqttVersion
) -> None:
    async with scripted(ScriptedBroker(ACCEPTED, then=packet)) as broker:
        link = link_to(broker.port, version)
        await link.connect()
        with pytest.raises(LinkError):
            await asyncio.wait_for(link.read(), 5)
        await link.close()
