"""Where zones, pipes, sites and labels stand on the overview's map; computed once a language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.drawing.network_map import (
    Box,
    Label,
    Place,
    Projection,
    apart,
    fit,
    grown,
    height_for,
    hull,
    place_labels,
)
from telemetry.places import Site, SiteKind

if TYPE_CHECKING:
    from console.ports import CityPlan
    from console.wording import Wording

WIDTH, TALLEST, MARGIN = 860.0, 780.0, 44.0
_HALF_BAR_WIDE, _HALF_BAR_HIGH, _HALF_SITE = 9.0, 18.5, 11.0
_MAIN_MM = 500.0
_KINDS = (SiteKind.WORKS, SiteKind.BOOSTER, SiteKind.RESERVOIR, SiteKind.PRESSURE_NODE)


@dataclass(frozen=True, slots=True)
class SiteShape:
    """A site's mark and label.

    Attributes:
        name, title, kind, zone: of the site.
        x, y: where it stands, pixels.
        label, short: where its label stands, and what it says.
        spoken: what a screen reader says; it contains the label as a word.
        point: the point whose value the mark shows.
    """

    name: str
    title: str
    kind: str
    zone: str
    x: float
    y: float
    label: Label
    short: str
    spoken: str
    point: str


@dataclass(frozen=True, slots=True)
class ZoneShape:
    """A pressure zone's outline (SVG points), the place of its name, and its nodes' points."""

    name: str
    title: str
    outline: str
    x: float
    y: float
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PipeLine:
    """A pipe as a line; ``main`` is a large one."""

    x1: float
    y1: float
    x2: float
    y2: float
    main: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The map as it stands still."""

    width: float
    height: float
    pipes: tuple[PipeLine, ...]
    zones: tuple[ZoneShape, ...]
    sites: tuple[SiteShape, ...]


def map_layout(plan: CityPlan, wording: Wording) -> Layout:
    """The map of a city in one language."""
    sites = [site for kind in _KINDS for site in plan.sites if site.kind is kind]
    where = [(s.x, s.y) for s in sites]
    height = height_for(where, WIDTH, TALLEST, MARGIN)
    projection = fit(where, WIDTH, height, MARGIN)
    places = apart(
        {s.name: projection.place(s.x, s.y) for s in sites}, {s.name: _half(s) for s in sites}
    )
    return Layout(
        WIDTH,
        height,
        tuple(_pipes(plan, projection)),
        tuple(_zones(plan, sites, places, wording)),
        tuple(_shapes(sites, places, wording, height)),
    )


def _pipes(plan: CityPlan, projection: Projection) -> list[PipeLine]:
    return [
        PipeLine(
            *projection.place(pipe.x1, pipe.y1),
            *projection.place(pipe.x2, pipe.y2),
            main=pipe.diameter_mm >= _MAIN_MM,
        )
        for pipe in plan.pipes
    ]


def _zones(
    plan: CityPlan, sites: list[Site], places: dict[str, Place], wording: Wording
) -> list[ZoneShape]:
    shapes = []
    for zone in plan.zones:
        inside = [s for s in sites if s.zone == zone.name]
        outline = grown(hull(places[s.name] for s in inside), 24.0)
        top = min(outline, key=lambda place: place[1], default=(0.0, 0.0))
        nodes = [s.name for s in inside if s.kind is SiteKind.PRESSURE_NODE]
        points = tuple(f"{n}.pressure" for n in nodes if f"{n}.pressure" in plan.points)
        text = " ".join(f"{x},{y}" for x, y in outline)
        title = zone.title.in_(wording.language)
        shapes.append(ZoneShape(zone.name, title, text, *top, points))
    return shapes


def _shapes(
    sites: list[Site], places: dict[str, Place], wording: Wording, height: float
) -> list[SiteShape]:
    marks = {s.name: (places[s.name], _box(places[s.name], _half(s))) for s in sites}
    shorts = {s.name: _short(s, wording) for s in sites}
    labels = place_labels(marks, shorts, Box(0, 0, WIDTH, height))
    return [
        SiteShape(
            name=s.name,
            title=s.title.in_(wording.language),
            kind=s.kind.value,
            zone=s.zone,
            x=places[s.name][0],
            y=places[s.name][1],
            label=labels[s.name],
            short=shorts[s.name],
            spoken=_spoken(s, wording),
            point=f"{s.name}.{_main_signal(s)}",
        )
        for s in sites
    ]


def _half(site: Site) -> Place:
    """Half the width and half the height of a site's mark, with a little air around it."""
    if site.kind is SiteKind.PRESSURE_NODE:
        return _HALF_BAR_WIDE, _HALF_BAR_HIGH
    return _HALF_SITE, _HALF_SITE


def _box(place: Place, half: Place) -> Box:
    return Box(place[0] - half[0], place[1] - half[1], place[0] + half[0], place[1] + half[1])


def _short(site: Site, wording: Wording) -> str:
    """A label for the map: a node's is the space that its value takes."""
    return "0.000" if site.kind is SiteKind.PRESSURE_NODE else short_title(site, wording)


def _spoken(site: Site, wording: Wording) -> str:
    title, short = site.title.in_(wording.language), short_title(site, wording)
    return title if title == short else f"{short} {title.removeprefix(short).strip()}"


def short_title(site: Site, wording: Wording) -> str:
    """A title without its kind, where the kind stands in a heading or in the mark's shape."""
    title = site.title.in_(wording.language)
    key = f"kind.{site.kind.value}"
    return title.removesuffix(wording(key)).strip() or title if key in wording.texts else title


def _main_signal(site: Site) -> str:
    match site.kind:
        case SiteKind.RESERVOIR:
            return "level"
        case SiteKind.PRESSURE_NODE:
            return "pressure"
        case _:
            return "outlet.pressure"
