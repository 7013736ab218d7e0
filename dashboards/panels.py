"""The kinds of panels that our dashboards are made of, each from points and a purpose.

All points of one panel are of one kind: one measurement, one unit, one scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.influxql import buckets, chosen, one_of, summary
from dashboards.limits import threshold_steps
from dashboards.model import (
    Draw,
    Form,
    LevelBars,
    Lines,
    Override,
    Panel,
    Stats,
    Style,
    Table,
    TagMeaning,
    Target,
    Threshold,
    Timeline,
    Tint,
)
from dashboards.sheet import Naming
from dashboards.units import COUNT, per_day, unit_of
from telemetry.kinds import FACTS, Kind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.limits import PointLimit
    from dashboards.sheet import Sheet
    from telemetry.points import Point

STATION = "station"
"""The variable with which a person chooses a works or a booster."""

FRESH = 3
"""A value counts as present for so many of its expected intervals."""

_ON_AND_OFF = (Threshold(None, "#565f68"), Threshold(0.5, "#c8d0d8"))
"""A state without limits: both are normal, so both are grey."""

_WORST = {
    "min": Text("每点为该时段的最低值。", "Each dot is the lowest of its interval."),
    "max": Text("每点为该时段的最高值。", "Each dot is the highest of its interval."),
    "mean": Text("每点为该时段的平均值。", "Each dot is the mean of its interval."),
    "last": Text("每点为该时段的最后值。", "Each dot is the last of its interval."),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a panel is about.

    Attributes:
        key: unique in the dashboard.
        title: of the panel.
        purpose: what it is for.
        points: all of one kind; at least one.
        naming: how much of their names stands beside their lines.
        width, height: on the grid.
        station: only the points of the chosen station.
    """

    key: str
    title: Text
    purpose: Text
    points: Sequence[Point]
    naming: Naming = Naming.SITE
    width: int = 12
    height: int = 9
    station: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of all its points."""
        return self.points[0].kind

    @property
    def names(self) -> tuple[str, ...]:
        """The points' names."""
        return tuple(point.name for point in self.points)

    @property
    def where(self) -> tuple[str, ...]:
        """Conditions that choose the points."""
        named = one_of("point", self.names)
        return (named, chosen("site", STATION)) if self.station else (named,)

    @property
    def expected_s(self) -> float:
        """Seconds within which each point has a new value."""
        return max(point.expected_s for point in self.points)


def trend(sheet: Sheet, subject: Subject, *, lines: bool = True) -> Panel:
    """Values over time, with the limits across where ``lines``."""
    limits = sheet.limits_of(subject.points)
    column = worst_column(limits)
    query = buckets(
        f'{column}("value")', subject.kind.value, subject.where, by="point", fill="null"
    )
    described = [sheet.say(subject.purpose), sheet.say(_WORST[column]), sheet.source(limits)]
    return Panel(
        key=subject.key,
        title=sheet.say(subject.title),
        description="\n\n".join(filter(None, described)),
        width=subject.width,
        height=subject.height,
        view=Lines(limit_lines=lines),
        targets=(Target(query, subject.names),),
        style=Style(
            unit_of(subject.kind),
            FACTS[subject.kind].decimals,
            thresholds=threshold_steps(limits, FACTS[subject.kind].decimals),
        ),
        overrides=_named(sheet, subject),
        least_interval=f"{subject.expected_s:g}s",
    )


def worst_column(limits: Iterable[PointLimit]) -> str:
    """The aggregate that shows what matters most: a mean alone hides a spike."""
    lows = [limit.priority.number for limit in limits if limit.is_low]
    highs = [limit.priority.number for limit in limits if not limit.is_low]
    low, high = min(lows, default=9), min(highs, default=9)
    if low == high:
        return "mean"
    return "min" if low < high else "max"


def newest(sheet: Sheet, subject: Subject, *, bars: bool = False) -> Panel:
    """The values of now; what is not fresh is not shown."""
    query = summary('last("value")', subject.kind.value, subject.where, by="point")
    fresh = Text("只显示新鲜值；过期的不显示。", "Only fresh values are shown; stale ones are not.")
    return _judged(
        sheet,
        subject,
        query,
        LevelBars() if bars else Stats(),
        remark=fresh,
        last=f"{FRESH * subject.expected_s:g}s",
    )


def extremes(sheet: Sheet, subject: Subject, column: str) -> Panel:
    """The lowest or highest value of each point within the dashboard's time, as bars."""
    query = summary(f'{column}("value")', subject.kind.value, subject.where, by="point")
    each = Text(
        "每个测点按自身高程换算后的限值着色。",
        "Each point is coloured by the limits at its own height.",
    )
    return _judged(sheet, subject, query, LevelBars(), remark=each)


def _judged(
    sheet: Sheet,
    subject: Subject,
    query: str,
    view: Stats | LevelBars,
    *,
    remark: Text,
    last: str = "",
) -> Panel:
    """One number for each point, coloured by that point's own limits."""
    limits = sheet.limits_of(subject.points)
    described = [sheet.say(subject.purpose), sheet.say(remark), sheet.source(limits)]
    decimals = FACTS[subject.kind].decimals
    bars = isinstance(view, LevelBars)
    return Panel(
        key=subject.key,
        title=sheet.say(subject.title),
        description="\n\n".join(filter(None, described)),
        width=subject.width,
        height=subject.height,
        view=view,
        targets=(Target(query, subject.names),),
        style=Style(
            unit_of(subject.kind),
            decimals,
            low=0.0 if bars else None,
            high=_top(limits) if bars else None,
            thresholds=threshold_steps(limits, decimals),
            meanings=sheet.yes_and_no() if subject.kind is Kind.STATE else (),
            tint=Tint.LIMITS,
        ),
        overrides=_named_and_judged(sheet, subject, limits),
        last=last,
    )


def _top(limits: Iterable[PointLimit]) -> float | None:
    """A scale's end a little above the highest limit."""
    values = [limit.value for limit in limits]
    return round(max(values) * 1.2, 3) if values and max(values) > 0 else None


def limit_timeline(sheet: Sheet, subject: Subject, *, lows: bool) -> Panel:
    """When each point was beyond which of its low (or high) limits."""
    column = "min" if lows else "max"
    limits = [limit for limit in sheet.limits_of(subject.points) if limit.is_low is lows]
    described = [sheet.say(subject.purpose), sheet.say(_WORST[column]), sheet.source(limits)]
    decimals = FACTS[subject.kind].decimals
    query = buckets(f'{column}("value")', subject.kind.value, subject.where, by="point")
    return Panel(
        key=subject.key,
        title=sheet.say(subject.title),
        description="\n\n".join(filter(None, described)),
        width=subject.width,
        height=subject.height,
        view=Timeline(words=False),
        targets=(Target(query, subject.names),),
        style=Style(
            unit_of(subject.kind),
            decimals,
            thresholds=threshold_steps(limits, decimals),
            meanings=sheet.yes_and_no() if subject.kind is Kind.STATE else (),
            tint=Tint.LIMITS,
        ),
        overrides=_named_and_judged(sheet, subject, limits, lows),
        least_interval=f"{subject.expected_s:g}s",
    )


def state_timeline(sheet: Sheet, subject: Subject) -> Panel:
    """When each state was on."""
    query = buckets('last("value")', subject.kind.value, subject.where, by="point")
    limits = sheet.limits_of(subject.points)
    described = [sheet.say(subject.purpose), sheet.source(limits)]
    return Panel(
        key=subject.key,
        title=sheet.say(subject.title),
        description="\n\n".join(filter(None, described)),
        width=subject.width,
        height=subject.height,
        view=Timeline(),
        targets=(Target(query, subject.names),),
        style=Style(
            COUNT, 0, thresholds=_ON_AND_OFF, meanings=sheet.yes_and_no(), tint=Tint.LIMITS
        ),
        overrides=_named_and_judged(sheet, subject, ()),
        least_interval=f"{subject.expected_s:g}s",
    )


def daily(sheet: Sheet, subject: Subject) -> Panel:
    """What totals grew by, each day of the city's calendar."""
    query = buckets(
        'spread("value")',
        subject.kind.value,
        subject.where,
        every="1d",
        by="point",
        fill="none",
        tz=sheet.plan.timezone,
    )
    remark = Text(
        "当日末次读数与首次读数之差，按本地日；计数器回零的那天不可信。",
        "Last reading of the local day less its first; wrong for a day on which a counter "
        "was reset.",
    )
    return Panel(
        key=subject.key,
        title=sheet.say(subject.title),
        description=f"{sheet.say(subject.purpose)}\n\n{sheet.say(remark)}",
        width=subject.width,
        height=subject.height,
        view=Lines(Draw.BARS),
        targets=(Target(query, subject.names),),
        style=Style(per_day(subject.kind), 0, low=0.0),
        overrides=_named(sheet, subject),
        last="7d",
    )


def range_table(sheet: Sheet, subject: Subject) -> Panel:
    """Lowest, mean and highest of each point, how many readings, and the worst quality."""
    columns = (
        'min("value") AS "lowest", mean("value") AS "mean", max("value") AS "highest", '
        'count("value") AS "usable", count("quality") AS "readings", max("quality") AS "worst"'
    )
    query = summary(columns, subject.kind.value, subject.where, by="point")
    limits = sheet.limits_of(subject.points)
    described = [sheet.say(subject.purpose), sheet.source(limits)]
    tags = tuple(TagMeaning(p.name, sheet.label(p, subject.naming)) for p in subject.points)
    return Panel(
        key=subject.key,
        title=sheet.say(subject.title),
        description="\n\n".join(filter(None, described)),
        width=subject.width,
        height=subject.height,
        view=Table(sort_by=sheet.say(_POINT)),
        targets=(Target(query, subject.names, alias="", form=Form.TABLE),),
        style=Style(unit_of(subject.kind), FACTS[subject.kind].decimals),
        overrides=(
            Override("point", sheet.say(_POINT), tags=tags),
            Override("lowest", sheet.say(Text("最低", "Lowest"))),
            Override("mean", sheet.say(Text("平均", "Mean"))),
            Override("highest", sheet.say(Text("最高", "Highest"))),
            Override("usable", sheet.say(Text("可用读数", "Usable readings")), COUNT, 0),
            Override("readings", sheet.say(Text("全部读数", "All readings")), COUNT, 0),
            worst_quality(sheet),
        ),
    )


_POINT = Text("测点", "Point")


def worst_quality(sheet: Sheet) -> Override:
    """The column with the worst quality, in words."""
    title = sheet.say(Text("最差质量", "Worst quality"))
    return Override("worst", title, COUNT, 0, meanings=sheet.quality_words())


def _named(sheet: Sheet, subject: Subject) -> tuple[Override, ...]:
    """What people call each line; setpoints are dashed."""
    return tuple(
        Override(point.name, sheet.label(point, subject.naming), dashed=point.writable)
        for point in subject.points
    )


def _named_and_judged(
    sheet: Sheet, subject: Subject, common: Sequence[PointLimit], lows: bool | None = None
) -> tuple[Override, ...]:
    """What people call each point, and its own limits where they differ from the panel's.

    Args:
        sheet: the city.
        subject: what the panel is about.
        common: the limits that the panel draws for all.
        lows: only the low (True) or high (False) limits; None takes both.
    """
    shown = threshold_steps(common, FACTS[subject.kind].decimals)
    found = []
    for point in subject.points:
        own = threshold_steps(_own(sheet, point, lows), point.decimals)
        label = sheet.label(point, subject.naming)
        found.append(Override(point.name, label, thresholds=None if own == shown else own))
    return tuple(found)


def _own(sheet: Sheet, point: Point, lows: bool | None) -> list[PointLimit]:
    return [
        limit for limit in sheet.limits.get(point.name, ()) if lows is None or limit.is_low is lows
    ]
