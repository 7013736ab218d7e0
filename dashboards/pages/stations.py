"""Works and booster stations: all beside each other, then one chosen station in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import words
from dashboards.grouping import by_limits, by_signal, titled
from dashboards.model import Choice, Panel, Row
from dashboards.notes import limits_note
from dashboards.panels import STATION, Subject, daily, state_timeline, trend
from dashboards.sheet import Naming, is_total
from telemetry.kinds import Kind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.sheet import Sheet
    from telemetry.places import SiteKind
    from telemetry.points import Point

_COMPARED = (Kind.PRESSURE, Kind.FLOW, Kind.LEVEL, Kind.TURBIDITY)
_DETAILED = (
    Kind.PRESSURE,
    Kind.FLOW,
    Kind.LEVEL,
    Kind.FREE_CHLORINE,
    Kind.TURBIDITY,
    Kind.POWER,
    Kind.FREQUENCY,
)
_TOTALS = (Kind.VOLUME, Kind.ENERGY)


def stations(sheet: Sheet, site_kind: SiteKind) -> tuple[Row, ...]:
    """The rows of the page of works, or of boosters."""
    points = sheet.points(site_kind)
    if not points:
        return ()
    limited = [point for point in points if point.kind in _COMPARED]
    return (
        Row("compare", sheet.say(Text("各站对照", "All stations")), _compared(sheet, points)),
        Row("station", f"${{{STATION}:text}}", _detail(sheet, points)),
        Row("limits", "", (limits_note(sheet, "limits", limited, height=7),)),
    )


def station_choice(sheet: Sheet, site_kind: SiteKind) -> Choice:
    """The variable that chooses the station of the second row."""
    sites = [site for site in sheet.plan.sites if site.kind is site_kind]
    options = tuple((site.name, sheet.say(site.title)) for site in sites)
    return Choice(STATION, sheet.say(words.SITE_KINDS[site_kind]), options)


def _compared(sheet: Sheet, points: Sequence[Point]) -> tuple[Panel, ...]:
    """A picture for each signal, a line for each station."""
    purpose = Text("哪个站与别的不同。", "Which station differs from the others.")
    panels = []
    for kind in _COMPARED:
        for signal in by_signal(_measured(points, kind)):
            groups = by_limits(sheet, signal)
            for group in groups:
                title = titled(sheet, group[0].title, group, len(groups))
                panels.append(trend(sheet, Subject(group[0].name, title, purpose, group)))
    return (*panels, *_daily(sheet, points))


def _daily(sheet: Sheet, points: Sequence[Point]) -> list[Panel]:
    """What each station delivered a day, where it has a counter of its own."""
    totals = [point for point in points if point.kind is Kind.VOLUME and is_total(point)]
    purpose = Text("每天供了多少水。", "How much was delivered each day.")
    title = Text("日供水量", "Delivered a day")
    return [
        daily(sheet, Subject(f"daily {group[0].name}", title, purpose, group))
        for group in by_signal(totals)
    ]


def _measured(points: Iterable[Point], kind: Kind) -> list[Point]:
    """Points of a kind that are no setpoints and no totals."""
    return [p for p in points if p.kind is kind and not p.writable and not is_total(p)]


def _detail(sheet: Sheet, points: Sequence[Point]) -> tuple[Panel, ...]:
    """A picture for each kind, with all that the chosen station has of it."""
    return (
        *_curves(sheet, points),
        *_states(sheet, points),
        *_station_totals(sheet, points),
    )


def _curves(sheet: Sheet, points: Sequence[Point]) -> list[Panel]:
    purpose = Text(
        "所选站的全部测点；虚线为设定值。",
        "All that the chosen station measures; setpoints are dashed.",
    )
    return [
        trend(
            sheet,
            Subject(
                f"station {kind.value}",
                words.KINDS[kind],
                purpose,
                chosen,
                Naming.POINT,
                station=True,
            ),
            lines=False,
        )
        for kind in _DETAILED
        if (chosen := [p for p in points if p.kind is kind and not is_total(p)])
    ]


def _states(sheet: Sheet, points: Sequence[Point]) -> list[Panel]:
    states = [point for point in points if point.kind is Kind.STATE]
    if not states:
        return []
    title = Text("机泵与供电状态", "Pumps, faults and supply")
    purpose = Text("何时启停、故障、失电。", "When pumps ran, were faulty, or power was lost.")
    subject = Subject(
        "station states", title, purpose, states, Naming.POINT, width=24, height=10, station=True
    )
    return [state_timeline(sheet, subject)]


def _station_totals(sheet: Sheet, points: Sequence[Point]) -> list[Panel]:
    purpose = Text("每天多少水、多少电。", "Water and energy of each day.")
    return [
        daily(
            sheet,
            Subject(
                f"station daily {kind.value}",
                words.KINDS[kind],
                purpose,
                totals,
                Naming.POINT,
                station=True,
            ),
        )
        for kind in _TOTALS
        if (totals := [p for p in points if p.kind is kind and is_total(p)])
    ]
