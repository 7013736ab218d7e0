"""The overview: the whole city on one screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.pages.map_layout import short_title
from telemetry.places import Sampling, Site, SiteKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.pages.cells import Cell, Moment
    from console.pages.map_layout import Layout, SiteShape, ZoneShape

_PUMP = re.compile(r"(?P<pump>[^.]+)\.run")
_WORKS = ("outlet.pressure", "outlet.flow", "clearwell.level", "supply.available")
_BOOSTER = ("inlet.pressure", "outlet.pressure", "outlet.flow", "supply.available")
_RESERVOIR = ("level", "volume", "inflow")
_STATION = ("free_chlorine", "turbidity", "ph")


@dataclass(frozen=True, slots=True)
class MapMark:
    """A site on the map with its value."""

    shape: SiteShape
    cell: Cell | None


@dataclass(frozen=True, slots=True)
class ZoneFigures:
    """A pressure zone: how many nodes, the lowest of them, how many are abnormal, how old.

    ``abnormal`` counts the nodes that are outside their limits or in alarm; ``out`` says
    whether one of them is outside, which is what fills the zone on the map.
    """

    shape: ZoneShape
    lowest: Cell | None
    abnormal: int
    out: bool
    age: str

    @property
    def nodes(self) -> int:
        """Pressure-monitored nodes."""
        return len(self.shape.points)


@dataclass(frozen=True, slots=True)
class PumpMark:
    """A pump: does it run, does it say that it is faulty."""

    number: str
    run: Cell
    fault: Cell | None


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site in one of the tables.

    Attributes:
        name, title, note: of the site; the note says which water a quality station sees.
        cells: by signal; None where the city has no such point.
        pumps: of works and boosters.
        watched: the names of all its points that are shown, with blanks between.
        age: of the oldest of them, in words.
    """

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

    layout: Layout
    marks: tuple[MapMark, ...]
    zones: tuple[ZoneFigures, ...]
    reservoirs: tuple[SiteRow, ...]
    works: tuple[SiteRow, ...]
    boosters: tuple[SiteRow, ...]
    stations: tuple[SiteRow, ...]


def overview(moment: Moment, layout: Layout) -> Overview:
    """The overview of a city at one moment."""
    return Overview(
        layout=layout,
        marks=tuple(MapMark(shape, moment.cell(shape.point)) for shape in layout.sites),
        zones=tuple(_zone(moment, shape) for shape in layout.zones),
        reservoirs=_rows(moment, SiteKind.RESERVOIR, _RESERVOIR),
        works=_rows(moment, SiteKind.WORKS, _WORKS),
        boosters=_rows(moment, SiteKind.BOOSTER, _BOOSTER),
        stations=_rows(moment, SiteKind.QUALITY_STATION, _STATION),
    )


def _zone(moment: Moment, shape: ZoneShape) -> ZoneFigures:
    cells = [cell for name in shape.points if (cell := moment.cell(name)) is not None]
    abnormal = sum(1 for cell in cells if cell.mark is not None or cell.side)
    out = any(cell.side for cell in cells)
    return ZoneFigures(shape, _lowest(cells), abnormal, out, moment.age(shape.points))


def _lowest(cells: Sequence[Cell]) -> Cell | None:
    measured = [cell for cell in cells if cell.number is not None]
    return min(measured, key=lambda cell: cell.number or 0.0, default=None)


def _rows(moment: Moment, kind: SiteKind, signals: tuple[str, ...]) -> tuple[SiteRow, ...]:
    sites = [site for site in moment.plan.sites if site.kind is kind]
    if kind is SiteKind.QUALITY_STATION:
        order = list(Sampling)
        sites.sort(key=lambda s: order.index(s.sampling) if s.sampling else len(order))
    return tuple(_row(moment, site, signals) for site in sites)


def _row(moment: Moment, site: Site, signals: tuple[str, ...]) -> SiteRow:
    cells = {signal: moment.cell(f"{site.name}.{signal}") for signal in signals}
    pumps = _pumps(moment, site)
    watched = [cell.point for cell in cells.values() if cell is not None]
    watched += [pump.run.point for pump in pumps]
    return SiteRow(
        name=site.name,
        title=short_title(site, moment.wording),
        note=moment.wording(f"sampling.{site.sampling.value}") if site.sampling else "",
        cells=cells,
        pumps=pumps,
        watched=" ".join(watched),
        age=moment.age(watched),
    )


def _pumps(moment: Moment, site: Site) -> tuple[PumpMark, ...]:
    marks = []
    for signal in moment.plan.signals.get(site.name, ()):
        found = _PUMP.fullmatch(signal)
        run = moment.cell(f"{site.name}.{signal}") if found else None
        if found and run is not None:
            fault = moment.cell(f"{site.name}.{found['pump']}.fault")
            marks.append(PumpMark(found["pump"].removeprefix("pump"), run, fault))
    return tuple(marks)
