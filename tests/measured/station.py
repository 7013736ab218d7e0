"""A running service whose only devices show what a file says."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alarms.settings import AlarmSettings, Basis, Level, LimitRule, Priority, Select
from collectors.settings import CollectorSettings, MqttSettings
from config.city import City
from console.settings import ConsoleSettings
from historian.queries import RangeQuery
from historian.settings import HistorianSettings
from records.alarm_rows import AlarmEvent, AlarmFilter
from service.compose import Service, compose, jobs
from service.stopping import run_jobs
from simulators.endpoints import Ports
from simulators.faces.serve import Faces, serve_faces
from simulators.instruments import Instruments
from simulators.settings import SimulationSettings
from telemetry.clock import SECOND, VirtualClock
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from historian.queries import Series
    from telemetry.devices import Device
    from telemetry.points import PointTable
    from tests.measured.recorded import RecordedCity

DAY_S = 86_400.0
Change = tuple[int, str, float | None]
"""Time, event and value of an alarm's transition."""


@dataclass(eq=False)
class Station:
    """The service, what its devices show, and the clock of both."""

    service: Service
    recorded: RecordedCity
    instruments: Instruments
    faces: Faces
    clock: VirtualClock
    _start_ns: int

    async def next_row(self) -> None:
        """Show the next row, and let the time pass until its instant."""
        seconds = self.recorded.step_s
        self.recorded.step()
        now_ns = self.recorded.now_ns
        self.instruments.observe((now_ns - self._start_ns) / SECOND, now_ns)
        # The time between two rows passes at once: whoever sleeps wakes up at its end.
        await self.clock.advance(seconds, settle=0)

    async def until_judged(self, samples: int) -> None:
        """Wait until so many samples in all have reached the alarm rules."""
        figures = self.service.engine.bank.figures
        await until(lambda: figures.samples >= samples, f"{samples} samples are judged")

    async def series(self, point: str, samples: int) -> Series:
        """All that the store holds of a point, once it holds so many samples or more."""
        end = time.monotonic() + 20
        number = self.service.city.points.index(point)
        query = RangeQuery(number, 0, self.clock.now() + SECOND)
        while len(series := await self.service.history.store.query(query)) < samples:
            assert time.monotonic() < end, f"{len(series)} of {samples} samples of {point}"
            await asyncio.sleep(0.01)
        return series

    async def rung(self, rule: str, point: str) -> list[Change]:
        """When a rule rang at a point and when it ceased, as the alarms' journal says."""
        await until(lambda: self.service.engine.unwritten == 0, "all changes are journalled")
        journal = self.service.records.alarms
        rows = journal.page(AlarmFilter.ALL, 100_000).rows
        found = [
            (change.time_ns, change.event.value, change.value)
            for row in rows
            if (row.rule, row.point) == (rule, point)
            for change in journal.history(row.id)
            if change.event in (AlarmEvent.RAISED, AlarmEvent.CLEARED)
        ]
        return sorted(found)

    def unexplained(self) -> dict[str, int]:
        """Samples that the accounts cannot explain, by path; empty when all is well."""
        figures = self.service.accounting.figures()
        return {path: one.missing for path, one in figures.items() if one.missing}


async def until(condition: Callable[[], object], what: str, deadline_s: float = 20.0) -> None:
    """Wait until a condition holds; fail with its name after a deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"waited {deadline_s} s in vain until {what}"
        await asyncio.sleep(0)


@asynccontextmanager
async def running_station(
    recorded: RecordedCity,
    points: PointTable,
    devices: Sequence[Device],
    rules: Sequence[LimitRule],
    folder: Path,
    *,
    own_broker: bool = True,
) -> AsyncIterator[Station]:
    """Serve the recorded city's devices and run the whole service on them.

    Args:
        recorded: shows its first row from the beginning.
        points: of the city.
        devices: their addresses count only for a broker that is not ours.
        rules: what rings.
        folder: data directory.
        own_broker: run the demo's broker for meters.
    """
    instruments = Instruments(points, recorded)
    start_ns = recorded.now_ns
    instruments.observe(0.0, start_ns)
    serving = serve_faces(
        devices,
        instruments,
        recorded.meters,
        SimulationSettings(network=Path("none.inp"), report_s=DAY_S),
        now_ns=start_ns,
        ports=Ports.AUTO,
        own_broker=own_broker,
    )
    async with serving as (faces, endpoints):
        city = _city(points, endpoints.repoint(devices), rules)
        clock = VirtualClock(start_ns)
        async with compose(city, folder, clock) as service:
            up, stop = asyncio.Event(), asyncio.Event()
            loops = jobs(service, lambda _address: up.set())
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(run_jobs(loops, stop))
                await up.wait()
                try:
                    yield Station(service, recorded, instruments, faces, clock, start_ns)
                finally:
                    stop.set()


def _city(points: PointTable, devices: Sequence[Device], rules: Sequence[LimitRule]) -> City:
    return City(
        title=Text("实测数据", "measured data"),
        timezone=ZoneInfo("UTC"),
        zones=(),
        sites=(),
        points=points,
        devices=tuple(devices),
        alarms=AlarmSettings(rules=tuple(rules)),
        # Readings do not wait for others, because there are none; devices start at once.
        collectors=CollectorSettings(slot_s=0, spread_s=0, mqtt=MqttSettings(gather_s=0)),
        historian=HistorianSettings(hot_s=DAY_S, segment_s=DAY_S / 2, raw_days=10_000),
        feed=None,
        console=ConsoleSettings(port=0),
        simulation=None,
        files=(),
    )


def limit_rule(
    name: str,
    point: str,
    *,
    low: float | None = None,
    high: float | None = None,
    deadband: float = 0.0,
) -> LimitRule:
    """A rule without delays at one point."""
    return LimitRule(
        type="limit",
        name=name,
        title=Text(name, name),
        select=Select(points=(point,)),
        basis=Basis(source="test"),
        low=None if low is None else Level(value=low, priority=Priority.HIGH),
        high=None if high is None else Level(value=high, priority=Priority.HIGH),
        deadband=deadband,
    )
