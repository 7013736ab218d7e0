"""Which points are published, and under which name of district and water; pure.

Nothing that leaves this module names a station: a value belongs to a district and a kind of
water. Where the instruments of a water supply stand is nobody's business on the internet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feed.published import PUBLISHED, WATERS
from feed.switches import SIGNAL
from telemetry.kinds import Kind
from telemetry.places import Sampling, SiteKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from telemetry.places import Site, Zone
    from telemetry.points import Point, PointTable
    from telemetry.text import Text


@dataclass(frozen=True, slots=True)
class PublicLimit:
    """A limit that the public is shown beside a value, in the kind's canonical unit.

    Attributes:
        low, high: None where that side has no limit.
        source: where it stands, e.g. a standard and its table.
        edition: of the source.
        verified: whether somebody has compared it with the original text.
    """

    low: float | None
    high: float | None
    source: str
    edition: str
    verified: bool

    def holds(self, value: float) -> bool:
        """Whether a value, not rounded, lies within."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Station:
    """One instrument behind a published value; its name is not known here.

    Attributes:
        point: index into the point table.
        expected_ns: a reading speaks for so long after its time.
        limit: or None.
        switch: index of the state that is 1 while somebody works on the instrument, or None.
    """

    point: int
    expected_ns: int
    limit: PublicLimit | None
    switch: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The instruments that together make one published value.

    Attributes:
        district: name of the zone.
        water: which water they see.
        kind: what they measure.
        stations: at least one.
    """

    district: str
    water: Sampling
    kind: Kind
    stations: tuple[Station, ...]

    @property
    def limit(self) -> PublicLimit | None:
        """The limit shown; the narrowest where those of the stations differ."""
        limits = list(dict.fromkeys(s.limit for s in self.stations if s.limit is not None))
        return narrowest(limits) if limits else None


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What one city publishes.

    Attributes:
        title: of the page.
        timezone: of the people who read it; days begin at its midnight.
        districts: in the order of the city's file.
        groups: in the order in which they are shown.
    """

    title: Text
    timezone: ZoneInfo
    districts: tuple[Zone, ...]
    groups: tuple[Group, ...]


def narrowest(limits: Sequence[PublicLimit]) -> PublicLimit:
    """One limit out of several, at least one, that all apply."""
    lows = [limit.low for limit in limits if limit.low is not None]
    highs = [limit.high for limit in limits if limit.high is not None]
    return PublicLimit(
        low=max(lows, default=None),
        high=min(highs, default=None),
        source="; ".join(dict.fromkeys(limit.source for limit in limits)),
        edition="; ".join(dict.fromkeys(limit.edition for limit in limits if limit.edition)),
        verified=all(limit.verified for limit in limits),
    )


def plan_feed(
    title: Text,
    timezone: ZoneInfo,
    *,
    points: PointTable,
    sites: Iterable[Site],
    zones: Iterable[Zone],
    limits: Mapping[int, PublicLimit],
) -> FeedPlan:
    """What is published of a city: quality at its quality stations, pressure in its network.

    Args:
        title: of the page.
        timezone: of the city.
        points: all points; of them only :data:`~feed.published.PUBLISHED` kinds are taken.
        sites: all sites; one outside of every zone is not published, nor is raw water.
        zones: the districts.
        limits: by index into the point table.
    """
    by_name = {site.name: site for site in sites}
    districts = tuple(zones)
    switches = _switches(points)
    members: dict[tuple[str, Sampling, Kind], list[Station]] = {}
    for index, point in enumerate(points):
        site = by_name.get(point.site)
        water = None if site is None else _water(point, site)
        if site is None or water is None:
            continue
        expected_ns = int(points.expected_ns[index])
        station = Station(index, expected_ns, limits.get(index), switches.get(point.site))
        members.setdefault((site.zone, water, point.kind), []).append(station)
    groups = (
        Group(zone.name, water, kind, tuple(members[zone.name, water, kind]))
        for zone in districts
        for water in WATERS
        for kind in PUBLISHED
        if (zone.name, water, kind) in members
    )
    return FeedPlan(title, timezone, districts, tuple(groups))


def _switches(points: PointTable) -> dict[str, int]:
    """Index of the service switch, by name of its site."""
    return {
        point.site: index
        for index, point in enumerate(points)
        if point.kind is Kind.STATE and point.name == f"{point.site}.{SIGNAL}"
    }


def _water(point: Point, site: Site) -> Sampling | None:
    """Which water a point speaks for; None when it is not published."""
    if point.kind is Kind.PRESSURE:
        return Sampling.NETWORK if site.kind is SiteKind.PRESSURE_NODE else None
    measured = site.kind is SiteKind.QUALITY_STATION and point.kind in PUBLISHED
    return site.sampling if measured and site.sampling in WATERS else None
