"""The demo's broker, and how the meters' messages reach a broker."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest
from amqtt.client import MQTTClient
from amqtt.mqtt.constants import QOS_1

from simulators.broker import serve_broker
from simulators.errors import DevicesError, FaceError
from simulators.faces.meters import Message
from simulators.faces.publisher import MeterPublisher
from telemetry.points import PointTable
from tests.simulators.faces.tiny_city import meter_points, meter_source


def source():
    return meter_source(PointTable(meter_points(1)))


async def listener(port: int) -> MQTTClient:
    client = MQTTClient(client_id="listener", config={"auto_reconnect": False})
    await client.connect(f"mqtt://127.0.0.1:{port}")
    await client.subscribe([("meters/+/up", QOS_1)])
    return client


async def received(client: MQTTClient, count: int) -> list[bytes]:
    messages = [await client.deliver_message(timeout_duration=10) for _ in range(count)]
    return [bytes(message.data) for message in messages]


async def test_messages_reach_a_subscriber_in_order(eventually):
    async with serve_broker() as port:
        client = await listener(port)
        publisher = MeterPublisher(source())
        publisher.start("127.0.0.1", port)
        publisher.send(Message("meters/M0001/up", b"%d" % n) for n in range(30))
        assert await received(client, 30) == [b"%d" % n for n in range(30)]
        await eventually(lambda: publisher.waiting == 0, "the broker has acknowledged")
        await publisher.stop()
        await client.disconnect()


async def test_messages_wait_for_a_broker_that_comes_later(free_port, eventually):
    publisher = MeterPublisher(source())
    publisher.start("127.0.0.1", free_port)
    publisher.send([Message("meters/M0001/up", b"early")])
    assert publisher.waiting == 1
    async with serve_broker(port=free_port):
        await eventually(lambda: publisher.waiting == 0, "the broker has acknowledged")
        await publisher.stop()


async def test_unsent_messages_survive_a_restart_of_the_broker_Q1(free_port, eventually):
    publisher = MeterPublisher(source())
    async with serve_broker(port=free_port):
        publisher.start("127.0.0.1", free_port)
        publisher.send([Message("meters/M0001/up", b"first")])
        await eventually(lambda: publisher.waiting == 0, "the broker has acknowledged")
    publisher.send(Message("meters/M0001/up", b"%d" % n) for n in range(50))
    assert publisher.waiting == 50
    async with serve_broker(port=free_port):
        client = await listener(free_port)
        assert len(await received(client, 50)) == 50
        await eventually(lambda: publisher.waiting == 0, "the broker has acknowledged")
        await publisher.stop()
        await client.disconnect()


async def test_publisher_without_broker_stops_at_once(free_port):
    publisher = MeterPublisher(source())
    publisher.start("127.0.0.1", free_port)
    publisher.send([Message("meters/M0001/up", b"never")])
    async with asyncio.timeout(5):
        await publisher.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "broker.example"])
async def test_broker_without_passwords_serves_loopback_only(host):
    with pytest.raises(DevicesError, match="loopback only"):
        async with serve_broker(host):
            pass


async def test_taken_port_is_named_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(FaceError, match=rf"127.0.0.1:{port}.*stop the other program"):
            async with serve_broker(port=port):
                pass


async def test_a_probe_of_the_port_leaves_no_socket_behind() -> None:
    async with serve_broker() as port:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            assert await reader.read() == b""
    gc.collect()  # an unclosed socket would be a warning, and a warning is an error
