"""What a Modbus link makes of devices and gateways that misbehave."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from collectors.errors import ConnectError, GarbageError, LinkError, SilenceError
from collectors.link import Mismatch, Refused, Unknown, Written
from collectors.modbus.gateway import Gateway
from collectors.modbus.link import ModbusLink
from collectors.settings import ModbusSettings
from telemetry.clock import RealClock
from telemetry.quality import GOOD, Reason, bad
from tests.collectors.making import (
    TIMEOUT_S,
    by_point,
    pressure_points,
    registers,
    station,
    wide_points,
)
from tests.collectors.scripted_modbus import (
    Question,
    ScriptedServer,
    counted,
    reset,
    scripted_server,
    silent,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from collectors.modbus.reading import RegisterReading
    from tests.collectors.scripted_modbus import Script

CHANNELS = registers("holding:10", "holding:11", "holding:12 int32")


def link_to(
    server: ScriptedServer,
    *,
    unit: int = 1,
    gateway: Gateway | None = None,
    addresses: tuple[str, ...] = ("holding:10", "holding:11", "holding:12 int32"),
    settings: ModbusSettings | None = None,
    timeout_s: float = TIMEOUT_S,
) -> ModbusLink:
    channels = registers(*addresses)
    return ModbusLink(
        station(server.port, channels, unit=unit, timeout_s=timeout_s),
        wide_points(len(channels)),
        RealClock(),
        gateway or Gateway("127.0.0.1", server.port),
        settings or ModbusSettings(),
    )


@asynccontextmanager
async def linked(script: Script, **how: object) -> AsyncIterator[tuple[ModbusLink, ScriptedServer]]:
    async with scripted_server(script) as server:
        link = link_to(server, **how)  # type: ignore[arg-type]  # names checked by link_to
        await link.connect()
        try:
            yield link, server
        finally:
            await link.close()


async def qualities(link: ModbusLink) -> list[int]:
    return [int(q) for q in (await link.read()).batch().quality]


GOOD_VALUES = {0: (10.0, GOOD), 1: (11.0, GOOD), 2: (float(12 << 16 | 13), GOOD)}


async def test_an_answer_in_single_bytes_is_taken_if_whole_in_time_M1() -> None:
    async def drip(question: Question, writer: asyncio.StreamWriter) -> None:
        for byte in question.counted():
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.005)

    async with linked(drip, timeout_s=2.0) as (link, _):
        assert by_point((await link.read()).batch()) == GOOD_VALUES


async def test_the_deadline_is_total_however_steadily_bytes_drip_M1() -> None:
    async def slow_drip(question: Question, writer: asyncio.StreamWriter) -> None:
        for byte in question.counted():
            writer.write(bytes([byte]))
            await asyncio.sleep(TIMEOUT_S / 4)

    async with linked(slow_drip) as (link, _):
        started = asyncio.get_running_loop().time()
        assert await qualities(link) == [bad(Reason.TIMEOUT)] * 3
        assert asyncio.get_running_loop().time() - started < 2 * TIMEOUT_S


async def test_a_half_open_connection_times_out_and_is_made_anew_M2() -> None:
    async def first_connection_is_dead(question: Question, writer: asyncio.StreamWriter) -> None:
        if server.connections > 1:
            writer.write(question.counted())

    async with linked(first_connection_is_dead) as (link, server):
        assert await qualities(link) == [bad(Reason.TIMEOUT)] * 3
        assert await qualities(link) == [bad(Reason.TIMEOUT)] * 3
        with pytest.raises(SilenceError):
            await asyncio.wait_for(read_until_lost(link), 10)
        await link.connect()
        assert by_point((await read_until_good(link)).batch()) == GOOD_VALUES
        assert server.connections == 2


async def read_until_lost(link: ModbusLink) -> None:
    while True:
        await link.read()
        await asyncio.sleep(0.01)


async def read_until_good(link: ModbusLink) -> RegisterReading:
    async with asyncio.timeout(10):
        while True:
            reading = await link.read()
            if not reading.tally.faults:
                return reading
            await asyncio.sleep(0.01)


async def test_a_silent_device_costs_one_deadline_a_read_not_one_a_block_M2() -> None:
    far_apart = ("holding:0", "holding:200", "holding:400", "holding:600")
    async with linked(silent, addresses=far_apart) as (link, server):
        assert await qualities(link) == [bad(Reason.TIMEOUT)] * 4
        assert len(server.questions) == 1


@pytest.mark.parametrize("cut", [reset, lambda writer: writer.close()], ids=["rst", "fin"])
async def test_a_cut_in_the_middle_of_a_reply_fails_at_once_M3(
    cut: Callable[[asyncio.StreamWriter], None],
) -> None:
    async def half(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.counted()[:9])
        await writer.drain()
        cut(writer)

    async with linked(half, timeout_s=5.0) as (link, _):
        started = asyncio.get_running_loop().time()
        with pytest.raises(ConnectError):
            await link.read()
        assert asyncio.get_running_loop().time() - started < 2.0


async def test_a_reply_with_a_foreign_transaction_is_dropped_M4() -> None:
    async def foreign_first(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.frame(question.data(9, 9, 9, 9), transaction=0x7777))
        writer.write(question.counted())

    async with linked(foreign_first) as (link, _):
        reading = await link.read()
        assert by_point(reading.batch()) == GOOD_VALUES
        assert reading.tally.discarded == {"late_or_foreign": 1}


async def test_a_late_answer_is_never_given_to_the_next_question_M4() -> None:
    async def one_behind(question: Question, writer: asyncio.StreamWriter) -> None:
        if question.number == 0:
            return
        if question.number == 1:
            late = server.questions[0]
            writer.write(late.frame(late.data(9, 9, 9, 9)))
        writer.write(question.counted())

    async with linked(one_behind) as (link, server):
        assert await qualities(link) == [bad(Reason.TIMEOUT)] * 3
        reading = await link.read()
        assert by_point(reading.batch()) == GOOD_VALUES
        assert reading.tally.discarded == {"late_or_foreign": 1}


async def test_a_peer_that_answers_anything_but_the_question_is_left_M4() -> None:
    async def only_strays(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"".join(question.frame(question.data(1), transaction=i) for i in range(900, 920))
        )

    async with linked(only_strays) as (link, _):
        with pytest.raises(GarbageError):
            await link.read()


async def test_a_reply_to_another_function_is_rejected_M5() -> None:
    async def other_function(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.frame(b"\x04" + question.data(10, 11, 12, 13)[1:]))

    async with linked(other_function) as (link, _):
        assert await qualities(link) == [bad(Reason.PROTOCOL)] * 3


@pytest.mark.parametrize("count", [3, 5, 0])
async def test_fewer_or_more_registers_than_asked_are_rejected_whole_M6(count: int) -> None:
    async def miscounted(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.registers(*range(count)))

    async with linked(miscounted) as (link, _):
        batch = (await link.read()).batch()
        assert [int(q) for q in batch.quality] == [bad(Reason.PROTOCOL)] * 3
        assert all(math.isnan(v) for v in batch.value)


async def test_another_units_answer_is_rejected_and_counted_M7() -> None:
    async def crossed(question: Question, writer: asyncio.StreamWriter) -> None:
        unit = 2 if question.unit == 1 else question.unit
        writer.write(question.frame(question.data(7, 7, 7, 7), unit=unit))

    async with scripted_server(crossed) as server:
        gateway = Gateway("127.0.0.1", server.port)
        one, two = (link_to(server, unit=unit, gateway=gateway) for unit in (1, 2))
        await one.connect()
        await two.connect()
        reading, other = await asyncio.gather(one.read(), two.read())
        assert [int(q) for q in reading.batch().quality] == [bad(Reason.PROTOCOL)] * 3
        assert not other.tally.faults
        assert {**reading.tally.discarded, **other.tally.discarded} == {"foreign_unit": 1}
        await one.close()
        await two.close()


@pytest.mark.parametrize(
    "noise",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        struct.pack(">HHHB", 1, 1, 5, 1) + b"\x03\x02\x00\x01",
        struct.pack(">HHHB", 1, 0, 65_535, 1) + b"\x03" * 300,
        struct.pack(">HHHB", 1, 0, 0, 1),
        b"\xff" * 65_536,
    ],
    ids=["http", "protocol-id", "length-65535", "length-0", "garbage"],
)
async def test_what_is_no_modbus_ends_the_connection_and_a_new_one_heals_M8(noise: bytes) -> None:
    async def garbage_once(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(noise if question.number == 0 else question.counted())

    async with linked(garbage_once) as (link, _):
        with pytest.raises(GarbageError):
            await link.read()
        await link.connect()
        assert by_point((await link.read()).batch()) == GOOD_VALUES


@pytest.mark.parametrize(
    ("announced", "sent"), [(6, 8), (8, 6), (255, 8)], ids=["fewer", "more", "far-more"]
)
async def test_a_byte_count_that_lies_is_rejected_M8(announced: int, sent: int) -> None:
    async def liar(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.frame(bytes([question.function, announced]) + bytes(sent)))

    async with linked(liar) as (link, _):
        assert await qualities(link) == [bad(Reason.PROTOCOL)] * 3


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1, Reason.CONFIG),
        (2, Reason.CONFIG),
        (3, Reason.CONFIG),
        (4, Reason.DEVICE),
        (5, Reason.BUSY),
        (6, Reason.BUSY),
        (8, Reason.COMM),
        (10, Reason.GATEWAY),
        (11, Reason.GATEWAY),
        (99, Reason.DEVICE),
    ],
)
async def test_each_exception_has_its_own_reason_M9(code: int, reason: Reason) -> None:
    async def refuse(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.exception(code))

    async with linked(refuse) as (link, _):
        assert await qualities(link) == [bad(reason)] * 3


async def test_a_wrong_address_is_not_asked_for_at_every_poll_M9() -> None:
    async def no_such_register(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.exception(2))

    async with linked(no_such_register, addresses=("holding:10",)) as (link, server):
        for _ in range(5):
            assert await qualities(link) == [bad(Reason.CONFIG)]
        assert len(server.questions) == 1


async def test_one_wrong_address_costs_only_its_own_point_M9() -> None:
    async def hole_at_12(question: Question, writer: asyncio.StreamWriter) -> None:
        hit = question.first <= 12 < question.first + question.count
        writer.write(question.exception(2) if hit else question.counted())

    addresses = tuple(f"holding:{r}" for r in range(8, 18))
    async with linked(hole_at_12, addresses=addresses) as (link, server):
        for asked_so_far in (9, 13):
            shown = by_point((await link.read()).batch())
            assert [p for p, (_, quality) in shown.items() if quality != GOOD] == [4]
            assert shown[4][1] == bad(Reason.CONFIG)
            assert len(server.questions) == asked_so_far


async def test_a_busy_device_is_asked_once_more_after_its_other_blocks_M9() -> None:
    async def busy_once(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.exception(6) if question.number == 0 else question.counted())

    async with linked(busy_once, addresses=("holding:10", "holding:300")) as (link, server):
        assert await qualities(link) == [GOOD, GOOD]
        assert [q.first for q in server.questions] == [10, 300, 10]


async def test_all_units_of_a_gateway_share_one_connection_M11() -> None:
    async with scripted_server(counted) as server:
        gateway = Gateway("127.0.0.1", server.port)
        links = [link_to(server, unit=unit, gateway=gateway) for unit in range(1, 13)]
        await asyncio.gather(*(link.connect() for link in links))
        readings = await asyncio.gather(*(link.read() for link in links))
        assert all(by_point(r.batch()) == GOOD_VALUES for r in readings)
        assert server.connections == 1
        for link in links:
            await link.close()
        assert not gateway.open


async def test_units_of_a_gateway_take_turns_M11() -> None:
    blocks = tuple(f"holding:{1_000 * i}" for i in range(5))
    async with scripted_server(counted) as server:
        gateway = Gateway("127.0.0.1", server.port, lanes=1)
        links = [
            link_to(server, unit=unit, gateway=gateway, addresses=blocks) for unit in (1, 2, 3)
        ]
        for link in links:
            await link.connect()
        await asyncio.gather(*(link.read() for link in links))
        asked = [question.unit for question in server.questions]
        for turn in range(5):
            assert sorted(asked[3 * turn : 3 * turn + 3]) == [1, 2, 3]
        for link in links:
            await link.close()


async def test_a_silent_unit_slows_no_other_behind_its_gateway_M7_M12() -> None:
    async def unit_9_is_dead(question: Question, writer: asyncio.StreamWriter) -> None:
        if question.unit != 9:
            writer.write(question.counted())

    async with scripted_server(unit_9_is_dead) as server:
        gateway = Gateway("127.0.0.1", server.port, lanes=2)
        dead = link_to(server, unit=9, gateway=gateway)
        alive = [link_to(server, unit=unit, gateway=gateway) for unit in (1, 2, 3)]
        for link in (dead, *alive):
            await link.connect()
        trying = asyncio.create_task(qualities(dead))
        rounds = 0
        while not trying.done():
            readings = await asyncio.gather(*(link.read() for link in alive))
            assert all(not r.tally.faults for r in readings)
            rounds += 1
        assert rounds > 3
        assert await trying == [bad(Reason.TIMEOUT)] * 3
        for link in (dead, *alive):
            await link.close()


async def test_trying_a_silent_unit_again_takes_no_lane_from_the_others_M7_M12() -> None:
    async def unit_9_is_dead(question: Question, writer: asyncio.StreamWriter) -> None:
        if question.unit != 9:
            writer.write(question.counted())

    async with scripted_server(unit_9_is_dead) as server:
        gateway = Gateway("127.0.0.1", server.port, lanes=1)
        dead = link_to(server, unit=9, gateway=gateway)
        alive = link_to(server, unit=1, gateway=gateway)
        for link in (dead, alive):
            await link.connect()
        assert await qualities(dead) == [bad(Reason.TIMEOUT)] * 3
        again = asyncio.create_task(qualities(dead))
        rounds = 0
        while not again.done():
            await alive.read()
            rounds += 1
        assert rounds > 3
        assert [question.unit for question in server.questions].count(9) == 2
        for link in (dead, alive):
            await link.close()


async def test_units_that_wait_for_one_connection_share_its_failure_M11() -> None:
    """An endpoint whose packets vanish: nothing accepts, and the queue of connections is full."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        gateway = Gateway("127.0.0.1", port)
        started = asyncio.get_running_loop().time()
        joined = await asyncio.gather(
            *(gateway.join(object(), 0.3) for _ in range(10)), return_exceptions=True
        )
        assert asyncio.get_running_loop().time() - started < 1.5
        assert all(isinstance(failure, SilenceError) for failure in joined)
        for one in waiting:
            one.close()


async def test_a_unit_that_stays_silent_is_set_aside_and_found_again_M2() -> None:
    answering = False

    async def asleep(question: Question, writer: asyncio.StreamWriter) -> None:
        if question.unit == 1 or answering:
            writer.write(question.counted())

    settings = ModbusSettings(aside_after=2, aside_most_s=0.2)
    async with scripted_server(asleep) as server:
        gateway = Gateway("127.0.0.1", server.port)
        other = link_to(server, unit=1, gateway=gateway)
        link = link_to(server, unit=2, gateway=gateway, settings=settings)
        await link.connect()
        await other.connect()
        for _ in range(2):
            assert await qualities(link) == [bad(Reason.TIMEOUT)] * 3
            await other.read()
        asked = len(server.questions)
        assert await qualities(link) == [bad(Reason.TIMEOUT)] * 3
        assert len(server.questions) == asked
        answering = True
        await read_until_good(link)
        await link.close()
        await other.close()


async def test_a_gateway_that_reports_a_silent_unit_marks_only_its_points_M9() -> None:
    async def unit_2_unreachable(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.exception(11) if question.unit == 2 else question.counted())

    async with scripted_server(unit_2_unreachable) as server:
        gateway = Gateway("127.0.0.1", server.port)
        one, two = (link_to(server, unit=unit, gateway=gateway) for unit in (1, 2))
        await one.connect()
        await two.connect()
        assert await qualities(one) == [GOOD] * 3
        assert await qualities(two) == [bad(Reason.GATEWAY)] * 3
        await one.close()
        await two.close()


# Writing


def holding(stored: dict[int, int], *, confirm: bool = True) -> Script:
    """A device of holding registers that knows functions 3, 6 and 16."""

    async def serve(question: Question, writer: asyncio.StreamWriter) -> None:
        if question.function == 3:
            places = range(question.first, question.first + question.count)
            writer.write(question.registers(*(stored.get(place, 0) for place in places)))
            return
        if question.function == 6:
            words = [question.count]
            echo = question.pdu
        else:
            words = list(struct.unpack(f">{question.count}H", question.pdu[6:]))
            echo = question.pdu[:5]
        stored.update({question.first + i: word for i, word in enumerate(words)})
        if confirm:
            writer.write(question.frame(echo))

    return serve


def setpoint_link(server: ScriptedServer, address: str, scale: float = 1.0) -> ModbusLink:
    channels = registers(address, scale=scale)
    device = station(server.port, channels)
    gateway = Gateway("127.0.0.1", server.port)
    return ModbusLink(device, pressure_points(1), RealClock(), gateway, ModbusSettings())


@pytest.mark.parametrize(
    ("address", "scale", "words"),
    [
        ("holding:40", 0.001, {40: 345}),
        ("holding:40 float32 CDAB", 1.0, {40: 0xA3D7, 41: 0x3EB0}),
        ("holding:40 uint32", 0.001, {40: 0, 41: 345}),
    ],
)
async def test_a_setpoint_is_written_scaled_and_read_back(
    address: str, scale: float, words: dict[int, int]
) -> None:
    stored: dict[int, int] = {}
    async with scripted_server(holding(stored)) as server:
        link = setpoint_link(server, address, scale)
        await link.connect()
        outcome = await link.write(0, 0.345)
        assert isinstance(outcome, Written)
        assert outcome.read_back == pytest.approx(0.345, rel=1e-6)
        assert stored == words
        await link.close()


async def test_a_write_without_answer_is_unknown_and_never_sent_again() -> None:
    stored: dict[int, int] = {}
    async with scripted_server(holding(stored, confirm=False)) as server:
        link = setpoint_link(server, "holding:40", 0.001)
        await link.connect()
        assert isinstance(await link.write(0, 0.3), Unknown)
        assert [question.function for question in server.questions] == [6]
        await link.close()


async def test_a_link_that_breaks_during_a_write_leaves_it_unknown() -> None:
    async def break_off(question: Question, writer: asyncio.StreamWriter) -> None:
        reset(writer)

    async with scripted_server(break_off) as server:
        link = setpoint_link(server, "holding:40", 0.001)
        await link.connect()
        assert isinstance(await link.write(0, 0.3), Unknown)
        assert len(server.questions) == 1
        with pytest.raises(LinkError):
            await link.read()
        await link.close()


async def test_a_device_that_keeps_its_own_value_is_a_mismatch() -> None:
    async def stubborn(question: Question, writer: asyncio.StreamWriter) -> None:
        own = question.registers(250)
        writer.write(own if question.function == 3 else question.frame(question.pdu))

    async with scripted_server(stubborn) as server:
        link = setpoint_link(server, "holding:40", 0.001)
        await link.connect()
        assert await link.write(0, 0.3) == Mismatch(0.3, 0.25)
        assert [q.function for q in server.questions].count(6) == 1
        await link.close()


async def test_a_device_that_takes_a_moment_to_show_a_setpoint_is_waited_for() -> None:
    async def slow(question: Question, writer: asyncio.StreamWriter) -> None:
        if question.function == 6:
            writer.write(question.frame(question.pdu))
        else:
            writer.write(question.registers(300 if question.number >= 3 else 250))

    async with scripted_server(slow) as server:
        link = setpoint_link(server, "holding:40", 0.001)
        await link.connect()
        assert await link.write(0, 0.3) == Written(0.3)
        await link.close()


async def test_a_confirmation_of_another_write_is_not_believed() -> None:
    async def confused(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.frame(question.pdu[:3] + b"\x00\x01"))

    async with scripted_server(confused) as server:
        link = setpoint_link(server, "holding:40", 0.001)
        await link.connect()
        assert isinstance(await link.write(0, 0.3), Unknown)
        await link.close()


@pytest.mark.parametrize(
    ("code", "kind"), [(2, Refused), (3, Refused), (6, Refused), (11, Unknown)]
)
async def test_a_declined_write_says_so(code: int, kind: type) -> None:
    async def decline(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(question.exception(code))

    async with scripted_server(decline) as server:
        link = setpoint_link(server, "holding:40", 0.001)
        await link.connect()
        assert isinstance(await link.write(0, 0.3), kind)
        await link.close()


@pytest.mark.parametrize(
    ("address", "value"), [("input:40", 0.3), ("holding:40", -0.05), ("holding:40.3", 0.5)]
)
async def test_what_the_register_cannot_hold_is_refused_unsent(address: str, value: float) -> None:
    async with scripted_server(counted) as server:
        link = setpoint_link(server, address, 0.001 if "." not in address else 1.0)
        await link.connect()
        assert isinstance(await link.write(0, value), Refused)
        assert server.questions == []
        await link.close()
