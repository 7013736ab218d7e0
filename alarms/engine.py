"""The loop around rules and life cycle: receive, evaluate, journal, show, announce.

Nothing is shown or sent before it stands in the journal. What could not be journalled waits, in
order, until it can; readings are acknowledged to the bus only after that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import structlog

from alarms.acknowledgement import Acknowledged, AcknowledgeRequest, Answer, NotFound, judge
from alarms.alarm import AlarmChange
from alarms.kept import write_state
from alarms.recovery import recover
from alarms.standing import Standing
from alarms.tracker import AlarmTracker
from records.errors import UnknownAlarmError
from telemetry.errors import AdapterError
from telemetry.supervision import Ticker, keep_running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alarms.bank import RuleBank
    from alarms.edges import Edges
    from alarms.journal import AlarmJournal, Backlog
    from telemetry.batch import Batch
    from telemetry.bus import Bus, Delivery, Subscription
    from telemetry.clock import Clock

_log = structlog.get_logger()

_AT_ONCE = 64
_ROWS_AT_ONCE = 50_000
_REQUESTS = 256
_PAUSED_TICKS = 10
"""Looks missed in a row after which the process itself was paused, not the stations silent."""
ORIGIN = "alarms"


class Notices(Protocol):
    """Where changes are handed to be announced outside."""

    def post(self, changes: Sequence[AlarmChange]) -> None:
        """Journal what must be sent; known messages are left as they are. Blocks."""
        ...

    def wake(self) -> None:
        """Say that something was posted."""
        ...


class NoNotices:
    """A city without channels."""

    def post(self, changes: Sequence[AlarmChange]) -> None:
        """Announce nothing."""

    def wake(self) -> None:
        """Wake nobody."""


@dataclass(frozen=True, slots=True)
class EnginePace:
    """How often the engine looks by itself, in seconds of its clock.

    Attributes:
        tick_s: between looks at overdue delays and silence.
        keep_s: between savings of its state.
    """

    tick_s: float = 1.0
    keep_s: float = 10.0


class AlarmEngine:
    """Turns readings into alarms.

    Args:
        bank: the compiled rules.
        journal: where transitions are written.
        readings: a subscription that leaves gaps; opened before the engine runs.
        backlog: the historian's journal, to fill gaps.
        changes: where changes are published once they are journalled.
        notices: where they are handed to be announced.
        clock: city time.
        pace: how often it looks by itself.
    """

    def __init__(
        self,
        *,
        bank: RuleBank,
        journal: AlarmJournal,
        readings: Subscription[Batch],
        backlog: Backlog,
        changes: Bus[AlarmChange],
        notices: Notices,
        clock: Clock,
        pace: EnginePace = EnginePace(),
    ) -> None:
        self.bank = bank
        self.standing = Standing()
        self.ready = asyncio.Event()
        self._journal = journal
        self._readings = readings
        self._backlog = backlog
        self._changes = changes
        self._notices = notices
        self._clock = clock
        self._pace = pace
        self._tracker = AlarmTracker(bank.conditions)
        self._sequence = -1
        self._replayed = -1
        self._published = 0
        self._heard: deque[Delivery[Batch]] = deque()
        self._dealt_with: Delivery[Batch] | None = None
        self._taken = 0  # deliveries that are not acknowledged
        self._turn = asyncio.Lock()
        self._unwritten: list[AlarmChange] = []
        self._unposted: list[AlarmChange] = []
        self._problem: str | None = None
        self._requests: asyncio.Queue[tuple[AcknowledgeRequest, asyncio.Future[Answer]]] = (
            asyncio.Queue(_REQUESTS)
        )

    @property
    def unwritten(self) -> int:
        """Changes that wait for the journal."""
        return len(self._unwritten)

    @property
    def problem(self) -> str | None:
        """Why changes cannot be journalled, so that nobody is told of them; None if they can."""
        return self._problem

    async def run(self) -> None:
        """Recover, then work until cancelled."""
        await keep_running("alarm journal", self._recover, self._clock)
        self.ready.set()
        try:
            async with asyncio.TaskGroup() as group:
                for what, loop in (
                    ("alarm engine", self._listen),
                    ("alarm ticks", self._watch),
                    ("acknowledgements", self._answer),
                    ("alarm state", self._keep),
                ):
                    group.create_task(keep_running(what, loop, self._clock))
        finally:
            self._keep_last()

    async def acknowledge(self, request: AcknowledgeRequest) -> Answer:
        """Acknowledge an alarm; returns once that is journalled.

        Raises:
            AdapterError: the journal failed; the alarm is as it was.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        await self._requests.put((request, answer))
        return await answer

    async def _recover(self, well: Callable[[], None]) -> None:
        found = await asyncio.to_thread(recover, self.bank, self._journal)
        well()
        self._tracker = found.tracker
        self.standing = Standing(found.tracker.open, found.tracker.lost)
        self._unposted = list(found.unsure)
        now_ns = self._clock.now()
        self._unwritten = [*found.tracker.retire(now_ns), *found.tracker.ring_faults(now_ns)]
        if found.sequence is not None:
            self._sequence = found.sequence
            # Stays at -1 where nothing was read, as after the historian began anew at number 1.
            self._replayed = await self._read_backlog(found.sequence + 1, None)

    async def _listen(self, well: Callable[[], None]) -> None:
        while True:
            await self._hear()
            async with self._turn:
                while self._heard:
                    await self._deal_with(self._heard[0])
                    self._dealt_with = self._heard.popleft()
                await self._flush()
            if self._dealt_with is not None:
                self._dealt_with.acknowledge()
                self._dealt_with, self._taken = None, 0
            well()

    async def _hear(self) -> None:
        """Take what has come: at least one batch, and those that wait behind it."""
        # After an outage there is something to finish before anything new.
        if self._taken == 0:
            await self._take_delivery()
        while self._taken < min(self._readings.waiting, _AT_ONCE):
            await self._take_delivery()

    async def _take_delivery(self) -> None:
        self._heard.append(await self._readings.receive())
        self._taken += 1

    async def _deal_with(self, delivery: Delivery[Batch]) -> None:
        if delivery.gap is not None:
            await self._read_backlog(delivery.gap.first, delivery.gap.last)
        if delivery.sequence > self._replayed:
            self._evaluate(delivery.sequence, delivery.message)

    async def _read_backlog(self, first: int, last: int | None) -> int:
        """Evaluate journalled batches ``first`` to ``last``, None: to the end.

        Returns:
            The number of the last one there was, or -1.
        """
        reached = -1
        while entries := await asyncio.to_thread(self._backlog.read, first, _ROWS_AT_ONCE):
            for entry in entries:
                if last is not None and entry.sequence > last:
                    return reached
                self._evaluate(entry.sequence, entry.batch)
                reached = entry.sequence
            first = reached + 1
        return reached

    def _evaluate(self, sequence: int, batch: Batch) -> None:
        self._sequence = sequence
        self._take(self.bank.evaluate(batch, self._clock.now()))

    def _take(self, edges: Edges) -> None:
        if len(edges):
            self._unwritten += self._tracker.take(edges)

    async def _watch(self, well: Callable[[], None]) -> None:
        ticker = Ticker(self._clock, self._pace.tick_s)
        while True:
            tick = await ticker.tick()
            async with self._turn:
                if tick.skipped >= _PAUSED_TICKS:
                    self.bank.was_away(self._clock.now())
                self._look(self._clock.now())
                await self._flush()
            well()

    def _look(self, now_ns: int) -> None:
        """Notice what happens when nothing comes."""
        self._take(self.bank.tick(now_ns))
        shown = self._tracker.shown_conditions()
        conditions = np.array([condition for _, condition in shown], dtype=np.int64)
        lost = self.bank.lost(conditions, now_ns)
        self._unwritten += self._tracker.mark_lost(shown, lost, now_ns)

    async def _answer(self, well: Callable[[], None]) -> None:
        while True:
            request, answer = await self._requests.get()
            try:
                result = await self._acknowledge(request)
            except AdapterError as error:
                _give(answer, error)
                raise
            _give(answer, result)
            well()

    async def _acknowledge(self, request: AcknowledgeRequest) -> Answer:
        async with self._turn:
            await self._flush()
            try:
                row = await asyncio.to_thread(self._journal.get, request.alarm_id)
            except UnknownAlarmError:
                return NotFound()
            judged = judge(request, row, self._clock.now())
            if not isinstance(judged, AlarmChange):
                return judged
            await asyncio.to_thread(self._journal.append, [judged.transition])
            self._tracker.adopt(judged)
            self._unposted.append(judged)
            await self._flush()
            return Acknowledged(judged.after)

    async def _settle(self) -> None:
        async with self._turn:
            await self._flush()

    async def _flush(self) -> None:
        """Journal, announce and show all that has happened; the caller holds the turn."""
        while self._unwritten:
            some = list(self._unwritten)
            try:
                await asyncio.to_thread(self._journal.append, [c.transition for c in some])
            except AdapterError as error:
                self._problem = str(error)
                raise
            self._problem = None
            del self._unwritten[: len(some)]
            self._unposted += some
        while self._unposted:
            some = list(self._unposted)
            await asyncio.to_thread(self._notices.post, some)
            del self._unposted[: len(some)]
            self._notices.wake()
            await self._show(some)

    async def _show(self, changes: Sequence[AlarmChange]) -> None:
        self.standing.take(changes)
        for change in changes:
            self._published += 1
            await self._changes.publish(ORIGIN, self._published, change)

    async def _keep(self, well: Callable[[], None]) -> None:
        ticker = Ticker(self._clock, self._pace.keep_s)
        while True:
            await ticker.tick()
            async with self._turn:
                await self._flush()
                body = self._state()
            await asyncio.to_thread(self._journal.save_state, body)
            well()

    def _state(self) -> bytes:
        return write_state(
            self.bank,
            self._tracker.open,
            self._tracker.lost,
            self._sequence,
            self._clock.now(),
        )

    def _keep_last(self) -> None:
        # A state that is ahead of the journal would lose what was not journalled.
        if self._unwritten or self._unposted or self._turn.locked():
            return
        try:
            self._journal.save_state(self._state())
        except AdapterError as error:
            _log.warning("alarm state not kept", reason=str(error))


def _give(answer: asyncio.Future[Answer], result: Answer | AdapterError) -> None:
    """Answer, unless whoever asked has gone."""
    if answer.done():
        return
    if isinstance(result, AdapterError):
        answer.set_exception(result)
    else:
        answer.set_result(result)
