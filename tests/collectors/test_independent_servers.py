"""The links against servers that nobody of this project has written: libmodbus, node-opcua."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from collectors.link import Refused, Written
from collectors.modbus.gateway import Gateway
from collectors.modbus.link import ModbusLink
from collectors.opcua.link import OpcUaLink
from collectors.settings import ModbusSettings, OpcUaSettings
from telemetry.clock import RealClock
from telemetry.quality import GOOD, Reason, Severity, bad, quality, uncertain
from tests.collectors.making import NAMESPACE, by_point, registers, station, wide_points, works
from tests.interop.programs import HERE, NODE, node, node_packages, program, run, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.system


@pytest.fixture
async def libmodbus(tmp_path: Path, free_port: int) -> AsyncIterator[int]:
    """Port of a server made of libmodbus."""
    built = tmp_path / "libmodbus_server"
    source = HERE / "libmodbus_server.c"
    await run(program("gcc", "gcc"), "-Wall", "-o", str(built), str(source), "-lmodbus")
    async with serving(str(built), str(free_port), until="ready"):
        yield free_port


def modbus_link(port: int, *addresses: str) -> ModbusLink:
    channels = registers(*addresses)
    gateway = Gateway("127.0.0.1", port)
    device = station(port, channels, timeout_s=2.0)
    return ModbusLink(device, wide_points(len(channels)), RealClock(), gateway, ModbusSettings())


async def test_libmodbus_orders_and_types_are_read_alike_M10(libmodbus: int) -> None:
    expected = {
        "holding:0 float32 ABCD": 123.456,
        "holding:2 float32 CDAB": 123.456,
        "holding:4 float32 BADC": 123.456,
        "holding:6 float32 DCBA": 123.456,
        "holding:8 int16": -7.0,
        "holding:9": float(0xA5A5),
        "holding:9.0": 1.0,
        "holding:9.1": 0.0,
        "holding:9.15": 1.0,
        "holding:10 int32": 305_419_896.0,
        "holding:12 uint32 CDAB": 305_419_896.0,
        "coil:0": 1.0,
        "coil:28": 0.0,
        "coil:27": 1.0,
        "discrete:3": 1.0,
        "discrete:4": 0.0,
        "input:0": 0.0,
        "input:199": 199.0,
    }
    link = modbus_link(libmodbus, *expected)
    await link.connect()
    shown = by_point((await link.read()).batch())
    for point, (address, value) in enumerate(expected.items()):
        assert shown[point][1] == GOOD, address
        assert math.isclose(shown[point][0], value, rel_tol=1e-7), address
    await link.close()


async def test_libmodbus_gives_a_full_block_of_125_registers(libmodbus: int) -> None:
    link = modbus_link(libmodbus, *(f"input:{i}" for i in range(200)))
    await link.connect()
    assert [block.count for block in link.layout.blocks] == [125, 75]
    batch = (await link.read()).batch()
    assert batch.value.tolist() == [float(i) for i in range(200)]
    await link.close()


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("holding:14", 345.0),
        ("holding:15 float32 ABCD", 0.345),
        ("holding:15 int32 DCBA", -123_456.0),
        ("coil:29", 1.0),
        ("holding:9.1", 1.0),
    ],
)
async def test_libmodbus_takes_setpoints_and_shows_them(
    libmodbus: int, address: str, value: float
) -> None:
    link = modbus_link(libmodbus, address)
    await link.connect()
    outcome = await link.write(0, value)
    assert isinstance(outcome, Written)
    assert outcome.read_back == pytest.approx(value, rel=1e-6)
    await link.close()


async def test_libmodbus_refuses_what_it_does_not_have_M9(libmodbus: int) -> None:
    link = modbus_link(libmodbus, "holding:8 int16", "holding:500")
    await link.connect()
    shown = by_point((await link.read()).batch())
    assert shown[0] == (-7.0, GOOD)
    assert shown[1][1] == bad(Reason.CONFIG)
    assert isinstance(await link.write(1, 1.0), Refused)
    await link.close()


@pytest.fixture
async def node_opcua(tmp_path: Path, free_port: int) -> AsyncIterator[tuple[int, int]]:
    """Port of a server made of node-opcua, and the source time of its pressure in ms."""
    command = (node(), str(NODE / "serve_nodes.mjs"))
    arguments = (str(free_port), NAMESPACE, str(tmp_path))
    own = {"XDG_CONFIG_HOME": str(tmp_path)}
    packages = node_packages()
    async with serving(*command, *arguments, until="ready", cwd=packages, env=own) as ready:
        yield free_port, int(ready.split()[1])


async def test_node_opcua_is_read_by_namespace_uri_with_status_and_time_U6_U7_U10(
    node_opcua: tuple[int, int],
) -> None:
    port, measured_ms = node_opcua
    expected = {
        "s=run": (1.0, GOOD),
        "s=count": (41.0, GOOD),
        "s=flow": (12.5, uncertain(Reason.STALE)),
        "i=1001": (-7.0, GOOD),
        "s=overridden": (0.4, quality(Severity.GOOD, Reason.MANUAL)),
    }
    broken = {"s=chlorine": Reason.SENSOR, "s=label": Reason.TYPE, "s=nothing": Reason.CONFIG}
    identifiers = ["s=pressure", *expected, *broken]
    points = wide_points(len(identifiers))
    link = OpcUaLink(works(port, *identifiers), points, RealClock(), OpcUaSettings())
    await link.connect()
    batch = (await link.read()).batch()
    await link.close()
    shown = by_point(batch)
    assert shown[0] == (0.35, GOOD)
    assert int(batch.time[0]) == measured_ms * 1_000_000
    for point, said in enumerate(expected.values(), start=1):
        assert shown[point] == said
    for point, reason in enumerate(broken.values(), start=1 + len(expected)):
        assert shown[point][1] == bad(reason)


async def test_node_opcua_takes_setpoints_in_its_own_types(node_opcua: tuple[int, int]) -> None:
    port, _ = node_opcua
    identifiers = ("s=setpoint", "s=count", "s=run", "s=label", "s=chlorine")
    link = OpcUaLink(works(port, *identifiers), wide_points(5), RealClock(), OpcUaSettings())
    await link.connect()
    assert await link.write(0, 0.31) == Written(0.31)
    assert await link.write(1, 55.0) == Written(55.0)
    assert await link.write(2, 0.0) == Written(0.0)
    assert isinstance(await link.write(3, 1.0), Refused)
    assert await link.write(4, 0.4) == Written(0.4)
    await link.close()
