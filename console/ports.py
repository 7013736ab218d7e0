"""What the console asks of the rest of the house; ``service/`` fills it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from alarms.acknowledgement import Answer
    from alarms.alarm import AlarmChange
    from alarms.desk import AlarmPage
    from alarms.view import AlarmView
    from historian.store import Store
    from records.alarm_rows import AlarmFilter, AlarmRow
    from records.users import Users
    from telemetry.accounting import Accounting
    from telemetry.batch import Batch
    from telemetry.bus import Bus, Subscription
    from telemetry.clock import Clock
    from telemetry.places import Site, Zone
    from telemetry.points import Point, PointTable
    from telemetry.text import Language, Text


@dataclass(frozen=True, slots=True)
class Band:
    """Where a point's value is normal, in its canonical unit; None means no limit there."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe for the map, as a line between two places of the sites' grid, metres."""

    x1: float
    y1: float
    x2: float
    y2: float
    diameter_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """How one device answers.

    Attributes:
        name, protocol, address: which device, e.g. ``lvyou``, ``modbus``, ``127.0.0.1:15101``.
        connected: whether its link stands.
        points: points it carries.
        last_ns: city time of its last good reading, or None when never.
        errors: failed requests by reason since the start.
        skipped: polls left out because the device was late.
        reason: why the link is down, in one sentence, or the empty string.
    """

    name: str
    protocol: str
    address: str
    connected: bool
    points: int
    last_ns: int | None
    errors: Mapping[str, int]
    skipped: int = 0
    reason: str = ""


@dataclass(frozen=True)
class CityPlan:
    """What stands still while the service runs: names, places, points and their limits.

    Attributes:
        title: of the city or utility.
        timezone: of every time shown.
        bands: normal limits by point name, from the alarm rules.
        pipes: drawn faintly below the map's sites; may be empty.
    """

    title: Text
    timezone: ZoneInfo
    points: PointTable
    zones: Sequence[Zone]
    sites: Sequence[Site]
    bands: Mapping[str, Band] = field(default_factory=dict)
    pipes: Sequence[Pipe] = ()

    @cached_property
    def signals(self) -> Mapping[str, tuple[str, ...]]:
        """The signals of each site, in the order of the table; a signal is a name without site."""
        found: dict[str, list[str]] = {}
        for point in self.points:
            found.setdefault(point.site, []).append(point.name.removeprefix(f"{point.site}."))
        return {site: tuple(names) for site, names in found.items()}

    @cached_property
    def site(self) -> Mapping[str, Site]:
        """Sites by name."""
        return {site.name: site for site in self.sites}

    def title_of(self, point: Point, language: Language) -> str:
        """What people call a point, its site before it: ``Nanshan Reservoir · Water level``."""
        site = self.site.get(point.site)
        title = point.title.in_(language)
        return f"{site.title.in_(language)} · {title}" if site else title

    @cached_property
    def zone(self) -> Mapping[str, Zone]:
        """Zones by name."""
        return {zone.name: zone for zone in self.zones}


class AlarmPort(Protocol):
    """What the console asks of the alarm desk; :class:`alarms.desk.AlarmDesk` is one."""

    async def list(
        self, state: AlarmFilter = ..., limit: int = ..., cursor: str | None = None
    ) -> AlarmPage:
        """One page of alarms, newest first; raises CursorError."""
        ...

    async def get(self, alarm_id: str) -> AlarmView:
        """One alarm; raises UnknownAlarmError."""
        ...

    async def acknowledge(
        self, alarm_id: str, *, version: int, user: str, note: str | None = None
    ) -> Answer:
        """Say that somebody has seen an alarm."""
        ...

    def view(self, row: AlarmRow) -> AlarmView:
        """A row as it is shown."""
        ...

    def changes(self, name: str) -> Subscription[AlarmChange]:
        """Follow the alarms; a slow reader loses the oldest changes."""
        ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the service can do its work.

    Attributes:
        parts: by part, the empty string when it is ready, else why not in one sentence.
    """

    parts: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Every part is ready."""
        return not any(self.parts.values())


class SinkCondition(StrEnum):
    """How a store takes what the journal gives it."""

    OK = "ok"
    RETRYING = "retrying"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SinkRow:
    """A store behind the journal.

    Attributes:
        name: e.g. ``embedded``, ``influxdb``.
        condition: retrying needs patience, refused needs a person.
        reason: why it does not take readings, in one sentence, or the empty string.
        waiting: samples in the journal that it does not have for good yet.
        behind_s: city seconds from its newest reading to the journal's; None when not known.
    """

    name: str
    condition: SinkCondition = SinkCondition.OK
    reason: str = ""
    waiting: int = 0
    behind_s: float | None = None


SOON_FULL_S = 3 * 86_400.0
"""A journal that is filling and has no longer than this is warned of."""


@dataclass(frozen=True, slots=True)
class HistoryState:
    """How the journal and the stores behind it stand.

    Attributes:
        journal_bytes, journal_most_bytes: on disk, and allowed.
        seconds_left: the journal holds out so long if the stores take nothing more; None while
            nothing is written.
        reserve_whole: the disk space set aside for alarms is there.
        stored_bytes, segments: what the embedded store keeps; None where there is none.
        quarantined: files set aside because they are damaged.
        sinks: the stores that the journal feeds.
        backup_ns: city time of the last backup; None when none is known.
    """

    journal_bytes: int
    journal_most_bytes: int
    seconds_left: float | None = None
    reserve_whole: bool = True
    stored_bytes: int | None = None
    segments: int | None = None
    quarantined: int = 0
    sinks: Sequence[SinkRow] = ()
    backup_ns: int | None = None

    @property
    def filling(self) -> bool:
        """A store takes nothing, or the journal is more than half full already."""
        stuck = any(sink.condition is not SinkCondition.OK for sink in self.sinks)
        return stuck or 2 * self.journal_bytes > self.journal_most_bytes

    @property
    def soon_full(self) -> bool:
        """The journal fills so fast that somebody should look at it."""
        soon = self.seconds_left is not None and self.seconds_left < SOON_FULL_S
        return soon and self.filling


@dataclass(frozen=True, slots=True)
class ConsolePorts:
    """Everything the console is given.

    Attributes:
        plan: the city.
        clock: city time.
        wall: the machine's time, for logins.
        bus: where new readings come from.
        store: where old readings are asked for.
        alarms: the alarm desk.
        users: accounts, logins and programs' tokens.
        accounting: the accounts of all paths; the console opens its own.
        devices: how each device answers.
        readiness: asked by ``/-/ready``.
        bus_losses: messages lost to full queues, by subscription.
        history: how the journal and the stores stand.
    """

    plan: CityPlan
    clock: Clock
    wall: Clock
    bus: Bus[Batch]
    store: Store
    alarms: AlarmPort
    users: Users
    accounting: Accounting
    devices: Callable[[], Sequence[DeviceRow]]
    readiness: Callable[[], Readiness]
    bus_losses: Callable[[], Mapping[str, int]]
    history: Callable[[], HistoryState]
