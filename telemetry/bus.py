"""How messages get from one room of the house to the others.

The promises, the same in one process and over a broker: at least once, in order per origin,
redelivered when not acknowledged. A publisher never waits for a subscriber: each subscription
has a bounded queue of its own and says what happens when it is full.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Overflow(Enum):
    """What a full queue does with the next message."""

    DROP_OLDEST = auto()  # screens: the newest matters, the loss is counted
    LEAVE_GAP = auto()  # engines: the loss is announced, the reader catches up from the journal


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages ``first`` to ``last`` (inclusive) were not delivered; read them in the journal."""

    first: int
    last: int


@dataclass(slots=True, eq=False)
class Delivery(Generic[T]):
    """One message handed to one subscriber.

    Attributes:
        sequence: the message's number in the journal (or on the bus).
        message: what was published.
        gap: what was lost just before it, for subscriptions with ``LEAVE_GAP``.
    """

    sequence: int
    message: T
    gap: Gap | None
    _acknowledge: Callable[[int], None]

    def acknowledge(self) -> None:
        """Say that the message and everything before it has been dealt with."""
        self._acknowledge(self.sequence)


class Subscription(Protocol[T]):
    """One subscriber's end of the bus."""

    @property
    def waiting(self) -> int:
        """Messages in the queue, unacknowledged ones included."""
        ...

    async def receive(self) -> Delivery[T]:
        """The next message, waiting for it. Cancelling loses nothing."""
        ...

    def close(self) -> None:
        """Stop receiving; a later subscription of the same name gets what was unacknowledged."""
        ...


class Bus(Protocol[T]):
    """Publish and subscribe."""

    async def publish(self, origin: str, sequence: int, message: T) -> None:
        """Hand ``message`` to every subscription; messages of one origin stay in order."""
        ...

    def subscribe(self, name: str, *, capacity: int, overflow: Overflow) -> Subscription[T]:
        """Open (or reopen) the subscription called ``name``.

        Args:
            name: stands for the reader across restarts.
            capacity: messages that may wait, >= 1.
            overflow: what happens beyond that.
        """
        ...


@dataclass(slots=True, eq=False)
class _Queue(Generic[T]):
    """The waiting messages of one named subscriber."""

    capacity: int
    overflow: Overflow
    open: bool = True
    ready: deque[tuple[int, T, Gap | None]] = field(default_factory=deque)
    unacknowledged: deque[tuple[int, T, Gap | None]] = field(default_factory=deque)
    gap: Gap | None = None
    lost: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, sequence: int, message: T) -> None:
        while self.ready and len(self.ready) + len(self.unacknowledged) >= self.capacity:
            self._lose_one()
        while len(self.unacknowledged) > self.capacity:
            self._give_up_one()
        gap, self.gap = self.gap, None
        self.ready.append((sequence, message, gap))
        self.wake.set()

    def _lose_one(self) -> None:
        sequence, _, earlier = self.ready.popleft()
        self.lost += 1
        if self.overflow is Overflow.DROP_OLDEST:
            return
        self._announce(self.ready, Gap(earlier.first if earlier else sequence, sequence))

    def _give_up_one(self) -> None:
        """Stop keeping the oldest message of a reader that receives but never acknowledges."""
        sequence, _, earlier = self.unacknowledged.popleft()
        if self.overflow is Overflow.LEAVE_GAP:
            gap = Gap(earlier.first if earlier else sequence, sequence)
            self._announce(self.unacknowledged, gap)

    def _announce(self, entries: deque[tuple[int, T, Gap | None]], lost: Gap) -> None:
        if entries:
            following, message, gap = entries.popleft()
            joined = Gap(lost.first, max(lost.last, gap.last if gap else 0))
            entries.appendleft((following, message, joined))
        else:
            self.gap = lost

    def acknowledge(self, sequence: int) -> None:
        while self.unacknowledged and self.unacknowledged[0][0] <= sequence:
            self.unacknowledged.popleft()

    def redeliver(self) -> None:
        self.ready.extendleft(reversed(self.unacknowledged))
        self.unacknowledged.clear()
        if self.ready:
            self.wake.set()


class LocalSubscription(Generic[T]):
    """A subscription within one process."""

    def __init__(self, queue: _Queue[T]) -> None:
        self._queue = queue

    @property
    def waiting(self) -> int:
        """Messages in the queue, unacknowledged ones included."""
        return len(self._queue.ready) + len(self._queue.unacknowledged)

    @property
    def lost(self) -> int:
        """Messages that the overflow policy took away since the start."""
        return self._queue.lost

    async def receive(self) -> Delivery[T]:
        """The next message, waiting for it."""
        queue = self._queue
        while not queue.ready:
            queue.wake.clear()
            await queue.wake.wait()
        entry = queue.ready.popleft()
        queue.unacknowledged.append(entry)
        sequence, message, gap = entry
        return Delivery(sequence, message, gap, queue.acknowledge)

    def close(self) -> None:
        """Stop receiving."""
        self._queue.open = False


class LocalBus(Generic[T]):
    """The bus within one process."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue[T]] = {}

    async def publish(self, origin: str, sequence: int, message: T) -> None:
        """Hand ``message`` to every subscription; one process keeps all origins in order."""
        for queue in self._queues.values():
            queue.put(sequence, message)

    def subscribe(self, name: str, *, capacity: int, overflow: Overflow) -> LocalSubscription[T]:
        """Open the subscription called ``name``, or take it over with what it left behind.

        Raises:
            ValueError: a subscription of that name is open, or the capacity is below 1.
        """
        if capacity < 1:
            raise ValueError(f"a subscription needs room for one message, got {capacity}")
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue(capacity, overflow)
        elif queue.open:
            raise ValueError(f"the subscription {name!r} is open already")
        else:
            queue.open, queue.capacity, queue.overflow = True, capacity, overflow
            queue.redeliver()
        return LocalSubscription(queue)

    def lost(self) -> dict[str, int]:
        """Messages lost to overflow, by subscription."""
        return {name: queue.lost for name, queue in self._queues.items()}
