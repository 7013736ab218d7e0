"""The whole box: a city, its faces and a fault script on one clock."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from amqtt.client import MQTTClient
from amqtt.mqtt.constants import QOS_1
from asyncua import Client
from pymodbus.client import AsyncModbusTcpClient

from simulators.endpoints import Endpoints, Ports, opcua_socket
from simulators.errors import DevicesError, FaceError, ScriptError
from simulators.faults import (
    Burst,
    ClockSkew,
    DeadSlave,
    Duplicate,
    Frozen,
    HalfOpen,
    Late,
    Maintenance,
    PumpTrip,
)
from simulators.run import REFRESH_S, run_simulation
from simulators.script import Planned, Script
from simulators.settings import SimulationSettings
from telemetry.clock import VirtualClock
from telemetry.devices import Device
from telemetry.kinds import Kind
from telemetry.points import PointTable
from tests.simulators.faces.tiny_city import (
    START_NS,
    TinyCity,
    meter_points,
    meter_source,
    modbus_channel,
    modbus_device,
    opcua_channel,
    opcua_device,
    point,
)

SETTINGS = SimulationSettings(network=Path("none.inp"), report_s=600)


class Box:
    """A booster, a works and five meters, not yet running."""

    def __init__(self) -> None:
        self.city = TinyCity(lvyou__outlet__pressure=0.32, donghu__outlet__pressure=0.41)
        self.points = PointTable(
            [
                point("lvyou.outlet.pressure", Kind.PRESSURE),
                point("donghu.outlet.pressure", Kind.PRESSURE),
                *meter_points(5),
            ]
        )
        pressure = modbus_channel(self.points, "lvyou.outlet.pressure", "holding:0", scale=0.001)
        self.devices: tuple[Device, ...] = (modbus_device(pressure),)
        self.every_face = (
            modbus_device(pressure),
            opcua_device(opcua_channel(self.points, "donghu.outlet.pressure")),
            meter_source(self.points),
        )
        self.clock = VirtualClock(START_NS)
        self.stop = asyncio.Event()
        self.endpoints: Endpoints | None = None

    def announce(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints

    async def run(self, *planned: Planned, devices=None, ports=Ports.AUTO) -> None:
        await run_simulation(
            self.devices if devices is None else devices,
            self.points,
            self.city,
            self.clock,
            settings=SETTINGS,
            stop=self.stop,
            script=Script("story.toml", planned),
            ports=ports,
            announce=self.announce,
        )

    @asynccontextmanager
    async def running(self, eventually, *planned, **options):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.run(*planned, **options))
            await eventually(lambda: self.endpoints, "the faces serve")
            yield self.endpoints
            self.stop.set()


@pytest.fixture
def box():
    return Box()


async def modbus_register(endpoints, name="lvyou"):
    host, port = endpoints.sockets[name]
    client = AsyncModbusTcpClient(host, port=port)
    await client.connect()
    answer = await client.read_holding_registers(0, count=1)
    client.close()
    return answer.registers[0]


async def test_all_faces_answer_where_they_say(box, eventually):
    box.devices = box.every_face
    async with box.running(eventually) as endpoints:
        modbus, opcua, meters = endpoints.repoint(box.devices)
        assert (modbus.host, modbus.port) == endpoints.sockets["lvyou"]
        assert modbus.port != 15_101
        assert await modbus_register(endpoints) == 320
        async with Client(opcua.url) as client:
            space = await client.get_namespace_index("urn:baotu:example:works")
            assert await client.get_node(f"ns={space};s=outlet.pressure").read_value() == 0.41
        listener = MQTTClient(config={"auto_reconnect": False})
        await listener.connect(f"mqtt://{meters.host}:{meters.port}")
        await listener.subscribe([("meters/+/up", QOS_1)])
        await box.clock.advance(SETTINGS.report_s)
        message = await listener.deliver_message(timeout_duration=10)
        assert message.topic.startswith("meters/M000")
        await listener.disconnect()


async def test_configured_ports_are_used_as_they_stand(box, eventually, free_port):
    device = replace(box.devices[0], port=free_port)
    running = box.running(eventually, devices=(device,), ports=Ports.CONFIGURED)
    async with running as endpoints:
        assert endpoints.sockets == {"lvyou": ("127.0.0.1", free_port)}
        assert endpoints.repoint([device]) == (device,)


async def test_city_lives_at_the_clocks_pace(box, eventually):
    async with box.running(eventually):
        await box.clock.advance(300)
        assert box.city.steps == 5


async def test_city_that_is_behind_catches_up(box, eventually):
    box.city.now_ns = START_NS - 600 * 10**9
    async with box.running(eventually):
        await box.clock.advance(REFRESH_S)
        assert box.city.now_ns == START_NS


async def test_faults_begin_and_end_at_their_time(box, eventually):
    burst = Burst("south_07")
    async with box.running(eventually, Planned(60.0, 120.0, burst)):
        await box.clock.advance(50)
        assert box.city.faults == []
        await box.clock.advance(20)
        assert box.city.faults == [burst]
        await box.clock.advance(120)
        assert box.city.faults == []


async def test_fault_acts_on_the_steps_of_its_own_time_while_the_city_catches_up(box, eventually):
    seen = []
    box.city.step = lambda: (
        seen.append(bool(box.city.faults)),
        setattr(box.city, "now_ns", box.city.now_ns + 60 * 10**9),
    )
    async with box.running(eventually, Planned(120.0, 60.0, Burst("south_07"))):
        box.clock._elapsed = 294.0  # as after a pause of the whole machine
        await box.clock.advance(1.0)
        assert seen == [False, False, True, False]


async def test_faults_of_instruments_and_faces_reach_them(box, eventually):
    box.devices = box.every_face
    planned = (
        Planned(0.0, None, Frozen("lvyou.outlet.pressure")),
        Planned(0.0, 60.0, ClockSkew("donghu", 100.0)),
        Planned(0.0, 60.0, ClockSkew("meters", 100.0)),
        Planned(0.0, 60.0, Late("meters")),
        Planned(0.0, 60.0, DeadSlave("lvyou")),
    )
    async with box.running(eventually, *planned) as endpoints:
        await box.clock.advance(REFRESH_S)
        box.city.set("lvyou.outlet.pressure", 0.1)
        await box.clock.advance(100)
        assert await modbus_register(endpoints) == 320


async def test_unknown_signals_are_all_named_before_anything_serves(box):
    strange = [point("longao.outlet.flow", Kind.FLOW), point("longao.inlet.flow", Kind.FLOW)]
    box.points = PointTable([*box.points, *strange])
    channels = [
        modbus_channel(box.points, held.name, f"holding:{i}") for i, held in enumerate(strange)
    ]
    device = modbus_device(*channels, name="longao")
    with pytest.raises(DevicesError, match=r"'longao': longao\.outlet\.flow, longao\.inlet\.flow"):
        await box.run(devices=(*box.devices, device))
    assert box.endpoints is None


async def test_every_fault_is_tried_on_before_the_show(box):
    box.devices = box.every_face
    planned = [
        Planned(0.0, None, fault, line=line)
        for line, fault in enumerate(
            [
                Burst("nowhere"),
                Frozen("lvyou.outlet.presure"),
                DeadSlave("lvyo"),
                ClockSkew("lvyou"),
                Duplicate("donghu"),
                PumpTrip("lvyou.pump1"),
                Maintenance("donghu"),
                HalfOpen("lvyou"),
            ],
            start=1,
        )
    ]
    with pytest.raises(ScriptError) as found:
        await box.run(*planned)
    assert [problem.line for problem in found.value.problems] == [1, 2, 3, 4, 5]
    assert "did you mean 'lvyou'" in found.value.problems[2].sentence
    assert "one of donghu, meters" in found.value.problems[3].sentence
    assert box.endpoints is None
    assert box.city.faults == [], "trying on leaves nothing behind"


async def test_taken_port_stops_everything_again(box, free_port):
    with socket.create_server(("127.0.0.1", 0)) as other:
        devices = (
            replace(box.devices[0], port=free_port),
            replace(box.devices[0], name="longao", port=other.getsockname()[1]),
        )
        with pytest.raises(FaceError, match="'longao' cannot listen"):
            await box.run(devices=devices, ports=Ports.CONFIGURED)
    with socket.create_server(("127.0.0.1", free_port)):
        pass


async def test_stopping_with_clients_connected_is_quick(box, eventually):
    box.devices = box.every_face
    async with asyncio.timeout(8):
        async with box.running(eventually) as endpoints:
            host, port = endpoints.sockets["lvyou"]
            client = AsyncModbusTcpClient(host, port=port)
            await client.connect()
            works = Client(endpoints.urls["donghu"])
            await works.connect()
        client.close()
        works.disconnect_socket()


@pytest.mark.parametrize("url", ["http:/nowhere", "opc.tcp://host:port", "opc.tcp://h:99999"])
def test_url_that_names_no_socket_is_refused(url):
    with pytest.raises(DevicesError, match=r"expected opc\.tcp://host:port/path"):
        opcua_socket(replace(opcua_device(), url=url))


def test_url_without_port_means_the_usual_one():
    assert opcua_socket(replace(opcua_device(), url="opc.tcp://works.example")) == (
        "works.example",
        4840,
    )
