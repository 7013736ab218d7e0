"""A running alarm engine with everything around it, on a virtual clock."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alarms.bank import RuleBank
from alarms.conditions import compile_rules
from alarms.desk import AlarmDesk
from alarms.engine import AlarmEngine, EnginePace, NoNotices, Notices
from alarms.journal import AlarmJournal, MemoryAlarmJournal
from records.alarm_rows import AlarmFilter, AlarmRow, AlarmTransition
from telemetry.bus import LocalBus, Overflow
from telemetry.clock import VirtualClock
from tests.alarms.town import POINTS, SITES, START_NS, reading, views

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from alarms.alarm import AlarmChange
    from alarms.settings import Rule
    from alarms.view import AlarmView
    from telemetry.batch import Batch


@dataclass(frozen=True)
class Entry:
    sequence: int
    batch: Batch


@dataclass
class MemoryBacklog:
    """The historian's journal, as far as the engine sees it."""

    entries: list[Entry] = field(default_factory=list)

    def add(self, batch: Batch) -> int:
        self.entries.append(Entry(len(self.entries) + 1, batch))
        return len(self.entries)

    def read(self, first: int, most_rows: int) -> Sequence[Entry]:
        assert most_rows > 0
        return [entry for entry in self.entries if entry.sequence >= first][:3]


async def until(condition: Callable[[], object], what: str, deadline_s: float = 20.0) -> None:
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"waited {deadline_s} s in vain until {what}"
        await asyncio.sleep(0.001)


@dataclass
class ControlRoom:
    """What lasts (journal, backlog, clock) and what a process has (engine, desk)."""

    rules: tuple[Rule, ...]
    journal: AlarmJournal = field(default_factory=MemoryAlarmJournal)
    backlog: MemoryBacklog = field(default_factory=MemoryBacklog)
    clock: VirtualClock = field(default_factory=VirtualClock)
    notices: Notices = field(default_factory=NoNotices)
    keep_s: float = 1_000_000.0
    capacity: int = 100
    early: list[Batch] = field(default_factory=list)
    seconds: float = 0.0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AlarmDesk]:
        """Run a process until the block ends; leaving it is a clean stop."""
        task = await self.start()
        try:
            yield self.desk
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def start(self) -> asyncio.Task[None]:
        self.bus: LocalBus[Batch] = LocalBus()
        self.changes: LocalBus[AlarmChange] = LocalBus()
        self.readings = self.bus.subscribe(
            "alarms", capacity=self.capacity, overflow=Overflow.LEAVE_GAP
        )
        for batch in self.early:
            await self.publish(batch)
        bank = RuleBank(compile_rules(self.rules, POINTS, SITES), START_NS)
        self.engine = AlarmEngine(
            bank=bank,
            journal=self.journal,
            readings=self.readings,
            backlog=self.backlog,
            changes=self.changes,
            notices=self.notices,
            clock=self.clock,
            pace=EnginePace(keep_s=self.keep_s),
        )
        self.desk = AlarmDesk(self.engine, self.journal, self.changes, views(*self.rules))
        self.shown = self.desk.changes("test")
        task = asyncio.create_task(self.engine.run())
        await until(lambda: self.engine.ready.is_set() or task.done(), "the engine is ready")
        return task

    async def publish(self, batch: Batch) -> None:
        """A batch reaches journal and bus."""
        await self.bus.publish("test", self.backlog.add(batch), batch)

    async def see(self, seconds: float, value: float, quality: int = 0, of: int = 0) -> None:
        """A sample is taken and dealt with."""
        await self.advance_to(seconds)
        await self.publish(reading(seconds, value, quality, of))
        await self.dealt_with()

    async def dealt_with(self) -> None:
        await until(lambda: self.readings.waiting == 0, "the readings are dealt with")

    async def advance_to(self, seconds: float) -> None:
        """Let city time pass, tick by tick; each tick's work ends before the next."""
        while self.seconds < seconds:
            step = min(1.0, seconds - self.seconds)
            self.seconds += step
            await self.clock.advance(step)
            await self.engine_is_idle()

    async def engine_is_idle(self) -> None:
        await until(
            lambda: self.engine.unwritten == 0 and not self.engine._turn.locked(),
            "the engine is idle",
        )

    async def alarms(self, state: AlarmFilter = AlarmFilter.ALL) -> list[AlarmView]:
        return list((await self.desk.list(state)).items)

    async def only(self) -> AlarmView:
        (alarm,) = await self.alarms()
        return alarm

    def history(self) -> list[tuple[str, str, str]]:
        """(point, event, level) of every transition, each alarm's in order."""
        return [
            (t.point, t.event.value, t.level)
            for row in self._rows()
            for t in self.journal.history(row.id)
        ]

    def transitions(self) -> list[AlarmTransition]:
        return [t for row in self._rows() for t in self.journal.history(row.id)]

    def _rows(self) -> Sequence[AlarmRow]:
        return sorted(
            self.journal.page(AlarmFilter.ALL, 100_000).rows,
            key=lambda row: (row.point, row.since_ns),
        )
