"""The overview: the whole city on one screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.drawing.network_map import (
    Box,
    Label,
    Place,
    Projection,
    fit,
    grown,
    hull,
    place_labels,
)
from telemetry.places import Sampling, Site, SiteKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.pages.cells import Cell, Moment
    from console.ports import CityPlan
    from console.wording import Wording

MAP_WIDTH, MAP_HEIGHT, MAP_MARGIN = 860.0, 720.0, 44.0
_HALF_BAR_WIDE, _HALF_BAR_HIGH, _HALF_SITE = 5.0, 14.0, 9.0
_PUMP = re.compile(r"(?P<pump>[^.]+)\.run")


@dataclass(frozen=True, slots=True)
class MapSite:
    """A site on the map: its mark, its label and its pressure."""

    name: str
    title: str
    kind: str
    zone: str
    x: float
    y: float
    label: Label
    cell: Cell | None
    short: str


@dataclass(frozen=True, slots=True)
class MapZone:
    """A pressure zone: its outline on the map and its figures below it."""

    name: str
    title: str
    outline: str
    x: float
    y: float
    nodes: tuple[Cell, ...]
    lowest: Cell | None
    abnormal: int
    age: str


@dataclass(frozen=True, slots=True)
class PumpMark:
    """A pump: does it run, does it say that it is faulty."""

    title: str
    run: Cell
    fault: Cell | None


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site in one of the tables: named cells, pumps, and the age of the oldest of them."""

    name: str
    title: str
    note: str
    cells: dict[str, Cell | None]
    pumps: tuple[PumpMark, ...]
    watched: str
    age: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page."""

    width: float
    height: float
    pipes: tuple[tuple[float, float, float, float, str], ...]
    zones: tuple[MapZone, ...]
    sites: tuple[MapSite, ...]
    reservoirs: tuple[SiteRow, ...]
    works: tuple[SiteRow, ...]
    boosters: tuple[SiteRow, ...]
    stations: tuple[SiteRow, ...]


_WORKS = ("outlet.pressure", "outlet.flow", "clearwell.level", "supply.available")
_BOOSTER = ("inlet.pressure", "outlet.pressure", "outlet.flow", "supply.available")
_RESERVOIR = ("level", "volume", "inflow")
_STATION = ("free_chlorine", "turbidity", "ph")


def overview(moment: Moment) -> Overview:
    """The overview of a city at one moment."""
    plan = moment.plan
    projection = fit([(s.x, s.y) for s in _mapped(plan)], MAP_WIDTH, MAP_HEIGHT, MAP_MARGIN)
    return Overview(
        width=MAP_WIDTH,
        height=MAP_HEIGHT,
        pipes=_pipes(plan, projection),
        zones=tuple(_zone(moment, zone.name, projection) for zone in plan.zones),
        sites=_map_sites(moment, projection),
        reservoirs=_rows(moment, SiteKind.RESERVOIR, _RESERVOIR),
        works=_rows(moment, SiteKind.WORKS, _WORKS),
        boosters=_rows(moment, SiteKind.BOOSTER, _BOOSTER),
        stations=_rows(moment, SiteKind.QUALITY_STATION, _STATION),
    )


def _mapped(plan: CityPlan) -> list[Site]:
    kinds = (SiteKind.WORKS, SiteKind.BOOSTER, SiteKind.RESERVOIR, SiteKind.PRESSURE_NODE)
    return [site for kind in kinds for site in plan.sites if site.kind is kind]


def _pipes(
    plan: CityPlan, projection: Projection
) -> tuple[tuple[float, float, float, float, str], ...]:
    return tuple(
        (
            *projection.place(pipe.x1, pipe.y1),
            *projection.place(pipe.x2, pipe.y2),
            "main" if pipe.diameter_mm >= 500 else "pipe",
        )
        for pipe in plan.pipes
    )


def _zone(moment: Moment, name: str, projection: Projection) -> MapZone:
    zone = next(z for z in moment.plan.zones if z.name == name)
    inside = [s for s in _mapped(moment.plan) if s.zone == name]
    nodes = [s for s in inside if s.kind is SiteKind.PRESSURE_NODE]
    outline = grown(hull(projection.place(s.x, s.y) for s in inside), 26.0)
    cells = tuple(c for s in nodes if (c := moment.cell(f"{s.name}.pressure")) is not None)
    return MapZone(
        name=name,
        title=zone.title.in_(moment.wording.language),
        outline=" ".join(f"{x},{y}" for x, y in outline),
        x=round(sum(x for x, _ in outline) / len(outline), 1) if outline else 0.0,
        y=min((y for _, y in outline), default=0.0),
        nodes=cells,
        lowest=_lowest(cells),
        abnormal=sum(1 for c in cells if c.mark is not None or c.side),
        age=moment.oldest(c.point for c in cells),
    )


def _lowest(cells: Sequence[Cell]) -> Cell | None:
    measured = [c for c in cells if c.quality != "bad" and c.value[-1:].isdigit()]
    return min(measured, key=lambda c: float(c.value), default=None)


def _mark_box(site: Site, place: Place) -> Box:
    x, y = place
    if site.kind is SiteKind.PRESSURE_NODE:
        return Box(x - _HALF_BAR_WIDE, y - _HALF_BAR_HIGH, x + _HALF_BAR_WIDE, y + _HALF_BAR_HIGH)
    return Box(x - _HALF_SITE, y - _HALF_SITE, x + _HALF_SITE, y + _HALF_SITE)


def _map_sites(moment: Moment, projection: Projection) -> tuple[MapSite, ...]:
    sites = _mapped(moment.plan)
    places = {s.name: projection.place(s.x, s.y) for s in sites}
    marks = {s.name: (places[s.name], _mark_box(s, places[s.name])) for s in sites}
    texts = {s.name: s.title.in_(moment.wording.language) for s in sites}
    shorts = {s.name: _short(s, texts[s.name], moment.wording) for s in sites}
    labels = place_labels(marks, shorts, Box(0, 0, MAP_WIDTH, MAP_HEIGHT))
    return tuple(
        MapSite(
            name=s.name,
            title=texts[s.name],
            kind=s.kind.value,
            zone=s.zone,
            x=places[s.name][0],
            y=places[s.name][1],
            label=labels[s.name],
            cell=moment.cell(f"{s.name}.{_main_signal(s)}"),
            short=shorts[s.name],
        )
        for s in sites
    )


def _short(site: Site, title: str, wording: Wording) -> str:
    """A label that fits on the map: the plant's kind stands in its shape already."""
    if site.kind is SiteKind.PRESSURE_NODE:
        return "0.000"
    return title.removesuffix(wording(f"overview.suffix.{site.kind.value}")).strip() or title


def _main_signal(site: Site) -> str:
    match site.kind:
        case SiteKind.RESERVOIR:
            return "level"
        case SiteKind.PRESSURE_NODE:
            return "pressure"
        case _:
            return "outlet.pressure"


def _rows(moment: Moment, kind: SiteKind, signals: tuple[str, ...]) -> tuple[SiteRow, ...]:
    sites = [site for site in moment.plan.sites if site.kind is kind]
    if kind is SiteKind.QUALITY_STATION:
        order = list(Sampling)
        sites.sort(key=lambda s: order.index(s.sampling) if s.sampling else len(order))
    return tuple(_row(moment, site, signals) for site in sites)


def _row(moment: Moment, site: Site, signals: tuple[str, ...]) -> SiteRow:
    cells = {signal: moment.cell(f"{site.name}.{signal}") for signal in signals}
    pumps = _pumps(moment, site)
    watched = [c.point for c in cells.values() if c is not None]
    watched += [pump.run.point for pump in pumps]
    note = moment.wording(f"sampling.{site.sampling.value}") if site.sampling else ""
    title = site.title.in_(moment.wording.language)
    return SiteRow(
        site.name, title, note, cells, pumps, " ".join(watched), moment.oldest(watched)
    )


def _pumps(moment: Moment, site: Site) -> tuple[PumpMark, ...]:
    names = [p.name.removeprefix(f"{site.name}.") for p in moment.plan.points if p.site == site.name]
    pumps = [found["pump"] for name in names if (found := _PUMP.fullmatch(name))]
    marks = [
        (moment.cell(f"{site.name}.{pump}.run"), moment.cell(f"{site.name}.{pump}.fault"))
        for pump in pumps
    ]
    return tuple(PumpMark(run.title, run, fault) for run, fault in marks if run is not None)
