"""A house around the console: real records, store, rules and bus; a desk that rings on request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from alarms.acknowledgement import Acknowledged, AcknowledgeRequest, Answer, NotFound, judge
from alarms.alarm import AlarmChange, Ringing, happened, rang
from alarms.desk import AlarmPage
from alarms.journal import MemoryAlarmJournal
from alarms.lifecycle import Trigger
from alarms.settings import Level, LimitRule, Priority
from alarms.view import AlarmView, AlarmViews
from console.ports import CityPlan, ConsolePorts, DeviceRow, HistoryState, Readiness, SinkRow
from console.settings import ConsoleSettings
from historian.entry import Entry
from historian.memory import MemoryStore
from records.access import Role
from records.alarm_rows import AlarmFilter, AlarmRow
from records.errors import UnknownAlarmError
from records.opening import open_records
from records.settings import AccessSettings
from service.bands import normal_bands
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.bus import LocalBus, Overflow, Subscription
from telemetry.clock import SECOND, Clock, RealClock, VirtualClock
from telemetry.kinds import FACTS, Kind
from telemetry.places import Sampling, Site, SiteKind, Zone
from telemetry.points import Point, PointTable
from telemetry.text import Text
from tests.console.counting import CountingStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alarms.settings import Rule
    from records.opening import Records

PASSWORD = "springs under the tree"
QUICK = AccessSettings(hash_rounds=1, hash_memory_kib=64, hash_lanes=1, account_failures=3)
SHANGHAI = ZoneInfo("Asia/Shanghai")
CALM = HistoryState(
    journal_bytes=312 * 2**20,
    journal_most_bytes=2048 * 2**20,
    stored_bytes=3 * 2**29,
    segments=48,
    sinks=(SinkRow("embedded", waiting=1_234),),
)
"""A journal and a store in order."""

START_NS = 1_772_409_600 * SECOND  # 2026-03-02 08:00 in Shanghai


class Desk:
    """An alarm desk without an engine: rings and clears when a test says so."""

    def __init__(self, views: AlarmViews, clock: Clock) -> None:
        self._views = views
        self._clock = clock
        self._journal = MemoryAlarmJournal()
        self._bus: LocalBus[AlarmChange] = LocalBus()
        self._sequence = 0

    async def list(
        self, state: AlarmFilter = AlarmFilter.ACTIVE, limit: int = 100, cursor: str | None = None
    ) -> AlarmPage:
        page = self._journal.page(state, limit, cursor)
        return AlarmPage(tuple(self.view(row) for row in page.rows), page.next)

    async def get(self, alarm_id: str) -> AlarmView:
        return self.view(self._journal.get(alarm_id))

    async def acknowledge(
        self, alarm_id: str, *, version: int, user: str, note: str | None = None
    ) -> Answer:
        request = AcknowledgeRequest(alarm_id, version, user, note)
        try:
            row = self._journal.get(alarm_id)
        except UnknownAlarmError:
            return NotFound()
        judged = judge(request, row, self._clock.now())
        if not isinstance(judged, AlarmChange):
            return judged
        return Acknowledged(await self._happen(judged))

    def view(self, row: AlarmRow) -> AlarmView:
        return self._views.view(row)

    def changes(self, name: str) -> Subscription[AlarmChange]:
        return self._bus.subscribe(name, capacity=1000, overflow=Overflow.DROP_OLDEST)

    async def ring(
        self,
        rule: str,
        point: str,
        value: float,
        limit: float,
        *,
        level: str = "low",
        priority: Priority = Priority.HIGH,
        ago_s: float = 0.0,
    ) -> str:
        """Let an alarm ring; returns its id."""
        what = Ringing(rule, point, level, priority.number, limit, value)
        since_ns = self._clock.now() - int(ago_s * SECOND)
        return (await self._happen(rang(what, None, Trigger.BEGINS, since_ns))).id

    async def clear(self, alarm_id: str) -> None:
        row = self._journal.get(alarm_id)
        await self._happen(happened(row, Trigger.CEASES, self._clock.now()))

    async def worsen(self, alarm_id: str, value: float, limit: float) -> None:
        row = self._journal.get(alarm_id)
        what = Ringing(row.rule, row.point, "low_low", 1, limit, value)
        await self._happen(rang(what, row, Trigger.WORSENS, self._clock.now()))

    async def _happen(self, change: AlarmChange) -> AlarmRow:
        [row] = self._journal.append([change.transition])
        self._sequence += 1
        await self._bus.publish("alarms", self._sequence, change)
        return row


@dataclass(eq=False)
class House:
    """Everything a console needs, in one process."""

    plan: CityPlan
    records: Records
    clock: Clock
    rules: Sequence[Rule]
    settings: ConsoleSettings = field(default_factory=lambda: ConsoleSettings(port=0))
    devices: list[DeviceRow] = field(default_factory=list)
    history: HistoryState = CALM
    unready: dict[str, str] = field(default_factory=lambda: {"store": "", "collectors": ""})

    def __post_init__(self) -> None:
        self.bus: LocalBus[Batch] = LocalBus()
        self.store = CountingStore(MemoryStore(len(self.plan.points)))
        self.desk = Desk(AlarmViews(self.rules, self.plan.points, self.plan.site), self.clock)
        self.sequence = 0

    def ports(self) -> ConsolePorts:
        """Ports of a fresh process over the same records and store."""
        self.accounting = Accounting()
        return ConsolePorts(
            plan=self.plan,
            clock=self.clock,
            wall=RealClock(),
            bus=self.bus,
            store=self.store,
            alarms=self.desk,
            users=self.records.users,
            accounting=self.accounting,
            devices=lambda: self.devices,
            readiness=lambda: Readiness(self.unready),
            bus_losses=self.bus.lost,
            history=lambda: self.history,
        )

    async def read(self, values: dict[str, float], quality: int = 0, ago_s: float = 0.0) -> None:
        """Readings come in: stored, and published on the bus."""
        index = [self.plan.points.index(name) for name in values]
        time_ns = self.clock.now() - int(ago_s * SECOND)
        await self.take(Batch.of(index, time_ns, list(values.values()), quality))

    async def take(self, batch: Batch) -> None:
        self.sequence += 1
        await self.store.append([Entry(self.sequence, "test", batch)])
        await self.bus.publish("test", self.sequence, batch)

    def user(self, name: str, role: Role = Role.OPERATOR) -> None:
        self.records.users.create(name, role, PASSWORD, RealClock().now())

    def token(self, name: str, role: Role = Role.OPERATOR) -> str:
        return self.records.users.programs.create(name, role, RealClock().now())

    def log_in(self, name: str) -> str:
        """A login's cookie value."""
        now_ns = RealClock().now()
        session = self.records.users.authenticate(name, PASSWORD, now_ns, "127.0.0.1")
        return session.token  # type: ignore[union-attr]  # the tests know the password


async def take_a_year(
    house: House,
    name: str,
    *,
    every_s: int = 900,
    spike: float | None = None,
    silent: tuple[int, int] = (0, 0),
) -> None:
    """A year of one point up to now.

    Args:
        house: whose store takes it.
        name: the point.
        every_s: pace of the samples.
        spike: value of the 20,000th sample.
        silent: the samples from this number up to that one never came.
    """
    n = 365 * 86_400 // every_s
    number = np.arange(n, dtype=np.int64)
    value = 3.0 + 0.2 * np.sin(number / 97)
    if spike is not None:
        value[20_000] = spike
    came = (number < silent[0]) | (number >= silent[1])
    time = house.clock.now() + (number - n) * (every_s * SECOND)
    point = np.full(n, house.plan.points.index(name), dtype=np.int32)
    await house.take(Batch.of(point[came], time[came], value[came]))


def low_pressure() -> LimitRule:
    """Rings at 0.14 MPa, and urgently at 0.10 MPa."""
    return LimitRule.model_validate(
        {
            "type": "limit",
            "name": "network_low",
            "title": {
                "zh": "{site}压力过低：{value} {unit}",
                "en": "{site}: pressure is low: {value} {unit}",
            },
            "advice": {"zh": "查看邻近测点。", "en": "Look at the neighbouring points."},
            "select": {"kind": ["pressure"], "site_kind": ["pressure_node"]},
            "low": Level(value=0.14, priority=Priority.HIGH),
            "low_low": Level(value=0.10, priority=Priority.CRITICAL),
            "basis": {"source": "CJJ 58", "edition": "2009"},
        }
    )


def chlorine() -> LimitRule:
    """Free chlorine of a works' outlet."""
    return LimitRule.model_validate(
        {
            "type": "limit",
            "name": "free_chlorine_works",
            "title": {
                "zh": "{site}余氯{value} {unit}",
                "en": "{site}: free chlorine {value} {unit}",
            },
            "select": {"kind": ["free_chlorine"], "sampling": ["works"]},
            "low": Level(value=0.3, priority=Priority.HIGH),
            "high": Level(value=2.0, priority=Priority.MEDIUM),
            "basis": {"source": "GB 5749", "edition": "2022"},
        }
    )


def point(name: str, kind: Kind, zh: str, en: str, expected_s: float = 60.0) -> Point:
    facts = FACTS[kind]
    site = name.split(".", 1)[0]
    return Point(name, kind, Text(zh, en), site, facts.low, facts.high, expected_s=expected_s)


def small_plan(title: Text | None = None) -> CityPlan:
    """One zone, two nodes, a works, a booster, a reservoir and a quality station."""
    north = Zone("north", Text("北区", "North"))
    sites = (
        Site("donghu", SiteKind.WORKS, Text("东湖水厂", "Donghu Works"), "north", 0, 0),
        Site(
            "lvyou", SiteKind.BOOSTER, Text("旅游路加压站", "Lvyou Road Booster"), "north", 500, 0
        ),
        Site(
            "nanshan", SiteKind.RESERVOIR, Text("南山水池", "Nanshan Reservoir"), "north", 500, 800
        ),
        Site(
            "north_01",
            SiteKind.PRESSURE_NODE,
            Text("北区测压点01", "North pressure point 01"),
            "north",
            900,
            300,
        ),
        Site(
            "north_02",
            SiteKind.PRESSURE_NODE,
            title or Text("北区测压点02", "North pressure point 02"),
            "north",
            100,
            900,
        ),
        Site(
            "qs01",
            SiteKind.QUALITY_STATION,
            Text("东湖出厂水", "Donghu outlet"),
            "north",
            0,
            0,
            sampling=Sampling.WORKS,
        ),
    )
    points = PointTable(
        [
            point("north_01.pressure", Kind.PRESSURE, "压力", "Pressure"),
            point("north_02.pressure", Kind.PRESSURE, "压力", "Pressure"),
            point("donghu.outlet.pressure", Kind.PRESSURE, "出厂压力", "Outlet pressure"),
            point("donghu.outlet.flow", Kind.FLOW, "出厂流量", "Outlet flow"),
            point("lvyou.outlet.pressure", Kind.PRESSURE, "出口压力", "Outlet pressure"),
            point("lvyou.pump1.run", Kind.STATE, "1号泵运行", "Pump 1 running"),
            point("lvyou.pump1.fault", Kind.STATE, "1号泵故障", "Pump 1 fault"),
            point("lvyou.supply.available", Kind.STATE, "市电", "Mains available"),
            point("nanshan.level", Kind.LEVEL, "水位", "Water level"),
            point("qs01.free_chlorine", Kind.FREE_CHLORINE, "游离氯", "Free chlorine"),
            point("qs01.turbidity", Kind.TURBIDITY, "浑浊度", "Turbidity"),
        ]
    )
    rules = (low_pressure(), chlorine())
    by_name = {site.name: site for site in sites}
    return CityPlan(
        title=Text("泉城示例", "Spring City example"),
        timezone=SHANGHAI,
        points=points,
        zones=(north,),
        sites=sites,
        bands=normal_bands(rules, points, by_name),
    )


def small_house(folder: Path, plan: CityPlan | None = None, clock: Clock | None = None) -> House:
    """A house over a small plan; its records are a file in ``folder``."""
    return House(
        plan=plan or small_plan(),
        records=open_records(folder / "records.sqlite", QUICK),
        clock=clock or VirtualClock(START_NS),
        rules=(low_pressure(), chlorine()),
    )
