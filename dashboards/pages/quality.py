"""Water quality: each quantity with the limits of the water that is sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import words
from dashboards.grouping import by_limits, in_parts, titled
from dashboards.model import Panel, Row
from dashboards.notes import limits_note, note
from dashboards.panels import Subject, range_table, trend
from telemetry.kinds import Kind
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from dashboards.sheet import Sheet
    from telemetry.points import Point

_QUANTITIES = (
    Kind.FREE_CHLORINE,
    Kind.TOTAL_CHLORINE,
    Kind.CHLORINE_DIOXIDE,
    Kind.TURBIDITY,
    Kind.PH,
    Kind.CONDUCTIVITY,
    Kind.REDOX,
    Kind.TEMPERATURE,
    Kind.TOC,
)

_ONLINE = Text(
    "标准判定的是实验室检验结果：在线读数越限只是提示，须取样送检确认。"
    "维护、标定期间的读数质量为“可疑”或“坏”，“坏”的读数没有数值，不进入任何统计。",
    "The standard judges laboratory samples: an online reading beyond a limit is a hint until a "
    "sample confirms it. Readings during maintenance and calibration are uncertain or bad; a bad "
    "reading has no value and enters no statistics.",
)


def quality(sheet: Sheet) -> tuple[Row, ...]:
    """The rows of the page: one a quantity."""
    rows = [_row(sheet, kind) for kind in _QUANTITIES]
    points = sheet.points(SiteKind.QUALITY_STATION)
    shown = [row for row in rows if row.panels]
    if not shown:
        return ()
    about = Row(
        "about",
        "",
        (
            note(sheet, "online", Text("怎么看", "How to read this"), _ONLINE, height=3),
            limits_note(sheet, "limits", points),
        ),
    )
    return (about, *shown)


def _row(sheet: Sheet, kind: Kind) -> Row:
    points = sheet.points(SiteKind.QUALITY_STATION, kind=kind)
    purpose = Text("水质是否在限值之内。", "Whether the water is within its limits.")
    groups = by_limits(sheet, points)
    width = 24 // min(len(groups), 3) if groups else 24
    curves = [
        trend(
            sheet,
            Subject(
                f"{kind.value} {n}",
                titled(sheet, words.KINDS[kind], group, len(groups)),
                purpose,
                group,
                width=width,
            ),
        )
        for n, group in enumerate(groups)
    ]
    return Row(kind.value, sheet.say(words.KINDS[kind]), (*curves, *_tables(sheet, kind, points)))


def _tables(sheet: Sheet, kind: Kind, points: tuple[Point, ...]) -> list[Panel]:
    title = Text("时段内概况", "In this time")
    purpose = Text(
        "每站的最低、平均、最高，可用读数与最差质量。",
        "Lowest, mean and highest of each station, usable readings and the worst quality.",
    )
    return [
        range_table(sheet, Subject(f"{kind.value} table {n}", title, purpose, group, width=24))
        for n, group in enumerate(in_parts(points))
    ]
