"""All devices of a city: read for ever, watched, and written to."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.collection import Collection
from collectors.errors import ConnectError, SilenceError
from collectors.link import DecodedReading, Refused, Tally, Written
from collectors.memory import MemoryLink
from collectors.settings import CollectorSettings
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.clock import RealClock, VirtualClock
from telemetry.quality import GOOD, Reason, bad
from tests.collectors.intakes import MemoryIntake
from tests.collectors.making import meters, pressure_points, registers, station, wide_points
from tests.collectors.scripted_modbus import counted, scripted_server, silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from collectors.health import DeviceStatus
    from collectors.link import Link, Reading, WriteOutcome

    Eventually = Callable[..., Awaitable[object]]

AT_ONCE = CollectorSettings(slot_s=0, spread_s=0)


class Town:
    """Two stations in memory: ``lvyou`` carries points 0 and 1, ``longao`` point 2."""

    def __init__(self, intake: MemoryIntake | None = None) -> None:
        self.clock = VirtualClock()
        self.points = pressure_points(3)
        first = registers("holding:0", "holding:1")
        second = (type(first[0])(2, "p2", first[0].address, writable=True),)
        self.lvyou = MemoryLink(first, self.points, self.clock, "lvyou")
        self.longao = MemoryLink(second, self.points, self.clock, "longao")
        for link, point, value in (
            (self.lvyou, 0, 0.3),
            (self.lvyou, 1, 0.4),
            (self.longao, 2, 0.5),
        ):
            link.show(point, value)
        self.intake = intake or MemoryIntake()
        self.accounting = Accounting()
        self.collection = Collection(
            [station(1, first, name="lvyou"), station(1, second, name="longao")],
            self.points,
            self.intake,
            self.clock,
            self.accounting,
            settings=AT_ONCE,
            links={"lvyou": self.lvyou, "longao": self.longao},
        )

    def status(self, name: str) -> DeviceStatus:
        return next(s for s in self.collection.status() if s.name == name)

    def nothing_is_missing(self) -> bool:
        return all(figures.missing == 0 for figures in self.accounting.figures().values())


@asynccontextmanager
async def running(collection: Collection) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(collection.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_due_slot_yields_a_sample_of_every_point() -> None:
    town = Town()
    async with running(town.collection):
        await town.clock.advance(4.5)
    for point, value in ((0, 0.3), (1, 0.4), (2, 0.5)):
        samples = list(town.intake.of(point))
        assert [time for time, _, _ in samples] == [
            VirtualClock().now() + slot * 10**9 for slot in range(5)
        ]
        assert {(v, q) for _, v, q in samples} == {(value, GOOD)}


async def test_devices_read_in_one_slot_enter_as_one_batch() -> None:
    town = Town()
    async with running(town.collection):
        await town.clock.advance(0)
    assert [(origin, len(batch)) for origin, batch in town.intake.batches] == [("poll", 3)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(ConnectError("cut"), Reason.COMM), (SilenceError("silent"), Reason.TIMEOUT)],
    ids=["comm", "timeout"],
)
async def test_a_device_that_is_down_yields_bad_samples_at_each_slot_never_silence_M2(
    fault: ConnectError | SilenceError, reason: Reason
) -> None:
    town = Town()
    async with running(town.collection):
        await town.clock.advance(1.5)
        town.lvyou.fail(fault)
        await town.clock.advance(30)
        assert town.status("lvyou").problem == str(fault)
        assert not town.status("lvyou").connected
        town.lvyou.fail(None)
        await town.clock.advance(40)
        assert town.status("lvyou").problem is None
        assert town.status("lvyou").connected
    samples = list(town.intake.of(0))
    assert [time for time, _, _ in samples] == sorted({time for time, _, _ in samples})
    assert len(samples) == 72
    down = [q for _, _, q in samples if q != GOOD]
    assert set(down) == {bad(reason)}
    assert 30 <= len(down) <= 60
    assert samples[-1][2] == GOOD
    assert {q for _, _, q in town.intake.of(2)} == {GOOD}


async def test_a_device_of_which_nothing_comes_says_why_M2() -> None:
    town = Town()
    async with running(town.collection):
        await town.clock.advance(1.5)
        town.longao.show(2, float("nan"), bad(Reason.TIMEOUT))
        await town.clock.advance(2)
        assert town.status("longao").problem == "no value came: timeout"
        assert not town.status("longao").connected
        town.longao.show(2, 0.5)
        await town.clock.advance(2)
        assert town.status("longao").problem is None


async def test_attempts_to_connect_to_a_dead_device_grow_rare() -> None:
    town = Town()
    attempts = 0

    class Counted(MemoryLink):
        async def connect(self) -> None:
            nonlocal attempts
            attempts += 1
            raise ConnectError("dead")

    channels = registers("holding:0")
    link = Counted(channels, town.points, town.clock)
    collection = Collection(
        [station(1, channels)],
        town.points,
        town.intake,
        town.clock,
        Accounting(),
        settings=AT_ONCE,
        links={"lvyou": link},
    )
    async with running(collection):
        await town.clock.advance(600)
    assert town.intake.samples == 601
    assert 20 <= attempts <= 60


class Held(MemoryLink):
    """Answers only when let go."""

    gate: asyncio.Event

    async def read(self) -> DecodedReading:
        await self.gate.wait()
        return await super().read()


async def test_slots_missed_by_a_slow_device_are_skipped_and_counted() -> None:
    town = Town()
    channels = registers("holding:0")
    link = Held(channels, town.points, town.clock)
    link.gate = asyncio.Event()
    collection = Collection(
        [station(1, channels)],
        town.points,
        town.intake,
        town.clock,
        Accounting(),
        settings=AT_ONCE,
        links={"lvyou": link},
    )
    async with running(collection):
        await town.clock.advance(3.5)
        link.gate.set()
        await town.clock.advance(3.0)
        status = collection.status()[0]
    assert status.reads + status.skipped == 7
    assert status.skipped == 2
    assert town.intake.samples == status.reads


async def test_status_tells_age_reads_and_errors_by_reason() -> None:
    town = Town()
    async with running(town.collection):
        await town.clock.advance(2.0)
        town.lvyou.show(1, float("nan"))
        town.longao.fail(ConnectError("cut"))
        await town.clock.advance(2.5)
        lvyou, longao = town.status("lvyou"), town.status("longao")
    assert (lvyou.points, lvyou.reads, lvyou.errors) == (2, 5, {"nan": 2})
    assert lvyou.age_s == pytest.approx(0.5)
    assert (longao.points, longao.errors) == (1, {"comm": 2})
    assert longao.age_s == pytest.approx(2.5)
    assert longao.last_success_ns == VirtualClock().now() + 2 * 10**9


def test_before_the_first_reading_nothing_is_claimed() -> None:
    status = Town().status("lvyou")
    assert (status.connected, status.last_success_ns, status.age_s, status.reads) == (
        False,
        None,
        None,
        0,
    )


async def test_samples_are_accounted_for_on_each_devices_path() -> None:
    town = Town()
    async with running(town.collection):
        await town.clock.advance(3.5)
        figures = town.accounting.figures()
        assert (figures["modbus:lvyou"].received, figures["modbus:lvyou"].stored) == (8, 8)
        assert (figures["modbus:longao"].received, figures["modbus:longao"].stored) == (4, 4)
        town.intake.broken = True
        await town.clock.advance(2)
        figures = town.accounting.figures()
        assert figures["modbus:lvyou"].dropped == {"intake": 4}
        assert town.nothing_is_missing()


async def test_a_slow_intake_makes_devices_wait_and_their_samples_count_as_buffered() -> None:
    class Slow(MemoryIntake):
        gate = asyncio.Event()

        async def accept(self, origin: str, batch: Batch) -> int:
            await self.gate.wait()
            return await super().accept(origin, batch)

    town = Town(Slow())
    async with running(town.collection):
        await town.clock.advance(5.5)
        figures = town.accounting.figures()
        assert figures["modbus:lvyou"].buffered == 4
        assert town.nothing_is_missing()
        Slow.gate.set()
        await town.clock.advance(0.2)
        assert town.accounting.figures()["modbus:lvyou"].buffered == 0
        assert town.nothing_is_missing()


async def test_what_has_been_read_at_the_end_still_reaches_the_intake() -> None:
    town = Town()
    channels = registers("holding:0")
    link = MemoryLink(channels, town.points, town.clock)
    link.show(0, 0.3)
    collection = Collection(
        [station(1, channels)],
        town.points,
        town.intake,
        town.clock,
        Accounting(),
        settings=CollectorSettings(slot_s=1, spread_s=0),
        links={"lvyou": link},
    )
    async with running(collection):
        await town.clock.advance(0)
        assert town.intake.samples == 0
    assert town.intake.samples == 1


async def test_a_write_goes_to_the_device_that_carries_the_point() -> None:
    town = Town()
    async with running(town.collection):
        await town.clock.advance(0)
        assert await town.collection.write(2, 0.6) == Written(0.6)
        await town.clock.advance(1)
    assert [value for _, value, _ in town.intake.of(2)] == [0.5, 0.6]


async def test_a_point_that_no_device_carries_cannot_be_written() -> None:
    clock = VirtualClock()
    collection = Collection([], pressure_points(1), MemoryIntake(), clock, Accounting())
    assert isinstance(await collection.write(0, 0.3), Refused)


async def test_a_mistake_of_ours_stops_the_collection_loudly() -> None:
    class Wrong(MemoryLink):
        async def read(self) -> DecodedReading:
            raise ZeroDivisionError

    town = Town()
    channels = registers("holding:0")
    collection = Collection(
        [station(1, channels)],
        town.points,
        town.intake,
        town.clock,
        Accounting(),
        settings=AT_ONCE,
        links={"lvyou": Wrong(channels, town.points, town.clock)},
    )
    with pytest.raises(ExceptionGroup) as failure:
        await collection.run()
    assert failure.group_contains(ZeroDivisionError)


async def test_dead_devices_slow_no_other_M12(eventually: Eventually) -> None:
    """Twenty stations, two of them silent: the others keep every slot."""
    intake, accounting = MemoryIntake(), Accounting()
    async with AsyncExitStack() as stack:
        devices = []
        for number in range(20):
            channel = registers("holding:7")[0]
            channels = (type(channel)(number, "p", channel.address),)
            script = silent if number in (3, 11) else counted
            server = await stack.enter_async_context(scripted_server(script))
            name = f"s{number}"
            devices.append(station(server.port, channels, name=name, poll_s=0.1, timeout_s=0.5))
        settings = CollectorSettings(spread_s=0.1)
        collection = Collection(
            devices, wide_points(20), intake, RealClock(), accounting, settings=settings
        )
        await stack.enter_async_context(running(collection))
        await eventually(lambda: collection.status()[0].reads >= 15, "15 polls are done")
        status = collection.status()
    for number, device in enumerate(status):
        if number in (3, 11):
            assert device.errors
            assert not device.connected
        else:
            assert device.errors == {}
            # Waiting for a dead one would cost five slots for each that is kept.
            assert device.skipped < device.reads
    assert all(figures.missing == 0 for figures in accounting.figures().values())


# Sources that speak by themselves


class Spoken:
    """A link whose readings are put into it by the test."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[DecodedReading] = asyncio.Queue()
        self.acknowledged: list[str] = []
        self.given_back: list[str] = []
        self.connections = 0
        self._closed = asyncio.Event()

    def say(self, name: str, *values: float, rejected: int = 0, duplicates: int = 0) -> None:
        tally = Tally(
            rejected={"malformed": rejected} if rejected else {},
            dropped={"duplicate": duplicates} if duplicates else {},
        )
        batch = Batch.of(np.zeros(len(values), np.int32), VirtualClock().now(), list(values))
        self._said.put_nowait(
            DecodedReading(
                batch,
                tally,
                on_durable=lambda: self.acknowledged.append(name),
                on_lost=lambda: self.given_back.append(name),
            )
        )

    async def connect(self) -> None:
        self.connections += 1
        self._closed.clear()

    async def read(self) -> Reading:
        said = asyncio.ensure_future(self._said.get())
        closed = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({said, closed}, return_when=asyncio.FIRST_COMPLETED)
            if said.done():
                return said.result()
            raise ConnectError("closed")
        finally:
            said.cancel()
            closed.cancel()

    async def write(self, point: int, value: float) -> WriteOutcome:
        return Refused("meters only speak")

    async def close(self) -> None:
        self._closed.set()


class Listened:
    """A collection of one source of messages."""

    def __init__(self, intake: MemoryIntake) -> None:
        self.clock = VirtualClock()
        self.link = Spoken()
        self.intake = intake
        self.accounting = Accounting()
        links: dict[str, Link] = {"meters": self.link}
        self.collection = Collection(
            [meters(1)],
            wide_points(2),
            intake,
            self.clock,
            self.accounting,
            settings=AT_ONCE,
            links=links,
        )


async def settle(clock: VirtualClock) -> None:
    await clock.advance(0)


async def test_messages_are_acknowledged_only_when_durable_Q10() -> None:
    city = Listened(MemoryIntake(durable_at_once=False))
    async with running(city.collection):
        city.link.say("first", 1.0)
        city.link.say("second", 2.0)
        await settle(city.clock)
        assert [origin for origin, _ in city.intake.batches] == ["messages:meters"] * 2
        assert city.link.acknowledged == []
        city.intake.now_durable()
        await settle(city.clock)
        assert city.link.acknowledged == ["first", "second"]


async def test_a_repeated_message_is_acknowledged_only_when_its_original_is_durable_Q2() -> None:
    city = Listened(MemoryIntake(durable_at_once=False))
    async with running(city.collection):
        city.link.say("original", 1.0)
        city.link.say("duplicate", duplicates=1)
        await settle(city.clock)
        assert city.link.acknowledged == []
        city.intake.now_durable()
        await settle(city.clock)
        assert city.link.acknowledged == ["original", "duplicate"]
        figures = city.accounting.figures()["mqtt:meters"]
    assert (figures.received, figures.stored, figures.dropped) == (2, 1, {"duplicate": 1})


async def test_what_the_disk_refused_is_given_back_and_asked_for_again_Q10() -> None:
    city = Listened(MemoryIntake(durable_at_once=False))
    async with running(city.collection):
        city.link.say("lost", 1.0)
        await settle(city.clock)
        city.intake.refuse_once()
        await settle(city.clock)
        assert city.link.given_back == ["lost"]
        assert city.link.acknowledged == []
        await city.clock.advance(5)
        assert city.link.connections == 2


async def test_while_the_disk_refuses_connecting_again_grows_rare_S3() -> None:
    city = Listened(MemoryIntake(durable_at_once=False))
    async with running(city.collection):
        for number in range(60):
            city.link.say(f"message {number}", 1.0)
            await settle(city.clock)
            city.intake.refuse_once()
            await city.clock.advance(2)
        refused = city.link.connections
        assert refused < 15
        await city.clock.advance(120)
        city.link.say("the last that is refused", 1.0)
        await settle(city.clock)
        city.intake.now_durable()
        await city.clock.advance(120)
        city.link.say("kept", 1.0)
        await settle(city.clock)
        assert "kept" in city.link.acknowledged


async def test_an_intake_that_fails_drops_with_a_reason_and_the_source_sends_again() -> None:
    city = Listened(MemoryIntake())
    async with running(city.collection):
        city.intake.broken = True
        city.link.say("lost", 1.0, 2.0)
        await settle(city.clock)
        assert city.link.given_back == ["lost"]
        city.intake.broken = False
        await city.clock.advance(5)
        city.link.say("again", 1.0, 2.0)
        await settle(city.clock)
        assert city.link.acknowledged == ["again"]
        figures = city.accounting.figures()["mqtt:meters"]
    assert (figures.received, figures.stored, figures.dropped) == (4, 2, {"intake": 2})
    assert figures.missing == 0


async def test_rejected_messages_are_counted_and_acknowledged_so_that_they_do_not_return() -> None:
    city = Listened(MemoryIntake())
    async with running(city.collection):
        city.link.say("poison", rejected=3)
        await settle(city.clock)
        assert city.link.acknowledged == ["poison"]
        figures = city.accounting.figures()["mqtt:meters"]
        status = city.collection.status()[0]
    assert (figures.received, figures.rejected, figures.missing) == (3, {"malformed": 3}, 0)
    assert status.rejected == {"malformed": 3}
    assert status.connected
    assert status.last_success_ns is None
