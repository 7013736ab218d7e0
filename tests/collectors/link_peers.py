"""What stands at the other end of each kind of link in the contract suite."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import paho.mqtt.publish
from amqtt.broker import Broker
from asyncua import ua
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.errors import ConnectError, SilenceError
from collectors.memory import MemoryLink
from collectors.modbus.gateway import Gateway
from collectors.modbus.link import ModbusLink
from collectors.mqtt.link import MqttLink
from collectors.opcua.link import OpcUaLink
from collectors.settings import ModbusSettings, MqttSettings, MqttVersion, OpcUaSettings
from telemetry.clock import RealClock
from tests.collectors.making import meters, pressure_points, registers, station, works
from tests.collectors.opcua_server import opcua_server
from tests.collectors.relay import Relay

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from collectors.link import Link
    from telemetry.points import PointTable

TIMEOUT_S = 0.4
SHOWN = {0: 0.35, 1: 0.41, 2: 0.27}
"""What every peer shows; point 2 is no setpoint."""


class Peer(Protocol):
    """One link with its far end."""

    link: Link
    speaks_by_itself: bool
    writable: bool

    async def show(self) -> None:
        """See to it that the next read finds the values of ``SHOWN``."""
        ...

    async def cut(self) -> None:
        """Break the connection and refuse new ones."""
        ...

    async def mend(self) -> None:
        """Be reachable again."""
        ...

    async def hold(self) -> None:
        """Go on accepting connections, but answer nothing."""
        ...


class MemoryPeer:
    """Nothing but memory."""

    speaks_by_itself = False
    writable = True

    def __init__(self) -> None:
        channels = replace_last(registers("holding:0", "holding:1", "holding:2"))
        self.memory = MemoryLink(channels, pressures(), RealClock())
        self.link: Link = self.memory

    async def show(self) -> None:
        for point, value in SHOWN.items():
            self.memory.show(point, value)

    async def cut(self) -> None:
        self.memory.fail(ConnectError("the cable is cut"))

    async def mend(self) -> None:
        self.memory.fail(None)

    async def hold(self) -> None:
        self.memory.fail(SilenceError("no answer"))


class RelayedPeer:
    """A real server behind a wire that can be cut."""

    def __init__(self, link: Link, relay: Relay, publish_to: int | None = None) -> None:
        self.link = link
        self._relay = relay
        self._publish_to = publish_to
        self.speaks_by_itself = publish_to is not None
        self.writable = publish_to is None
        self._numbers = itertools.count()

    async def show(self) -> None:
        if self._publish_to is not None:
            await asyncio.to_thread(self._publish)

    def _publish(self) -> None:
        message = {
            "meter": "M0001",
            "seq": next(self._numbers),
            "ts": RealClock().now() // 1_000_000,
            **{f"p{point}": value for point, value in SHOWN.items()},
        }
        paho.mqtt.publish.single(
            "meters/M0001/up",
            json.dumps(message),
            qos=1,
            hostname="127.0.0.1",
            port=self._publish_to or 0,
        )

    async def cut(self) -> None:
        await self._relay.cut()

    async def mend(self) -> None:
        await self._relay.mend()

    async def hold(self) -> None:
        self._relay.held = True


class Servers:
    """One server of each kind, started when first needed and kept for the whole module."""

    def __init__(self, stack: AsyncExitStack, ports: list[int]) -> None:
        self._stack = stack
        self._ports = ports
        self._started: dict[str, int] = {}

    async def at(self, kind: str) -> int:
        """Port of the server of one kind."""
        if kind not in self._started:
            port = self._ports.pop()
            match kind:
                case "modbus":
                    await self._start_modbus(port)
                case "opcua":
                    nodes = {f"p{p}": ua.Variant(v) for p, v in SHOWN.items()}
                    await self._stack.enter_async_context(opcua_server(port, nodes))
                case _:
                    await self._start_broker(port)
            self._started[kind] = port
        return self._started[kind]

    async def _start_modbus(self, port: int) -> None:
        values = [round(1_000 * v) for v in SHOWN.values()]
        data = SimData(0, values=values, datatype=DataType.REGISTERS)
        server = ModbusTcpServer(SimDevice(1, [data]), address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        self._stack.push_async_callback(server.shutdown)

    async def _start_broker(self, port: int) -> None:
        listener = {"type": "tcp", "bind": f"127.0.0.1:{port}"}
        anonymous = "amqtt.plugins.authentication.AnonymousAuthPlugin"
        plugins = {anonymous: {"allow_anonymous": True}}
        broker = Broker({"listeners": {"default": listener}, "plugins": plugins})
        await broker.start()
        self._stack.push_async_callback(broker.shutdown)


async def peer_of(kind: str, servers: Servers, relays: AsyncExitStack, name: str) -> Peer:
    """A fresh link of one kind; ``name`` tells its session from all others."""
    if kind == "memory":
        return MemoryPeer()
    target = await servers.at(kind)
    relay = Relay(target)
    await relay.mend()
    relays.push_async_callback(relay.cut)
    link = _link(kind, relay.port, name)
    relays.push_async_callback(link.close)
    return RelayedPeer(link, relay, target if kind == "mqtt" else None)


def _link(kind: str, port: int, name: str) -> Link:
    points, clock = pressures(), RealClock()
    match kind:
        case "modbus":
            channels = registers("holding:0", "holding:1", "holding:2", scale=0.001)
            device = station(port, replace_last(channels), timeout_s=TIMEOUT_S)
            settings = ModbusSettings(aside_most_s=0.1)
            return ModbusLink(device, points, clock, Gateway("127.0.0.1", port), settings)
        case "opcua":
            server = works(port, "s=p0", "s=p1", "s=p2", timeout_s=1.5)
            server = replace(server, channels=replace_last(server.channels))
            return OpcUaLink(server, points, clock, OpcUaSettings())
        case _:
            source = meters(port, "M0001 p0", "M0001 p1", "M0001 p2", client_id=name)
            mqtt = MqttSettings(version=MqttVersion.V311, connect_s=TIMEOUT_S)
            return MqttLink(source, points, clock, mqtt)


def pressures() -> PointTable:
    return pressure_points(len(SHOWN))


def replace_last(channels: tuple) -> tuple:  # type: ignore[type-arg]  # channels of any address
    """The last channel may not be written."""
    return (*channels[:-1], replace(channels[-1], writable=False))
