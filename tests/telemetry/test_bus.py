"""The bus: at least once, in order, redelivered when not acknowledged, never without a bound."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.bus import Gap, LocalBus, LocalSubscription, Overflow


async def published(bus: LocalBus[str], *sequences: int) -> None:
    for sequence in sequences:
        await bus.publish("site", sequence, f"m{sequence}")


async def drained(subscription: LocalSubscription[str]) -> list[tuple[int, Gap | None]]:
    """Receive and acknowledge whatever waits."""
    got = []
    while subscription._queue.ready:
        delivery = await subscription.receive()
        got.append((delivery.sequence, delivery.gap))
        delivery.acknowledge()
    return got


@pytest.fixture
def bus() -> LocalBus[str]:
    return LocalBus()


async def test_every_subscriber_gets_every_message_in_order(bus: LocalBus[str]) -> None:
    desk = bus.subscribe("desk", capacity=10, overflow=Overflow.DROP_OLDEST)
    engine = bus.subscribe("engine", capacity=10, overflow=Overflow.LEAVE_GAP)
    await published(bus, 1, 2, 3)
    assert await drained(desk) == await drained(engine) == [(1, None), (2, None), (3, None)]


async def test_a_waiting_reader_is_woken(bus: LocalBus[str]) -> None:
    desk = bus.subscribe("desk", capacity=1, overflow=Overflow.DROP_OLDEST)
    reader = asyncio.create_task(desk.receive())
    await asyncio.sleep(0)
    assert not reader.done()
    await published(bus, 7)
    delivery = await reader
    assert (delivery.sequence, delivery.message) == (7, "m7")


async def test_cancelling_a_reader_loses_nothing(bus: LocalBus[str]) -> None:
    desk = bus.subscribe("desk", capacity=5, overflow=Overflow.LEAVE_GAP)
    reader = asyncio.create_task(desk.receive())
    await asyncio.sleep(0)
    await published(bus, 1)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert await drained(desk) == [(1, None)]


async def test_a_slow_screen_loses_the_oldest_and_the_loss_is_counted(bus: LocalBus[str]) -> None:
    desk = bus.subscribe("desk", capacity=2, overflow=Overflow.DROP_OLDEST)
    await published(bus, 1, 2, 3, 4)
    assert desk.waiting == 2
    assert desk.lost == 2
    assert bus.lost() == {"desk": 2}
    assert await drained(desk) == [(3, None), (4, None)]


async def test_a_slow_engine_is_told_what_it_missed_in_one_gap(bus: LocalBus[str]) -> None:
    engine = bus.subscribe("engine", capacity=2, overflow=Overflow.LEAVE_GAP)
    await published(bus, 1, 2, 3, 4, 5)
    assert await drained(engine) == [(4, Gap(1, 3)), (5, None)]
    assert engine.lost == 3


async def test_a_gap_reaches_a_queue_of_one(bus: LocalBus[str]) -> None:
    engine = bus.subscribe("engine", capacity=1, overflow=Overflow.LEAVE_GAP)
    await published(bus, 1, 2, 3)
    assert await drained(engine) == [(3, Gap(1, 2))]
    await published(bus, 4)
    assert await drained(engine) == [(4, None)]


async def test_what_is_being_worked_on_counts_as_waiting(bus: LocalBus[str]) -> None:
    engine = bus.subscribe("engine", capacity=2, overflow=Overflow.LEAVE_GAP)
    await published(bus, 1)
    working = await engine.receive()
    await published(bus, 2, 3)
    assert engine.waiting == 2
    working.acknowledge()
    assert engine.waiting == 1
    assert await drained(engine) == [(3, Gap(2, 2))]


async def test_unacknowledged_messages_come_again_after_reopening(bus: LocalBus[str]) -> None:
    engine = bus.subscribe("engine", capacity=5, overflow=Overflow.LEAVE_GAP)
    await published(bus, 1, 2, 3)
    first, _ = await engine.receive(), await engine.receive()
    first.acknowledge()
    engine.close()
    await published(bus, 4)
    again = bus.subscribe("engine", capacity=5, overflow=Overflow.LEAVE_GAP)
    assert await drained(again) == [(2, None), (3, None), (4, None)]


async def test_acknowledging_a_message_acknowledges_all_before_it(bus: LocalBus[str]) -> None:
    engine = bus.subscribe("engine", capacity=5, overflow=Overflow.LEAVE_GAP)
    await published(bus, 1, 2, 3)
    await engine.receive()
    second = await engine.receive()
    await engine.receive()
    second.acknowledge()
    engine.close()
    again = bus.subscribe("engine", capacity=5, overflow=Overflow.LEAVE_GAP)
    assert await drained(again) == [(3, None)]


async def test_a_redelivered_message_that_overflows_joins_the_gap_behind_it(
    bus: LocalBus[str],
) -> None:
    engine = bus.subscribe("engine", capacity=2, overflow=Overflow.LEAVE_GAP)
    await published(bus, 1)
    await engine.receive()
    await published(bus, 2, 3)
    engine.close()
    again = bus.subscribe("engine", capacity=2, overflow=Overflow.LEAVE_GAP)
    await published(bus, 4)
    assert await drained(again) == [(3, Gap(1, 2)), (4, None)]


async def test_a_reader_that_never_acknowledges_does_not_eat_the_memory(bus: LocalBus[str]) -> None:
    engine = bus.subscribe("engine", capacity=3, overflow=Overflow.LEAVE_GAP)
    for sequence in range(1, 100):
        await published(bus, sequence)
        await engine.receive()
        assert engine.waiting <= 5
    engine.close()
    again = bus.subscribe("engine", capacity=9, overflow=Overflow.LEAVE_GAP)
    (first, gap), *rest = await drained(again)
    assert gap == Gap(1, first - 1)
    assert [sequence for sequence, _ in rest] == list(range(first + 1, 100))


async def test_a_smaller_capacity_holds_from_the_next_message_on(bus: LocalBus[str]) -> None:
    bus.subscribe("engine", capacity=5, overflow=Overflow.LEAVE_GAP).close()
    await published(bus, 1, 2, 3, 4, 5)
    again = bus.subscribe("engine", capacity=2, overflow=Overflow.LEAVE_GAP)
    await published(bus, 6)
    assert await drained(again) == [(5, Gap(1, 4)), (6, None)]


async def test_a_name_is_open_once(bus: LocalBus[str]) -> None:
    bus.subscribe("desk", capacity=1, overflow=Overflow.DROP_OLDEST)
    with pytest.raises(ValueError, match="'desk' is open already"):
        bus.subscribe("desk", capacity=1, overflow=Overflow.DROP_OLDEST)


async def test_a_queue_without_room_is_refused(bus: LocalBus[str]) -> None:
    with pytest.raises(ValueError, match="room for one message"):
        bus.subscribe("desk", capacity=0, overflow=Overflow.DROP_OLDEST)


@dataclass
class Reader:
    """What an engine knows that reads gaps from the journal and acknowledges now and then."""

    seen: set[int] = field(default_factory=set)
    last_acknowledged: int = 0

    def take(self, sequence: int, gap: Gap | None) -> None:
        if gap is not None:
            self.seen.update(range(gap.first, gap.last + 1))
        self.seen.add(sequence)


acts = st.lists(
    st.sampled_from(["publish", "publish", "receive", "receive", "acknowledge", "restart"]),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(acts=acts, capacity=st.integers(1, 5))
async def test_nothing_is_lost_without_a_gap_whatever_happens(
    acts: list[str], capacity: int
) -> None:
    bus: LocalBus[str] = LocalBus()
    engine = bus.subscribe("engine", capacity=capacity, overflow=Overflow.LEAVE_GAP)
    reader, newest, held, previous = Reader(), 0, None, 0
    for act in [*acts, "restart"]:
        if act == "publish":
            newest += 1
            await published(bus, newest)
        elif act == "receive" and engine._queue.ready:
            held = await engine.receive()
            assert held.sequence > previous
            previous = held.sequence
            reader.take(held.sequence, held.gap)
        elif act == "acknowledge" and held is not None:
            held.acknowledge()
            reader.last_acknowledged = max(reader.last_acknowledged, held.sequence)
        elif act == "restart":
            # The new process knows only what the old one acknowledged.
            reader.seen = {s for s in reader.seen if s <= reader.last_acknowledged}
            held, previous = None, 0
            engine.close()
            engine = bus.subscribe("engine", capacity=capacity, overflow=Overflow.LEAVE_GAP)
        assert engine.waiting <= 2 * capacity + 1
    for sequence, gap in await drained(engine):
        reader.take(sequence, gap)
    assert reader.seen == set(range(1, newest + 1))
