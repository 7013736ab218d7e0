"""From a city to a running service: every object once, in the order in which it is needed.

Read it top to bottom; nothing else in the service knows how the rooms fit together.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms.bank import RuleBank
from alarms.conditions import compile_rules
from alarms.desk import AlarmDesk
from alarms.engine import AlarmEngine, EnginePace
from alarms.notify.channels import open_channels
from alarms.notify.outbox import Outbox
from alarms.view import AlarmViews
from collectors.collection import Collection
from console.ports import CityPlan, ConsolePorts, Pipe
from console.server import run_console
from historian.intake import JournalledIntake
from historian.journal.journal import Journal
from network.map_lines import pipe_lines
from records.opening import Records, open_records
from records.settings import AccessSettings
from service.bands import normal_bands
from service.history import History, history_jobs, open_history
from service.housekeeping import keep_house
from service.last_backup import last_backup
from service.places import records_file
from service.status import device_rows, readiness
from telemetry.accounting import Accounting
from telemetry.bus import LocalBus, Overflow
from telemetry.clock import RealClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from alarms.alarm import AlarmChange
    from config.city import City
    from telemetry.batch import Batch
    from telemetry.clock import Clock

ENGINE_QUEUE = 4_096
"""Batches that the alarm engine may be behind before it reads them in the journal instead."""


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """All parts of one running service."""

    city: City
    data: Path
    clock: Clock
    accounting: Accounting
    readings: LocalBus[Batch]
    history: History
    intake: JournalledIntake
    records: Records
    collection: Collection
    engine: AlarmEngine
    outbox: Outbox
    desk: AlarmDesk


@asynccontextmanager
async def compose(
    city: City, data: Path, clock: Clock, *, speed: float = 1.0
) -> AsyncIterator[Service]:
    """Build all parts; close what holds files at the end.

    Args:
        city: what to run.
        data: the data directory; must exist.
        clock: city time.
        speed: city seconds per real second; what the engine does by itself keeps its real pace.

    Raises:
        BaotuError: a file is in use, damaged beyond use, or newer than this program.
    """
    accounting = Accounting()
    readings: LocalBus[Batch] = LocalBus()
    async with AsyncExitStack() as opened:
        history = open_history(city, data / city.historian.directory, opened)
        access = AccessSettings(session_idle_s=city.console.session_hours * 3_600)
        records = opened.enter_context(open_records(records_file(data), access))
        intake = JournalledIntake(history.journal, readings, city.points, accounting)
        collection = Collection(
            city.devices, city.points, intake, clock, accounting, settings=city.collectors
        )
        pace = EnginePace(tick_s=max(1.0, speed / 4), keep_s=10.0 * max(1.0, speed))
        alarms = _alarms(
            city, clock, pace, readings=readings, journal=history.journal, records=records
        )
        yield Service(
            city=city,
            data=data,
            clock=clock,
            accounting=accounting,
            readings=readings,
            history=history,
            intake=intake,
            records=records,
            collection=collection,
            engine=alarms.engine,
            outbox=alarms.outbox,
            desk=alarms.desk,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Alarms:
    """The alarms' parts that others see."""

    engine: AlarmEngine
    outbox: Outbox
    desk: AlarmDesk


def _alarms(
    city: City,
    clock: Clock,
    pace: EnginePace,
    *,
    readings: LocalBus[Batch],
    journal: Journal,
    records: Records,
) -> _Alarms:
    """Rules, engine, notification and the operators' desk."""
    sites = {site.name: site for site in city.sites}
    changes: LocalBus[AlarmChange] = LocalBus()
    views = AlarmViews(city.alarms.rules, city.points, sites)
    channels = open_channels(city.alarms, _page_address(city))
    outbox = Outbox(records.outbox, channels, views, RealClock())
    engine = AlarmEngine(
        bank=RuleBank(compile_rules(city.alarms.rules, city.points, sites), clock.now()),
        journal=records.alarms,
        readings=readings.subscribe("alarms", capacity=ENGINE_QUEUE, overflow=Overflow.LEAVE_GAP),
        backlog=journal,
        changes=changes,
        notices=outbox,
        clock=clock,
        pace=pace,
    )
    return _Alarms(engine, outbox, AlarmDesk(engine, records.alarms, changes, views))


def jobs(
    service: Service, listening: Callable[[str], None]
) -> dict[str, Callable[[], Awaitable[None]]]:
    """The loops of a service, what feeds others first.

    Args:
        service: from :func:`compose`.
        listening: told the console's address once it answers.
    """
    city, clock = service.city, service.clock
    ports = console_ports(service)
    return {
        "collectors": service.collection.run,
        "console": lambda: run_console(ports, city.console, listening),
        "alarms": service.engine.run,
        "outbox": service.outbox.run,
        **history_jobs(service.history, city, clock, service.accounting),
        "housekeeping": lambda: keep_house(service.records, RealClock()),
    }


def console_ports(service: Service) -> ConsolePorts:
    """What the console sees of the other rooms."""
    city = service.city
    plan = CityPlan(
        title=city.title,
        timezone=city.timezone,
        points=city.points,
        zones=city.zones,
        sites=city.sites,
        bands=normal_bands(city.alarms.rules, city.points, {s.name: s for s in city.sites}),
        pipes=_pipes(city),
    )
    return ConsolePorts(
        plan=plan,
        clock=service.clock,
        wall=RealClock(),
        bus=service.readings,
        store=service.history.store,
        alarms=service.desk,
        users=service.records.users,
        accounting=service.accounting,
        devices=lambda: device_rows(city.devices, service.collection.status()),
        readiness=lambda: readiness(
            service.engine, service.history.journal, service.records, service.history.sinks()
        ),
        bus_losses=service.readings.lost,
        history=lambda: service.history.state(last_backup(service.data)),
    )


def _pipes(city: City) -> list[Pipe]:
    """The pipes below the map's sites; none where the city has no network file."""
    if city.simulation is None:
        return []
    lines = pipe_lines(city.simulation.network)
    return [Pipe(p.x1, p.y1, p.x2, p.y2, p.diameter_mm) for p in lines]


def _page_address(city: City) -> str:
    """Where receivers of messages find the page; the port may still be chosen at the start."""
    return f"http://{city.console.host}:{city.console.port}" if city.console.port else ""
