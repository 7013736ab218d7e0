"""Which points share one picture; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import words
from dashboards.limits import threshold_steps
from dashboards.sheet import signal_of
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from dashboards.sheet import Sheet
    from telemetry.points import Point

MOST_LINES = 16
"""More lines than this cannot be told apart."""

Group = tuple["Point", ...]


def by_limits(sheet: Sheet, points: Iterable[Point]) -> tuple[Group, ...]:
    """Points whose limits are the same, so that the lines across the picture hold for all."""
    return _grouped(
        points,
        lambda point: threshold_steps(sheet.limits.get(point.name, ()), point.decimals),
    )


def by_signal(points: Iterable[Point]) -> tuple[Group, ...]:
    """Points that mean the same at different sites."""
    return _grouped(points, signal_of)


def by_zone(sheet: Sheet, points: Iterable[Point]) -> tuple[Group, ...]:
    """Points of one pressure zone."""
    return _grouped(points, lambda point: sheet.sites[point.site].zone)


def titled(sheet: Sheet, title: Text, group: Group, of: int) -> Text:
    """The title of one of several pictures: with the waters sampled, or else the zones shown.

    Args:
        sheet: the city.
        title: what all the pictures show.
        group: the points of this one.
        of: how many pictures there are.
    """
    sites = [sheet.sites[point.site] for point in group]
    waters = [words.SAMPLINGS[site.sampling] for site in sites if site.sampling is not None]
    if sites[0].kind is SiteKind.QUALITY_STATION:
        return _joined(title, dict.fromkeys(waters))
    if of == 1:
        return title
    zones = {site.zone for site in sites}
    return _joined(title, [zone.title for zone in sheet.plan.zones if zone.name in zones])


def _joined(title: Text, parts: Iterable[Text]) -> Text:
    listed = tuple(parts)
    if not listed:
        return title
    return Text(
        f"{title.zh} · {'、'.join(part.zh for part in listed)}",
        f"{title.en} · {', '.join(part.en for part in listed)}",
    )


def in_parts(points: Sequence[Point]) -> tuple[Group, ...]:
    """As few equal parts as no picture needs more than :data:`MOST_LINES` lines for."""
    parts = -(-len(points) // MOST_LINES)
    size = -(-len(points) // parts) if parts else 0
    return tuple(tuple(points[part * size : (part + 1) * size]) for part in range(parts))


def _grouped(points: Iterable[Point], key: Callable[[Point], Hashable]) -> tuple[Group, ...]:
    groups: dict[Hashable, list[Point]] = {}
    for point in points:
        groups.setdefault(key(point), []).append(point)
    return tuple(part for group in groups.values() for part in in_parts(group))
