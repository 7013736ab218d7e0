"""A booster station as a Modbus master sees it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from simulators.errors import DevicesError, FaceError
from simulators.faces.modbus import ModbusFace
from simulators.faults import DeadSensor, DeadSlave, HalfOpen, WrongWordOrder
from telemetry.addresses import WordOrder
from tests.simulators.faces.tiny_city import START_NS, booster_device, modbus_channel, modbus_device

TYPES = AsyncModbusTcpClient.DATATYPE
ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, NO_RESPONSE = 2, 3, 4, 11


@asynccontextmanager
async def served(*devices, instruments, timeout_s=5.0):
    """The face and a client connected to it."""
    face = ModbusFace(devices, instruments)
    port = await face.start("127.0.0.1", 0)
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=timeout_s, retries=0)
    try:
        assert await client.connect()
        yield face, client
    finally:
        client.close()
        await face.stop()


async def number(client, register, type_, word_order="little"):
    answer = await client.read_holding_registers(register, count=type_.value[1])
    return client.convert_from_registers(answer.registers, type_, word_order=word_order)


async def test_every_kind_of_register_holds_the_citys_value(booster):
    _, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        assert await number(client, 100, TYPES.UINT16) == 325
        assert await number(client, 101, TYPES.INT32) == -1_625
        assert await number(client, 103, TYPES.UINT32) == 4_000_000_000
        assert await number(client, 105, TYPES.UINT16) == 0b1000_0000_0000_0001
        assert await number(client, 106, TYPES.FLOAT32) == 37.25
        assert (await client.read_input_registers(7, count=1)).registers == [280]
        assert (await client.read_discrete_inputs(3, count=1)).bits[0] is True
        assert (await client.read_coils(20, count=2)).bits[:2] == [False, True]


async def test_registers_follow_the_city(booster):
    city, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        city.set("lvyou.outlet.pressure", 0.171)
        instruments.observe(8.0, START_NS)
        assert await number(client, 100, TYPES.UINT16) == 171


async def test_heartbeat_counts_seconds_and_wraps(booster):
    _, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        assert await number(client, 108, TYPES.UINT16) == 7
        instruments.observe(65_537.9, START_NS)
        assert await number(client, 108, TYPES.UINT16) == 1


async def test_register_between_values_reads_zero_and_one_beyond_is_refused(booster):
    _, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        assert (await client.read_holding_registers(109, count=1)).registers == [0]
        for start, count in ((99, 2), (110, 2), (0, 1)):
            answer = await client.read_holding_registers(start, count=count)
            assert answer.exception_code == ILLEGAL_ADDRESS


async def test_setpoint_reaches_the_city_and_reads_back_at_once(booster):
    city, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        assert not (await client.write_register(110, 355)).isError()
        assert city.written == [("lvyou.outlet.pressure_setpoint", pytest.approx(0.355))]
        assert await number(client, 110, TYPES.UINT16) == 355


async def test_controller_bounds_a_setpoint_and_shows_what_it_took_W5(booster):
    city, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        assert not (await client.write_registers(110, [900])).isError()
        assert city.written[0][1] == 0.6
        assert await number(client, 110, TYPES.UINT16) == 600


async def test_written_setpoint_gives_way_to_the_citys_own_value_after_a_step(booster):
    city, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        await client.write_register(110, 355)
        city.set("lvyou.outlet.pressure_setpoint", 0.3)
        instruments.observe(60.0, START_NS)
        assert await number(client, 110, TYPES.UINT16) == 300


async def test_without_remote_enable_a_setpoint_is_refused(booster):
    city, _, instruments, device = booster
    city.set("lvyou.remote", 0.0)
    instruments.observe(8.0, START_NS)
    async with served(device, instruments=instruments) as (_, client):
        assert (await client.write_register(110, 355)).exception_code == DEVICE_FAILURE
        assert city.written == []


@pytest.mark.parametrize(
    ("register", "words", "code"),
    [
        (100, [1], ILLEGAL_ADDRESS),
        (109, [1], ILLEGAL_ADDRESS),
        (109, [0, 350], ILLEGAL_ADDRESS),
        (110, [65_535], ILLEGAL_VALUE),
    ],
    ids=["a measured value", "a gap", "a gap and a setpoint", "beyond the point's range"],
)
async def test_nonsense_write_changes_nothing_W1(booster, register, words, code):
    city, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        assert (await client.write_registers(register, words)).exception_code == code
        assert city.written == []


async def test_what_the_city_does_not_let_be_written_is_refused(booster):
    city, points, instruments, _ = booster
    channel = modbus_channel(
        points, "lvyou.outlet.pressure", "holding:0", scale=0.001, writable=True
    )
    async with served(modbus_device(channel), instruments=instruments) as (_, client):
        assert (await client.write_register(0, 300)).exception_code == ILLEGAL_ADDRESS
        assert (await client.read_holding_registers(0, count=1)).registers == [325]
        assert city.written == []


async def test_unit_that_is_not_there_is_answered_for_by_the_gateway(booster):
    _, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        for ask in (client.read_holding_registers, client.read_coils, client.read_input_registers):
            assert (await ask(100, count=1, device_id=9)).exception_code == NO_RESPONSE


async def test_units_of_one_gateway_do_not_mix_M7(booster):
    _, points, instruments, device = booster
    other = replace(booster_device(points, WordOrder.ABCD), name="longao", unit=2)
    async with served(device, other, instruments=instruments) as (_, client):
        first = await client.read_holding_registers(106, count=2, device_id=1)
        second = await client.read_holding_registers(106, count=2, device_id=2)
        assert first.registers == second.registers[::-1]


async def test_questions_that_come_together_are_all_answered_in_order_M7(booster):
    _, points, instruments, device = booster
    channel = modbus_channel(points, "lvyou.outlet.pressure", "holding:0", scale=0.001)
    other = modbus_device(channel, name="other", unit=2)
    face = ModbusFace([device, other], instruments)
    port = await face.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    first = bytes.fromhex("0001 0000 0006 01 03 0064 0001")
    second = bytes.fromhex("0002 0000 0006 02 03 0000 0001")
    third = bytes.fromhex("0003 0000 0006 01 03 0069 0001")
    async with asyncio.timeout(5):
        writer.write(first + second + third[:5])
        answers = await reader.readexactly(22)
        writer.write(third[5:])
        answers += await reader.readexactly(11)
    assert [answers[at : at + 2].hex() for at in (0, 11, 22)] == ["0001", "0002", "0003"]
    assert [answers[at + 6] for at in (0, 11, 22)] == [1, 2, 1]
    writer.close()
    await writer.wait_closed()
    await face.stop()


async def test_dead_unit_is_silent_while_its_neighbour_answers_M12(booster):
    city, points, instruments, device = booster
    other = replace(booster_device(points, WordOrder.ABCD), name="longao", unit=2)
    async with served(device, other, instruments=instruments, timeout_s=0.2) as (face, client):
        face.apply(DeadSlave("longao"))
        assert not (await client.read_holding_registers(100, count=1, device_id=1)).isError()
        with pytest.raises(ModbusIOException):
            await client.read_holding_registers(100, count=1, device_id=2)
        with pytest.raises(ModbusIOException):
            await client.write_register(110, 355, device_id=2)
        assert city.written == []
        face.clear(DeadSlave("longao"))
        assert not (await client.read_holding_registers(100, count=1, device_id=2)).isError()


async def test_half_open_endpoint_accepts_and_never_answers_M2(booster):
    _, points, instruments, device = booster
    other = replace(booster_device(points, WordOrder.ABCD), name="longao", unit=2)
    async with served(device, other, instruments=instruments, timeout_s=0.2) as (face, client):
        face.apply(HalfOpen("lvyou"))
        for unit in (1, 2):
            with pytest.raises(ModbusIOException):
                await client.read_holding_registers(100, count=1, device_id=unit)
        face.clear(HalfOpen("lvyou"))
        assert not (await client.read_holding_registers(100, count=1)).isError()


async def test_wrong_word_order_swaps_wide_values_only_M10(booster):
    _, _, instruments, device = booster
    async with served(device, instruments=instruments) as (face, client):
        face.apply(WrongWordOrder("lvyou"))
        assert await number(client, 106, TYPES.FLOAT32, word_order="big") == 37.25
        assert await number(client, 100, TYPES.UINT16) == 325
        face.clear(WrongWordOrder("lvyou"))
        assert await number(client, 106, TYPES.FLOAT32) == 37.25


async def test_dead_sensor_sends_sentinel_and_nan_M10(booster):
    _, _, instruments, device = booster
    device = replace(device, sentinels={"outlet.pressure": (0x8000,)})
    async with served(device, instruments=instruments) as (_, client):
        instruments.apply(DeadSensor("lvyou.outlet.pressure"))
        instruments.apply(DeadSensor("lvyou.pump1.power"))
        assert await number(client, 100, TYPES.UINT16) == 0x8000
        assert np.isnan(await number(client, 106, TYPES.FLOAT32))


async def test_taken_port_is_named_with_what_to_do(booster):
    _, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        port = client.comm_params.port
        with pytest.raises(FaceError, match=rf"'lvyou' cannot listen on 127.0.0.1:{port}.*port"):
            await ModbusFace([device], instruments).start("127.0.0.1", port)


async def test_two_devices_of_one_unit_are_refused(booster):
    _, _, instruments, device = booster
    with pytest.raises(DevicesError, match="'lvyou' and 'twin' are both unit 1"):
        ModbusFace([device, replace(device, name="twin")], instruments)


async def test_many_masters_are_served_at_once(booster):
    _, _, instruments, device = booster
    async with served(device, instruments=instruments) as (_, client):
        others = [AsyncModbusTcpClient("127.0.0.1", port=client.comm_params.port) for _ in range(8)]
        await asyncio.gather(*(other.connect() for other in others))
        answers = await asyncio.gather(*(number(o, 106, TYPES.FLOAT32) for o in others))
        assert answers == [37.25] * 8
        for other in others:
            other.close()
