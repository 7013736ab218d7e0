"""A small town with a secret in every name, its readings, and a folder of published files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from feed.plan import PublicLimit
from feed.publishing import FeedPorts, Publisher
from feed.settings import FeedSettings
from feed.switches import SIGNAL
from historian.entry import Entry
from historian.memory import MemoryStore
from telemetry.batch import Batch
from telemetry.clock import SECOND, VirtualClock
from telemetry.kinds import FACTS, Kind
from telemetry.places import Sampling, Site, SiteKind, Zone
from telemetry.points import Point, PointTable
from telemetry.text import Text

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary"
"""Part of every name that must not get out: sites, points, devices."""

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON_NS = 1_795_492_800 * SECOND  # 2026-11-24 12:00 in Shanghai
SETTINGS = FeedSettings(delay_s=900, interval_s=300)

ZONES = (Zone("north", Text("北区", "North")), Zone("south", Text("=南区", "South")))

TURBIDITY = PublicLimit(None, 1.0, "GB 5749-2022 Table 1", "2022", verified=False)
CHLORINE = PublicLimit(0.05, 2.0, "GB 5749-2022 Table 2", "2022", verified=True)
PRESSURE = PublicLimit(0.14, None, "CJ/T 316-2009", "2009", verified=False)
_LIMITS = {Kind.TURBIDITY: TURBIDITY, Kind.FREE_CHLORINE: CHLORINE, Kind.PRESSURE: PRESSURE}


def site(
    name: str, zone: str, kind: SiteKind, sampling: Sampling | None = None, x: float = 31_415.9
) -> Site:
    title = Text(f"{CANARY}站{name}", f"{CANARY} {name}")
    return Site(f"{CANARY}_{name}", kind, title, zone, x, 27_182.8, sampling=sampling)


SITES = (
    site("q1", "north", SiteKind.QUALITY_STATION, Sampling.NETWORK),
    site("q2", "south", SiteKind.QUALITY_STATION, Sampling.END),
    site("raw", "north", SiteKind.QUALITY_STATION, Sampling.RAW),
    site("p1", "north", SiteKind.PRESSURE_NODE),
    site("p2", "north", SiteKind.PRESSURE_NODE),
    site("p3", "north", SiteKind.PRESSURE_NODE),
    site("pump", "north", SiteKind.BOOSTER),
    site("nowhere", "", SiteKind.PRESSURE_NODE),
)


def _name(where: str, kind: Kind) -> str:
    signal = SIGNAL if kind is Kind.STATE else kind.value
    return f"{CANARY}_{where}.{signal}"


def _point(where: str, kind: Kind) -> Point:
    facts = FACTS[kind]
    name = _name(where, kind)
    title = Text(f"{CANARY}点", f"{CANARY} point")
    return Point(name, kind, title, f"{CANARY}_{where}", facts.low, facts.high)


POINTS = PointTable(
    [
        _point("q1", Kind.TURBIDITY),
        _point("q1", Kind.PH),
        _point("q1", Kind.STATE),
        _point("q2", Kind.FREE_CHLORINE),
        _point("raw", Kind.TURBIDITY),
        _point("p1", Kind.PRESSURE),
        _point("p2", Kind.PRESSURE),
        _point("p3", Kind.PRESSURE),
        _point("pump", Kind.PRESSURE),
        _point("nowhere", Kind.PRESSURE),
    ]
)


def index(where: str, kind: Kind) -> int:
    return POINTS.index(_name(where, kind))


@dataclass
class Town:
    """A store that is filled by hand, and the publisher in front of it."""

    folder: Path
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOON_NS))
    settings: FeedSettings = SETTINGS
    store: MemoryStore = field(default_factory=lambda: MemoryStore(len(POINTS)))
    wall: VirtualClock | None = None
    _sequence: int = 0

    def ports(self) -> FeedPorts:
        return FeedPorts(
            title=Text("泉城", "Spring City"),
            timezone=SHANGHAI,
            points=POINTS,
            sites=SITES,
            zones=ZONES,
            limits={i: _LIMITS[p.kind] for i, p in enumerate(POINTS) if p.kind in _LIMITS},
            store=self.store,
            wall=self.wall or self.clock,
        )

    def publisher(self) -> Publisher:
        return Publisher(self.ports(), self.settings, self.folder)

    async def read(
        self,
        where: str,
        kind: Kind,
        value: float,
        quality: int = 0,
        *,
        begin_s: int = -7_200,
        end_s: int = 0,
        every_s: int = 15,
    ) -> None:
        """Readings of one point, every 15 s from ``begin_s`` to ``end_s`` after noon."""
        self._sequence += 1
        time = NOON_NS + np.arange(begin_s, end_s, every_s, dtype=np.int64) * SECOND
        point = np.full(len(time), index(where, kind), dtype=np.int32)
        await self.store.append(
            [Entry(self._sequence, "test", Batch.of(point, time, value, quality))]
        )

    async def usual(self, end_s: int = 0) -> None:
        """Two hours in which all is well."""
        await self.read("q1", Kind.TURBIDITY, 0.125, end_s=end_s)
        await self.read("q1", Kind.PH, 7.4, end_s=end_s)
        await self.read("q2", Kind.FREE_CHLORINE, 0.32, end_s=end_s)
        await self.read("raw", Kind.TURBIDITY, 4.0, end_s=end_s)
        for where, value in (("p1", 0.30), ("p2", 0.31), ("p3", 0.33), ("pump", 0.5)):
            await self.read(where, Kind.PRESSURE, value, end_s=end_s)
