"""The loops that empty the outbox: one a channel, so that none waits for another.

A message is journalled before it is sent and settled afterwards. A crash in between sends it
again under the same id: at least once, never zero. A channel that fails pauses as a whole, so
that a receiver never learns of an end before the beginning.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

import structlog

from alarms.notify.alerts import alerts
from alarms.notify.messages import Parcel, next_parcel, write_message
from alarms.notify.notifier import Delivered, Never, Receipt, Retry
from alarms.settings import Priority
from records.outbox import Outcome
from telemetry.clock import SECOND
from telemetry.supervision import Backoff, Outage, keep_running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alarms.alarm import AlarmChange
    from alarms.notify.notifier import Notifier
    from alarms.view import AlarmViews
    from records.outbox import OutboxMessage
    from telemetry.clock import Clock

_log = structlog.get_logger()

_LOOK_AT = 400


class MessageJournal(Protocol):
    """What is needed of :class:`records.outbox.Outbox`; every method blocks."""

    def put(self, messages: Sequence[OutboxMessage]) -> int:
        """Journal messages; known ones are left as they are."""
        ...

    def due(self, channel: str, now_ns: int, limit: int) -> list[OutboxMessage]:
        """Messages to be tried now, oldest first."""
        ...

    def next_attempt_ns(self, channel: str) -> int | None:
        """When the next message becomes due, or None while nothing waits."""
        ...

    def settle(
        self,
        id: str,
        channel: str,
        outcome: Outcome,
        next_attempt_ns: int = 0,
        reason: str = "",
    ) -> None:
        """Note how an attempt ended."""
        ...

    def waiting(self, channel: str) -> int:
        """Messages that are neither delivered nor given up."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """A notifier and how it is served.

    Attributes:
        name: unique among the channels.
        notifier: sends.
        least_priority: alarms of lower priority are not sent.
        first_retry_s, most_retry_s: pauses after failures, growing.
        give_up_s: a message that has failed is not tried any more when it is older than this.
    """

    name: str
    notifier: Notifier
    least_priority: Priority = Priority.LOW
    first_retry_s: float = 1.0
    most_retry_s: float = 300.0
    give_up_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """How a channel stands.

    Attributes:
        waiting: messages not yet delivered.
        delivered, refused: messages since the start.
        failures: failed attempts in a row; 0 while all is well.
        failing_since_ns, reason: since when and why, while it fails; else None.
    """

    name: str
    waiting: int
    delivered: int
    refused: int
    failures: int
    failing_since_ns: int | None
    reason: str | None


@dataclass(slots=True, eq=False)
class _Desk:
    """A channel at work."""

    channel: Channel
    pauses: Backoff
    outage: Outage
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    delivered: int = 0
    refused: int = 0
    failing_since_ns: int | None = None

    @classmethod
    def of(cls, channel: Channel) -> _Desk:
        pauses = Backoff(channel.first_retry_s, channel.most_retry_s)
        return cls(channel, pauses, Outage(f"notification channel {channel.name}"))

    def status(self, waiting: int) -> ChannelStatus:
        return ChannelStatus(
            self.channel.name,
            waiting,
            self.delivered,
            self.refused,
            self.pauses.failures,
            self.failing_since_ns,
            self.outage.reason,
        )


class Outbox:
    """Announces changes of alarms over all channels.

    Args:
        messages: where they are journalled.
        channels: where they go.
        views: dresses alarms.
        clock: paces retries; real time, because receivers do not live in city time.
    """

    def __init__(
        self,
        messages: MessageJournal,
        channels: Sequence[Channel],
        views: AlarmViews,
        clock: Clock,
    ) -> None:
        self._messages = messages
        self._desks = [_Desk.of(channel) for channel in channels]
        self._views = views
        self._clock = clock

    def post(self, changes: Sequence[AlarmChange]) -> None:
        """Journal what must be sent; known messages are left as they are. Blocks."""
        now_ns = self._clock.now()
        found = [
            write_message(alert, desk.channel.name, now_ns)
            for change in changes
            for desk in self._desks
            for alert in alerts(change, self._views, desk.channel.least_priority)
        ]
        if found:
            self._messages.put(found)

    def wake(self) -> None:
        """Look at the outbox now."""
        for desk in self._desks:
            desk.wake.set()

    async def run(self) -> None:
        """Serve every channel until cancelled."""
        async with asyncio.TaskGroup() as group:
            for desk in self._desks:
                what = f"outbox of channel {desk.channel.name}"
                group.create_task(keep_running(what, partial(self._serve, desk), self._clock))

    async def status(self) -> list[ChannelStatus]:
        """How every channel stands."""
        return [
            desk.status(await asyncio.to_thread(self._messages.waiting, desk.channel.name))
            for desk in self._desks
        ]

    async def _serve(self, desk: _Desk, well: Callable[[], None]) -> None:
        name = desk.channel.name
        while True:
            desk.wake.clear()
            now_ns = self._clock.now()
            due = await asyncio.to_thread(self._messages.due, name, now_ns, _LOOK_AT)
            well()
            if not due:
                await self._rest(desk, now_ns)
                continue
            parcel = next_parcel(due)
            receipt = await desk.channel.notifier.send(parcel.notification)
            await self._settle(desk, parcel, receipt)

    async def _rest(self, desk: _Desk, now_ns: int) -> None:
        """Wait for something to be due."""
        next_ns = await asyncio.to_thread(self._messages.next_attempt_ns, desk.channel.name)
        if next_ns is None:
            await desk.wake.wait()
        else:
            pause_s = max(0.0, (next_ns - now_ns) / SECOND)
            await self._clock.sleep_until(self._clock.monotonic() + pause_s)

    async def _settle(self, desk: _Desk, parcel: Parcel, receipt: Receipt) -> None:
        match receipt:
            case Delivered():
                await self._note(desk, parcel.messages, Outcome.DELIVERED)
                desk.delivered += len(parcel.messages)
                self._recovered(desk)
            case Never(reason):
                self._failed(desk, reason)
                await self._refused(desk, parcel.messages, reason)
            case Retry(reason, after_s):
                await self._retry(desk, parcel, reason, after_s)

    def _recovered(self, desk: _Desk) -> None:
        desk.pauses.succeeded()
        desk.outage.ends()
        desk.failing_since_ns = None

    def _failed(self, desk: _Desk, reason: str) -> float:
        desk.outage.begins(reason)
        if desk.failing_since_ns is None:
            desk.failing_since_ns = self._clock.now()
        return desk.pauses.failed()

    async def _refused(self, desk: _Desk, messages: Sequence[OutboxMessage], reason: str) -> None:
        await self._note(desk, messages, Outcome.NEVER, reason)
        desk.refused += len(messages)
        _log.warning(
            "notifications given up", channel=desk.channel.name, n=len(messages), reason=reason
        )

    async def _retry(self, desk: _Desk, parcel: Parcel, reason: str, after_s: float | None) -> None:
        pause_s = self._failed(desk, reason)
        if after_s is not None:
            pause_s = min(max(pause_s, after_s), desk.channel.most_retry_s)
        oldest_ns = self._clock.now() - round(desk.channel.give_up_s * SECOND)
        old = [m for m in parcel.messages if m.created_ns < oldest_ns]
        if old:
            await self._refused(desk, old, f"tried in vain for too long: {reason}")
        kept = [m for m in parcel.messages if m.created_ns >= oldest_ns]
        # Due at once: the pause is the channel's, so that the order of messages stays.
        await self._note(desk, kept, Outcome.RETRY, reason)
        await self._clock.sleep_until(self._clock.monotonic() + pause_s)

    async def _note(
        self, desk: _Desk, messages: Sequence[OutboxMessage], outcome: Outcome, reason: str = ""
    ) -> None:
        def settle() -> None:
            for message in messages:
                self._messages.settle(
                    message.id, desk.channel.name, outcome, message.created_ns, reason
                )

        await asyncio.to_thread(settle)
