"""The faces as clients see them that nobody of this project has written.

libmodbus (mbpoll), node-opcua's client and Mosquitto; Debian: ``mbpoll mosquitto
mosquitto-clients nodejs npm``.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import struct
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from simulators.faces.modbus import ModbusFace
from simulators.faces.opcua import OpcUaFace
from simulators.faces.serve import serve_faces
from simulators.faults import ClockSkew, DeadSensor, Maintenance
from simulators.instruments import Instruments
from simulators.settings import SimulationSettings
from telemetry.addresses import WordOrder
from telemetry.points import PointTable
from tests.interop.programs import NODE, mosquitto, node, node_packages, program
from tests.simulators.faces.tiny_city import (
    START_NS,
    TinyCity,
    booster_device,
    meter_points,
    meter_source,
)

pytestmark = pytest.mark.system

NAMESPACE = "urn:baotu:example:works"


async def output(*command: str, check: bool = True, **options) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        **options,
    )
    async with asyncio.timeout(90):
        out, error = await process.communicate()
    assert not check or process.returncode == 0, error.decode()
    return out.decode() + error.decode()


class Mbpoll:
    """libmodbus' command line, at one unit."""

    def __init__(self, port: int) -> None:
        self._base = (program("mbpoll", "mbpoll"), "-m", "tcp", "-p", str(port), "-0", "-q")

    async def read(self, type_: str, register: int, count: int = 1, *more: str) -> list[str]:
        where = ("-r", str(register), "-c", str(count), *more, "127.0.0.1")
        text = await output(*self._base, "-1", "-t", type_, *where)
        return re.findall(r"^\[\d+\]:\s+(\S+)", text, re.MULTILINE)

    async def write(self, register: int, value: int) -> str:
        return await output(
            *self._base, "-t", "4", "-r", str(register), "127.0.0.1", str(value), check=False
        )


@asynccontextmanager
async def modbus_face(device, instruments):
    face = ModbusFace([device], instruments)
    port = await face.start("127.0.0.1", 0)
    try:
        yield Mbpoll(port)
    finally:
        await face.stop()


@pytest.mark.parametrize(
    ("order", "option"), [(WordOrder.ABCD, ("-B",)), (WordOrder.CDAB, ())], ids=["ABCD", "CDAB"]
)
async def test_libmodbus_reads_32_bit_values_in_both_word_orders_it_knows(booster, order, option):
    _, points, instruments, _ = booster
    async with modbus_face(booster_device(points, order), instruments) as mbpoll:
        assert await mbpoll.read("4:float", 106, 1, *option) == ["37.25"]
        assert await mbpoll.read("4:int", 101, 1, *option) == ["-1625"]
        (total,) = await mbpoll.read("4:int", 103, 1, *option)
        assert int(total) % 2**32 == 4_000_000_000


@pytest.mark.parametrize("order", list(WordOrder))
async def test_libmodbus_reads_the_bytes_of_every_order_M10(booster, order):
    _, points, instruments, _ = booster
    async with modbus_face(booster_device(points, order), instruments) as mbpoll:
        words = await mbpoll.read("4:hex", 106, 2)
        wire = b"".join(int(word, 16).to_bytes(2, "big") for word in words)
        letters = dict(zip(order.value, wire, strict=True))
        assert struct.unpack(">f", bytes(letters[letter] for letter in "ABCD")) == (37.25,)


async def test_libmodbus_reads_every_table_and_bit(booster):
    _, _, instruments, device = booster
    async with modbus_face(device, instruments) as mbpoll:
        assert await mbpoll.read("4", 100) == ["325"]
        assert await mbpoll.read("4:hex", 105) == ["0x8001"]
        assert await mbpoll.read("3", 7) == ["280"]
        assert await mbpoll.read("1", 2, 2) == ["0", "1"]
        assert await mbpoll.read("0", 20, 2) == ["0", "1"]


async def test_libmodbus_writes_a_setpoint_and_reads_it_back(booster):
    city, _, instruments, device = booster
    async with modbus_face(device, instruments) as mbpoll:
        assert "Written 1 references" in await mbpoll.write(110, 355)
        assert city.written == [("lvyou.outlet.pressure_setpoint", pytest.approx(0.355))]
        assert await mbpoll.read("4", 110) == ["355"]
        assert "Illegal data address" in await mbpoll.write(100, 355)
        city.set("lvyou.remote", 0.0)
        instruments.observe(9.0, START_NS)
        assert "Slave device or server failure" in await mbpoll.write(110, 360)
        assert len(city.written) == 1


@pytest.fixture
def node_opcua(tmp_path):
    """Read (and write) nodes with node-opcua's client."""

    async def run(url: str, *identifiers: str) -> dict:
        text = await output(
            node(),
            str(NODE / "read_nodes.mjs"),
            url,
            NAMESPACE,
            *identifiers,
            cwd=node_packages(),
            env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        )
        return json.loads(next(line for line in text.splitlines() if line.startswith("{")))

    return run


async def test_node_opcua_reads_values_status_and_time_U7(works, standard_nodes, node_opcua):
    city, _, instruments, device = works
    face = OpcUaFace(device, instruments, standard_nodes)
    url = await face.start("127.0.0.1", 0, START_NS)
    try:
        instruments.apply(DeadSensor("qs01.free_chlorine"))
        instruments.apply(Maintenance("qs01.turbidity"))
        face.apply(ClockSkew("donghu", seconds=-60.0))
        await face.refresh(START_NS)
        read = await node_opcua(
            url,
            "outlet.pressure",
            "pump1.run",
            "free_chlorine",
            "turbidity",
            "service",
            "nothing",
            "outlet.pressure_setpoint=0.37",
            "outlet.total=1",
        )
    finally:
        await face.stop()
    assert read["outlet.pressure"] == {
        "value": 0.41,
        "type": "Double",
        "status": "Good",
        "source_ms": START_NS // 10**6 - 60_000,
        "range": [-0.1, 2.5],
        "unit": "MPa",
        "write": None,
    }
    assert (read["pump1.run"]["type"], read["pump1.run"]["value"]) == ("UInt16", 1)
    assert read["free_chlorine"]["status"] == "BadSensorFailure"
    assert read["free_chlorine"]["value"] is None
    assert read["turbidity"]["status"] == "BadOutOfService"
    assert read["service"]["value"] == 1
    assert read["nothing"]["status"] == "BadNodeIdUnknown"
    assert read["outlet.pressure_setpoint"]["write"] == "Good"
    assert read["outlet.pressure_setpoint"]["value"] == 0.37
    assert read["outlet.total"]["write"] == "BadUserAccessDenied"
    assert city.written == [("donghu.outlet.pressure_setpoint", 0.37)]


async def subscribed(port: int):
    """A function that waits for so many messages and gives them as "topic QoS payload" lines.

    Its session at the broker exists already, so that nothing published meanwhile is missed.
    """
    common = (
        program("mosquitto_sub", "mosquitto-clients"),
        *("-p", str(port), "-t", "meters/+/up", "-q", "1", "-i", "listener", "-c"),
    )
    await output(*common, "-E")
    return lambda count: output(*common, "-C", str(count), "-W", "30", "-F", "%t %q %p")


async def test_mosquitto_hands_the_meters_messages_to_its_own_client(free_port, tmp_path):
    city = TinyCity()
    points = PointTable(meter_points(5))
    instruments = Instruments(points, city)
    instruments.observe(0.0, START_NS)
    source = replace(meter_source(points), port=free_port)
    settings = SimulationSettings(network=Path("none.inp"), report_s=3_600)
    hour_later_ns = START_NS + 3_600 * 10**9
    async with mosquitto(free_port, tmp_path):
        received = await subscribed(free_port)
        async with serve_faces(
            [source], instruments, city.meters, settings, now_ns=START_NS, own_broker=False
        ) as (faces, _):
            instruments.observe(3_600.0, hour_later_ns)
            await faces.refresh(hour_later_ns)
            lines = (await received(5)).splitlines()
    assert len(lines) == 5
    for line in lines:
        topic, qos, payload = line.split(" ", 2)
        message = json.loads(payload)
        assert topic == f"meters/{message['meter']}/up"
        assert qos == "1"
        assert message["hist"]["step_s"] == 3_600
