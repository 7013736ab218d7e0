"""Reservoirs: how full, how fast they fill or empty, and when a limit was passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.grouping import by_limits, by_signal, in_parts
from dashboards.model import Panel, Row
from dashboards.notes import limits_note
from dashboards.panels import Subject, limit_timeline, newest, range_table, trend
from dashboards.sheet import is_total, signal_of
from telemetry.kinds import Kind
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from dashboards.sheet import Sheet
    from telemetry.points import Point


def reservoirs(sheet: Sheet) -> tuple[Row, ...]:
    """The rows of the page."""
    levels = sheet.points(SiteKind.RESERVOIR, kind=Kind.LEVEL)
    if not levels:
        return ()
    return (
        Row("levels", sheet.say(Text("水位", "Levels")), (*_now(sheet), *_levels(sheet, levels))),
        Row("water", sheet.say(Text("进出水与蓄水", "Flows and volumes")), _water(sheet)),
        Row(
            "limits",
            sheet.say(Text("越限时段", "Beyond limits")),
            (*_beyond(sheet, levels), limits_note(sheet, "source", levels, height=5)),
        ),
    )


def _now(sheet: Sheet) -> list[Panel]:
    purpose = Text("现在还有多少水。", "How much water there is now.")
    levels = sheet.points(SiteKind.RESERVOIR, kind=Kind.LEVEL)
    return [
        newest(
            sheet,
            Subject(f"now{n}", Text("现在", "Now"), purpose, group, width=8, height=10),
            bars=True,
        )
        for n, group in enumerate(in_parts(levels))
    ]


def _levels(sheet: Sheet, levels: tuple[Point, ...]) -> list[Panel]:
    purpose = Text("涨落是否与计划相符。", "Whether levels rise and fall as planned.")
    return [
        trend(
            sheet,
            Subject(f"level{n}", Text("水位", "Level"), purpose, group, width=16, height=10),
        )
        for n, group in enumerate(by_limits(sheet, levels))
    ]


def _water(sheet: Sheet) -> tuple[Panel, ...]:
    purpose = Text("水从哪来、到哪去。", "Where the water comes from and goes.")
    points = [
        point
        for kind in (Kind.FLOW, Kind.VOLUME)
        for point in sheet.points(SiteKind.RESERVOIR, kind=kind)
        if not is_total(point)
    ]
    return tuple(
        trend(sheet, Subject(f"{signal_of(group[0])} {n}", group[0].title, purpose, group))
        for n, group in enumerate(by_signal(points))
    )


def _beyond(sheet: Sheet, levels: tuple[Point, ...]) -> list[Panel]:
    purpose = Text("何时越过哪一条限值。", "When which limit was passed.")
    low, high = Text("低于下限", "Below the low limits"), Text("高于上限", "Above the high limits")
    panels: list[Panel] = []
    for n, group in enumerate(in_parts(levels)):
        for title, lows in ((low, True), (high, False)):
            if any(limit.is_low is lows for limit in sheet.limits_of(group)):
                subject = Subject(f"beyond {lows} {n}", title, purpose, group, height=7)
                panels.append(limit_timeline(sheet, subject, lows=lows))
        table = Subject(
            f"table {n}",
            Text("时段内概况", "In this time"),
            Text("每座水池的最低、平均、最高水位。", "Lowest, mean and highest level of each."),
            group,
            width=24,
            height=7,
        )
        panels.append(range_table(sheet, table))
    return panels
