"""What an OPC UA link makes of servers that misbehave."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from pytest_asyncio import fixture

from collectors.errors import LinkError, UnreadableAddressError
from collectors.link import Refused, Written
from collectors.opcua.link import OpcUaLink
from collectors.settings import OpcUaSettings
from telemetry.clock import RealClock
from telemetry.quality import GOOD, Reason, bad, uncertain
from tests.collectors.making import by_point, wide_points, works
from tests.collectors.opcua_server import answer, listener, opcua_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.collectors.opcua_server import TestServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRESSURE = ua.Variant(0.35, ua.VariantType.Double)


class Works:
    """One server for all tests here; each test adds nodes of its own."""

    def __init__(self, server: TestServer, port: int) -> None:
        self.server = server
        self.port = port

    @asynccontextmanager
    async def showing(
        self, nodes: Mapping[str, ua.Variant], per_call: int = 500
    ) -> AsyncIterator[OpcUaLink]:
        """A link connected to a server that has these nodes."""
        for name, content in nodes.items():
            await self.server.add(name, content)
        try:
            async with connected(link_to(self.port, *nodes, per_call=per_call)) as link:
                yield link
        finally:
            for name in [*self.server.nodes]:
                await self.server.remove(name)


@fixture(scope="module", loop_scope="module")
async def at_works() -> AsyncIterator[Works]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with opcua_server(port, {}) as server:
        yield Works(server, port)


def link_to(port: int, *names: str, timeout_s: float = 2.0, per_call: int = 500) -> OpcUaLink:
    device = works(port, *(f"s={name}" for name in names), timeout_s=timeout_s)
    settings = OpcUaSettings(nodes_per_call=per_call)
    return OpcUaLink(device, wide_points(len(names)), RealClock(), settings)


@asynccontextmanager
async def connected(link: OpcUaLink) -> AsyncIterator[OpcUaLink]:
    await link.connect()
    try:
        yield link
    finally:
        await link.close()


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"ACKF" + struct.pack("<I", 2**31 - 1)],
    ids=["silent", "http", "2-GiB-header"],
)
async def test_what_is_no_opcua_server_is_given_up_within_the_deadline_U2(said: bytes) -> None:
    async with listener(said) as port:
        link = link_to(port, "outlet.pressure", timeout_s=0.3)
        started = asyncio.get_running_loop().time()
        with pytest.raises(LinkError):
            await link.connect()
        assert asyncio.get_running_loop().time() - started < 1.5
        await link.close()


async def test_a_removed_node_is_one_configuration_fault_and_the_others_go_on_U6(
    at_works: Works,
) -> None:
    nodes = {"outlet.pressure": PRESSURE, "outlet.flow": ua.Variant(900.0)}
    async with at_works.showing(nodes) as link:
        assert by_point((await link.read()).batch()) == {0: (0.35, GOOD), 1: (900.0, GOOD)}
        await at_works.server.remove("outlet.flow")
        shown = by_point((await link.read()).batch())
        assert shown[0] == (0.35, GOOD)
        assert shown[1][1] == bad(Reason.CONFIG)


async def test_a_restarted_server_with_other_namespace_numbers_is_read_again_U6(
    free_port: int,
) -> None:
    link = link_to(free_port, "outlet.pressure")
    async with opcua_server(free_port, {"outlet.pressure": PRESSURE}):
        await link.connect()
        assert by_point((await link.read()).batch())[0] == (0.35, GOOD)
    with pytest.raises(LinkError):
        await link.read()
    async with opcua_server(free_port, {"outlet.pressure": PRESSURE}, other_namespaces=3):
        await link.connect()
        assert by_point((await link.read()).batch())[0] == (0.35, GOOD)
        await link.close()


async def test_a_namespace_that_the_server_does_not_have_is_a_configuration_fault_U6(
    at_works: Works,
) -> None:
    right = works(at_works.port, "s=outlet.pressure", "s=outlet.pressure")
    elsewhere = replace(right.channels[1].address, namespace="urn:elsewhere")
    channels = (right.channels[0], replace(right.channels[1], address=elsewhere))
    device = replace(right, channels=channels)
    async with (
        at_works.showing({"outlet.pressure": PRESSURE}),
        connected(OpcUaLink(device, wide_points(2), RealClock(), OpcUaSettings())) as link,
    ):
        shown = by_point((await link.read()).batch())
        assert shown[0] == (0.35, GOOD)
        assert shown[1][1] == bad(Reason.CONFIG)
        assert isinstance(await link.write(1, 1.0), Refused)


async def test_status_type_and_null_become_qualities_U7(at_works: Works) -> None:
    text = ua.Variant("0.35", ua.VariantType.String)
    nodes = {"sensor": PRESSURE, "stale": PRESSURE, "text": text, "null": ua.Variant(None)}
    async with at_works.showing(nodes) as link:
        await at_works.server.show("sensor", answer(PRESSURE, StatusCodes.BadSensorFailure))
        last = answer(PRESSURE, StatusCodes.UncertainLastUsableValue)
        await at_works.server.show("stale", last)
        shown = by_point((await link.read()).batch())
        assert shown[0][1] == bad(Reason.SENSOR)
        assert shown[1] == (0.35, uncertain(Reason.STALE))
        assert shown[2][1] == bad(Reason.TYPE)
        assert shown[3][1] == bad(Reason.TYPE)
        assert math.isnan(shown[0][0])


@pytest.mark.parametrize("off", [timedelta(hours=1), -timedelta(hours=1)], ids=["ahead", "behind"])
async def test_a_skewed_source_clock_is_flagged_and_not_believed_U8(
    at_works: Works, off: timedelta
) -> None:
    async with at_works.showing({"outlet.pressure": PRESSURE}) as link:
        for step in range(2):
            skewed = datetime.now(UTC) + off + timedelta(seconds=step)
            await at_works.server.show("outlet.pressure", answer(PRESSURE, source=skewed))
            batch = (await link.read()).batch()
        assert by_point(batch)[0] == (0.35, uncertain(Reason.CLOCK))
        assert abs(int(batch.time[0]) - RealClock().now()) < 60 * 10**9


async def test_the_source_time_is_kept_U8(at_works: Works) -> None:
    moment = datetime.now(UTC).replace(microsecond=250_000) - timedelta(seconds=20)
    async with at_works.showing({"outlet.pressure": PRESSURE}) as link:
        await at_works.server.show("outlet.pressure", answer(PRESSURE, source=moment))
        batch = (await link.read()).batch()
        assert int(batch.time[0]) == int(moment.timestamp()) * 10**9 + 250_000_000


async def test_more_nodes_than_one_call_takes_are_read_in_chunks_U10(at_works: Works) -> None:
    nodes = {f"n{i}": ua.Variant(float(i)) for i in range(7)}
    async with at_works.showing(nodes, per_call=3) as link:
        shown = by_point((await link.read()).batch())
        assert shown == {i: (float(i), GOOD) for i in range(7)}


@pytest.mark.parametrize(
    ("present", "asked", "held"),
    [
        (ua.Variant(0.3, ua.VariantType.Float), 0.345, 0.345),
        (ua.Variant(3, ua.VariantType.UInt16), 41.0, 41),
        (ua.Variant(False, ua.VariantType.Boolean), 1.0, True),
    ],
    ids=["float", "uint16", "boolean"],
)
async def test_a_setpoint_is_written_in_the_nodes_own_type(
    at_works: Works, present: ua.Variant, asked: float, held: object
) -> None:
    async with at_works.showing({"setpoint": present}) as link:
        outcome = await link.write(0, asked)
        assert isinstance(outcome, Written)
        assert outcome.read_back == pytest.approx(asked, rel=1e-6)
        content = await at_works.server.present("setpoint")
        assert content.VariantType is present.VariantType
        assert content.Value == pytest.approx(held, rel=1e-6)


@pytest.mark.parametrize(
    ("present", "asked"),
    [
        (ua.Variant(3, ua.VariantType.UInt16), 70_000.0),
        (ua.Variant("on", ua.VariantType.String), 1.0),
        (ua.Variant(False, ua.VariantType.Boolean), 0.5),
    ],
    ids=["too-large", "text", "half-true"],
)
async def test_what_the_node_cannot_hold_is_refused(
    at_works: Works, present: ua.Variant, asked: float
) -> None:
    async with at_works.showing({"setpoint": present}) as link:
        assert isinstance(await link.write(0, asked), Refused)
        assert (await at_works.server.present("setpoint")).Value == present.Value


async def test_a_server_that_declines_a_write_says_so(at_works: Works) -> None:
    async with at_works.showing({"setpoint": PRESSURE}) as link:
        await at_works.server.nodes["setpoint"].set_read_only()
        outcome = await link.write(0, 0.3)
        assert isinstance(outcome, Refused)
        assert "BadNotWritable" in outcome.reason or "BadUserAccessDenied" in outcome.reason


async def test_an_identifier_that_is_none_is_named() -> None:
    device = works(1, "i=pressure")
    with pytest.raises(UnreadableAddressError, match="i=pressure"):
        OpcUaLink(device, wide_points(1), RealClock(), OpcUaSettings())
