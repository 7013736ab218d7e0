"""Collectors' health: do readings come, and can they be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import words
from dashboards.grouping import in_parts
from dashboards.influxql import buckets, none_of, one_of, summary
from dashboards.model import (
    Draw,
    Form,
    Lines,
    Override,
    Panel,
    Row,
    Style,
    Table,
    TagMeaning,
    Target,
    Timeline,
    Tint,
)
from dashboards.notes import note
from dashboards.panels import worst_quality
from dashboards.units import COUNT, PERCENT
from telemetry.kinds import Kind
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.sheet import Sheet
    from telemetry.points import Point

_WHAT = Text(
    '坏读数也入库，但没有数值：count("quality") 是全部读数，count("value") 是可用读数。'
    "连接、重试和延迟的细节在 Baotu 控制台的设备页和 /metrics。",
    'Bad readings are stored too, without a value: count("quality") are all readings, '
    'count("value") the usable ones. Links, retries and delays are on the console\'s page of '
    "devices and at /metrics.",
)
_POLLED = tuple(kind for kind in SiteKind if kind is not SiteKind.METER_GROUP)
_LEAST = "300s"
"""Shorter intervals hold too few readings for a share of them."""


def health(sheet: Sheet) -> tuple[Row, ...]:
    """The rows of the page."""
    polled = _kinds(sheet, _POLLED)
    rows = [
        Row(
            "about", "", (note(sheet, "what", Text("怎么看", "How to read this"), _WHAT, height=3),)
        ),
        Row("arrival", sheet.say(Text("到达与可用", "Arrival and use")), _arrival(sheet, polled)),
        Row("quality", sheet.say(Text("最差质量", "Worst quality")), _timelines(sheet)),
        Row("sites", sheet.say(Text("按站点", "By site")), _tables(sheet, polled)),
        Row("meters", sheet.say(words.SITE_KINDS[SiteKind.METER_GROUP]), _meters(sheet)),
    ]
    return tuple(row for row in rows if row.panels)


def _kinds(sheet: Sheet, site_kinds: Sequence[SiteKind]) -> dict[Kind, tuple[Point, ...]]:
    """The points of these sites by kind."""
    found = {kind: sheet.points(*site_kinds, kind=kind) for kind in Kind}
    return {kind: points for kind, points in found.items() if points}


def _at(sheet: Sheet, points: Sequence[Point]) -> list[str]:
    """A condition that chooses the sites of these points among all that have their kind."""
    wanted = dict.fromkeys(point.site for point in points)
    every = dict.fromkeys(p.site for p in sheet.plan.points if p.kind is points[0].kind)
    others = [site for site in every if site not in wanted]
    if len(others) < len(wanted):
        return [none_of("site", others)] if others else []
    return [one_of("site", wanted)]


def _names(points: Sequence[Point]) -> tuple[str, ...]:
    return tuple(point.name for point in points)


def _arrival(sheet: Sheet, kinds: dict[Kind, tuple[Point, ...]]) -> tuple[Panel, ...]:
    """Readings that came, and readings that can be used, in percent, a line a kind."""
    return (
        Panel(
            key="came",
            title=sheet.say(Text("到达率", "Readings that came")),
            description=sheet.say(
                Text(
                    "每段时间（至少 5 分钟）到达的读数占应有数（按轮询周期）的百分比；"
                    "坏读数也算到达。"
                    "两端不完整的时段会偏低。",
                    "Readings that came in each interval of at least 5 minutes, in percent of "
                    "those due by polling; bad ones count as come. The unfinished intervals at "
                    "both ends show less.",
                )
            ),
            width=12,
            height=9,
            view=Lines(),
            targets=tuple(_came(sheet, kind, points) for kind, points in kinds.items()),
            style=Style(PERCENT, 1, low=0.0),
            least_interval=_LEAST,
        ),
        Panel(
            key="usable",
            title=sheet.say(Text("可用率", "Readings that can be used")),
            description=sheet.say(
                Text(
                    "有数值的读数占到达读数的百分比；0 % 表示全坏或没有到达。",
                    "Readings with a value in percent of those that came; 0 % means all bad, or "
                    "none came.",
                )
            ),
            width=12,
            height=9,
            view=Lines(),
            targets=tuple(_usable(sheet, kind, points) for kind, points in kinds.items()),
            style=Style(PERCENT, 1, low=0.0, high=100.0),
            least_interval=_LEAST,
        ),
    )


def _came(sheet: Sheet, kind: Kind, points: Sequence[Point]) -> Target:
    due_per_s = sum(1 / sheet.plan.poll_s.get(point.name, point.expected_s) for point in points)
    query = buckets(
        f'count("quality") * {100_000 / due_per_s:.6f} / $__interval_ms',
        kind.value,
        _at(sheet, points),
        fill="0",
    )
    return Target(query, _names(points), by="", alias=sheet.say(words.KINDS[kind]))


def _usable(sheet: Sheet, kind: Kind, points: Sequence[Point]) -> Target:
    query = buckets(
        '100 * count("value") / count("quality")', kind.value, _at(sheet, points), fill="0"
    )
    return Target(query, _names(points), by="", alias=sheet.say(words.KINDS[kind]))


def _timelines(sheet: Sheet) -> tuple[Panel, ...]:
    """The worst quality of each site over time; one quantity stands for the site's link."""
    panels: list[Panel] = []
    for site_kind in _POLLED:
        kind = _leading_kind(sheet, site_kind)
        if kind is None:
            continue
        points = sheet.points(site_kind, kind=kind)
        first = {point.site: point for point in reversed(points)}
        ordered = [point for point in points if first[point.site] is point]
        for n, group in enumerate(in_parts(ordered)):
            panels.append(_timeline(sheet, f"{site_kind.value} {n}", site_kind, group))
    return tuple(panels)


def _leading_kind(sheet: Sheet, site_kind: SiteKind) -> Kind | None:
    """The kind that most sites of this kind have."""
    sites = {
        kind: len({point.site for point in sheet.points(site_kind, kind=kind)}) for kind in Kind
    }
    best = max(Kind, key=lambda kind: sites[kind])
    return best if sites[best] else None


def _timeline(sheet: Sheet, key: str, site_kind: SiteKind, points: Sequence[Point]) -> Panel:
    kind = words.KINDS[points[0].kind]
    site = words.SITE_KINDS[site_kind]
    query = buckets(
        'max("quality")', points[0].kind.value, [one_of("point", _names(points))], by="site"
    )
    return Panel(
        key=f"worst {key}",
        title=sheet.say(Text(f"{site.zh} · {kind.zh}", f"{site.en} · {kind.en}")),
        description=sheet.say(
            Text(
                "每段时间内的最差质量；空白为没有读数。",
                "The worst quality of each interval; a gap means no reading.",
            )
        ),
        width=12,
        height=4 + len(points) // 2,
        view=Timeline(words=False),
        targets=(Target(query, _names(points), by="site", alias="$tag_site"),),
        style=Style(COUNT, 0, meanings=sheet.quality_words(), tint=Tint.LIMITS),
        overrides=tuple(
            Override(point.site, sheet.say(sheet.sites[point.site].title)) for point in points
        ),
        least_interval=f"{max(point.expected_s for point in points):g}s",
    )


def _tables(sheet: Sheet, kinds: dict[Kind, tuple[Point, ...]]) -> tuple[Panel, ...]:
    """Readings, usable share and worst quality of each site, a table a kind."""
    return tuple(_table(sheet, kind, points) for kind, points in kinds.items())


def _table(sheet: Sheet, kind: Kind, points: Sequence[Point]) -> Panel:
    columns = (
        'count("quality") AS "readings", 100 * count("value") / count("quality") AS "usable", '
        'max("quality") AS "worst"'
    )
    query = summary(columns, kind.value, _at(sheet, points), by="site", fill="0")
    sites = dict.fromkeys(point.site for point in points)
    titles = tuple(TagMeaning(site, sheet.say(sheet.sites[site].title)) for site in sites)
    heading = sheet.say(Text("站点", "Site"))
    return Panel(
        key=f"table {kind.value}",
        title=sheet.say(words.KINDS[kind]),
        description=sheet.say(
            Text(
                "所选时段内每个站点的读数、可用百分比和最差质量。",
                "Readings of each site within the chosen time, how much of them can be used, "
                "and the worst quality.",
            )
        ),
        width=12,
        height=8,
        view=Table(sort_by=heading),
        targets=(Target(query, _names(points), by="site", alias="", form=Form.TABLE),),
        style=Style(COUNT, 0),
        overrides=(
            Override("site", heading, tags=titles),
            Override("readings", sheet.say(Text("读数", "Readings"))),
            Override("usable", sheet.say(Text("可用", "Usable")), PERCENT, 1),
            worst_quality(sheet),
        ),
    )


def _meters(sheet: Sheet) -> tuple[Panel, ...]:
    """Smart meters report a few times a day: how many readings came, and can be used.

    One quantity stands for all that a meter sends: a city has thousands, and each costs.
    """
    kind = _leading_kind(sheet, SiteKind.METER_GROUP)
    if kind is None:
        return ()
    points = sheet.points(SiteKind.METER_GROUP, kind=kind)
    query = buckets(
        'count("quality") AS "readings", count("value") AS "usable"',
        kind.value,
        _at(sheet, points),
        every="1d",
        fill="none",
        tz=sheet.plan.timezone,
    )
    name = words.KINDS[kind]
    return (
        Panel(
            key="meters a day",
            title=sheet.say(Text(f"每日读数 · {name.zh}", f"Readings a day · {name.en}")),
            description=sheet.say(
                Text(
                    "按表上的时间计，迟到的补记在当时那天。",
                    "By the meters' own time: what comes late counts for the day it was measured.",
                )
            ),
            width=24,
            height=8,
            view=Lines(Draw.BARS),
            targets=(Target(query, _names(points), by="", alias="$col"),),
            style=Style(COUNT, 0, low=0.0),
            overrides=(
                Override("readings", sheet.say(Text("全部读数", "All readings"))),
                Override("usable", sheet.say(Text("可用读数", "Usable readings"))),
            ),
            last="7d",
        ),
    )
