"""A works as an OPC UA client sees it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import Client, ua

from simulators.errors import DevicesError, FaceError
from simulators.faces.opcua import OpcUaFace
from simulators.faults import ClockSkew, DeadSensor, Drift, Maintenance
from tests.simulators.faces.tiny_city import START_NS, opcua_channel, opcua_device

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMESPACE = "urn:baotu:example:works"


@asynccontextmanager
async def served(device, instruments, standard_nodes):
    """The face and a client with a session."""
    face = OpcUaFace(device, instruments, standard_nodes)
    url = await face.start("127.0.0.1", 0, START_NS)
    try:
        async with Client(url, timeout=5) as client:
            yield face, client
    finally:
        await face.stop()


async def node(client, identifier):
    space = await client.get_namespace_index(NAMESPACE)
    return client.get_node(f"ns={space};s={identifier}")


async def reading(client, identifier):
    return await (await node(client, identifier)).read_data_value(raise_on_bad_status=False)


async def test_node_shows_value_status_and_the_citys_time(works, standard_nodes):
    _, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (_, client):
        shown = await reading(client, "outlet.pressure")
        assert shown.Value.Value == 0.41
        assert shown.StatusCode.is_good()
        assert shown.SourceTimestamp == START
        assert (await reading(client, "pump1.run")).Value == ua.Variant(1, ua.VariantType.UInt16)


async def test_nodes_stand_under_an_object_of_the_devices_name(works, standard_nodes):
    _, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (_, client):
        space = await client.get_namespace_index(NAMESPACE)
        folder = await client.nodes.objects.get_child(f"{space}:donghu")
        names = {(await child.read_browse_name()).Name for child in await folder.get_children()}
        assert names == {channel.signal for channel in device.channels}


async def test_analog_node_has_range_and_unit(works, standard_nodes):
    _, points, instruments, device = works
    async with served(device, instruments, standard_nodes) as (_, client):
        pressure = await node(client, "outlet.pressure")
        extent = await (await pressure.get_child("0:EURange")).read_value()
        held = points.by_name("donghu.outlet.pressure")
        assert (extent.Low, extent.High) == (held.low, held.high)
        unit = await (await pressure.get_child("0:EngineeringUnits")).read_value()
        assert unit.DisplayName.Text == "MPa"
        assert unit.UnitId == 0x4D5041  # the letters MPA
        assert await pressure.read_type_definition() == ua.NodeId(ua.ObjectIds.AnalogItemType)
        state = await node(client, "pump1.run")
        assert await state.read_data_type() == ua.NodeId(ua.ObjectIds.UInt16)


async def test_nodes_follow_the_city(works, standard_nodes):
    city, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (face, client):
        city.set("donghu.outlet.pressure", 0.17)
        instruments.observe(60.0, START_NS)
        await face.refresh(START_NS + 60 * 10**9)
        shown = await reading(client, "outlet.pressure")
        assert shown.Value.Value == 0.17
        assert shown.SourceTimestamp == START + timedelta(minutes=1)


async def test_subscriber_is_told_of_a_change(works, standard_nodes):
    city, _, instruments, device = works
    told: asyncio.Queue[float] = asyncio.Queue()

    class Listener:
        def datachange_notification(self, _node, value, _data):
            told.put_nowait(value)

    async with served(device, instruments, standard_nodes) as (face, client):
        subscription = await client.create_subscription(20, Listener())
        await subscription.subscribe_data_change(await node(client, "outlet.pressure"))
        assert await asyncio.wait_for(told.get(), 5) == 0.41
        city.set("donghu.outlet.pressure", 0.2)
        instruments.observe(60.0, START_NS)
        await face.refresh(START_NS)
        assert await asyncio.wait_for(told.get(), 5) == 0.2
        await subscription.delete()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (DeadSensor("donghu.outlet.pressure"), ua.StatusCodes.BadSensorFailure),
        (Maintenance("donghu.outlet.pressure"), ua.StatusCodes.BadOutOfService),
    ],
)
async def test_instrument_out_of_order_has_a_bad_status_and_no_value_U7(
    works, standard_nodes, fault, status
):
    _, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (face, client):
        instruments.apply(fault)
        await face.refresh(START_NS)
        shown = await reading(client, "outlet.pressure")
        assert shown.StatusCode.value == status
        assert shown.Value is None or shown.Value.Value is None
        instruments.clear(fault)
        await face.refresh(START_NS)
        assert (await reading(client, "outlet.pressure")).StatusCode.is_good()


async def test_instrument_that_doubts_itself_is_uncertain_and_keeps_its_value_U7(
    works, standard_nodes
):
    _, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (face, client):
        instruments.apply(Drift("qs01.turbidity", per_hour=0.1, noticed=1.0))
        instruments.observe(3_600.0, START_NS)
        await face.refresh(START_NS)
        shown = await reading(client, "turbidity")
        assert shown.StatusCode.value == ua.StatusCodes.UncertainSensorNotAccurate
        assert shown.Value.Value == pytest.approx(0.22)


async def test_clock_skew_moves_source_time_and_the_servers_clock_U8(works, standard_nodes):
    _, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (face, client):
        face.apply(ClockSkew("donghu", seconds=-7_200))
        await face.refresh(START_NS)
        assert (await reading(client, "outlet.pressure")).SourceTimestamp == START - timedelta(
            hours=2
        )
        clock = client.get_node(ua.ObjectIds.Server_ServerStatus_CurrentTime)
        assert await clock.read_value() == START - timedelta(hours=2)
        face.clear(ClockSkew("donghu", seconds=-7_200))
        await face.refresh(START_NS)
        assert (await reading(client, "outlet.pressure")).SourceTimestamp == START


async def test_setpoint_reaches_the_city_and_reads_back_at_once(works, standard_nodes):
    city, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (_, client):
        setpoint = await node(client, "outlet.pressure_setpoint")
        await setpoint.write_value(0.38)
        assert city.written == [("donghu.outlet.pressure_setpoint", 0.38)]
        assert await setpoint.read_value() == 0.38
        await setpoint.write_value(1.5)
        assert await setpoint.read_value() == 0.6, "as the controller bounded it"


@pytest.mark.parametrize(
    ("identifier", "value", "status"),
    [
        ("outlet.pressure_setpoint", ua.Variant(float("nan")), ua.StatusCodes.BadOutOfRange),
        ("outlet.pressure_setpoint", ua.Variant(99.0), ua.StatusCodes.BadOutOfRange),
        ("outlet.pressure_setpoint", ua.Variant("0.4"), ua.StatusCodes.BadTypeMismatch),
        ("outlet.pressure", ua.Variant(0.4), ua.StatusCodes.BadUserAccessDenied),
        ("outlet.nothing", ua.Variant(0.4), ua.StatusCodes.BadUserAccessDenied),
    ],
    ids=["NaN", "out of range", "text", "measured", "unknown"],
)
async def test_nonsense_write_changes_nothing_W1(works, standard_nodes, identifier, value, status):
    city, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (_, client):
        with pytest.raises(ua.UaStatusCodeError) as refused:
            await (await node(client, identifier)).write_value(value)
        assert refused.value.code == status
        assert city.written == []


async def test_what_the_city_does_not_let_be_written_is_refused(works, standard_nodes):
    city, points, instruments, _ = works
    device = opcua_device(opcua_channel(points, "donghu.outlet.pressure", writable=True))
    async with served(device, instruments, standard_nodes) as (_, client):
        with pytest.raises(ua.UaStatusCodeError) as refused:
            await (await node(client, "outlet.pressure")).write_value(0.3)
        assert refused.value.code == ua.StatusCodes.BadNotWritable
        assert (await reading(client, "outlet.pressure")).Value.Value == 0.41
        assert city.written == []


async def test_nobody_may_change_the_address_space(works, standard_nodes):
    _, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (_, client):
        client.set_user("admin")
        with pytest.raises(ua.UaStatusCodeError):
            await client.nodes.objects.add_object(2, "intruder")


async def test_scaled_node_counts_in_the_devices_own_unit(works, standard_nodes):
    _, points, instruments, _ = works
    channel = opcua_channel(points, "donghu.outlet.pressure", scale=0.001)
    async with served(opcua_device(channel), instruments, standard_nodes) as (_, client):
        assert (await reading(client, "outlet.pressure")).Value.Value == pytest.approx(410.0)


async def test_servers_of_one_city_do_not_share_nodes(works, standard_nodes):
    _, _, instruments, device = works
    other = replace(device, name="nankang", channels=device.channels[:1])
    async with (
        served(device, instruments, standard_nodes) as (_, first),
        served(other, instruments, standard_nodes) as (_, second),
    ):
        assert (await reading(first, "qs01.nothing")).StatusCode.value == (
            ua.StatusCodes.BadNodeIdUnknown
        )
        for client, count in ((first, len(device.channels)), (second, 1)):
            space = await client.get_namespace_index(NAMESPACE)
            children = await client.nodes.objects.get_children()
            (folder,) = [child for child in children if child.nodeid.NamespaceIndex == space]
            assert len(await folder.get_children()) == count


async def test_taken_port_is_named_with_what_to_do(works, standard_nodes):
    _, _, instruments, device = works
    async with served(device, instruments, standard_nodes) as (face, _):
        port = face._server.bserver.port
        with pytest.raises(FaceError, match=f"'donghu' cannot listen on 127.0.0.1:{port}.*another"):
            await OpcUaFace(device, instruments, standard_nodes).start("127.0.0.1", port, START_NS)


async def test_two_channels_of_one_node_are_refused(works, standard_nodes):
    _, points, instruments, _ = works
    twice = [opcua_channel(points, "donghu.outlet.pressure")] * 2
    face = OpcUaFace(opcua_device(*twice), instruments, standard_nodes)
    with pytest.raises(DevicesError, match=r"the node 's=outlet\.pressure' for"):
        await face.start("127.0.0.1", 0, START_NS)
