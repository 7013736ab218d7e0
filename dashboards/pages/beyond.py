"""Alarms, as the readings show them: when each limited point was beyond which limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import words
from dashboards.grouping import by_limits, by_signal, by_zone, titled
from dashboards.model import Panel, Row
from dashboards.notes import limits_note, note
from dashboards.panels import Subject, limit_timeline
from dashboards.sheet import Naming, signal_of
from telemetry.kinds import Kind
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from dashboards.grouping import Group
    from dashboards.sheet import Sheet

_WHAT = Text(
    "本页由读数得出：颜色表示该时段内越过的最紧急的限值，灰色为正常，空白为没有可用读数。"
    "报警本身（延时、死区、确认、搁置、通知）在 Baotu 控制台；报警数量等指标在 /metrics，"
    "需要另配 Prometheus 数据源。",
    "This page is made from readings: a colour is the most urgent limit that was passed in that "
    "interval, grey is normal, a gap has no usable reading. The alarms themselves – delays, "
    "deadbands, acknowledging, shelving, notifications – are on Baotu's console; their numbers "
    "are at /metrics and need a Prometheus data source beside this one.",
)

_ORDER = (
    SiteKind.PRESSURE_NODE,
    SiteKind.QUALITY_STATION,
    SiteKind.RESERVOIR,
    SiteKind.WORKS,
    SiteKind.BOOSTER,
    SiteKind.METER_GROUP,
)


def beyond(sheet: Sheet) -> tuple[Row, ...]:
    """The rows of the page: one a kind of site."""
    rows = [_row(sheet, kind) for kind in _ORDER]
    shown = [row for row in rows if row.panels]
    if not shown:
        return ()
    limited = [point for point in sheet.points(*_ORDER) if point.name in sheet.limits]
    return (
        Row("about", "", (note(sheet, "what", Text("怎么看", "How to read this"), _WHAT),)),
        *shown,
        Row("limits", "", (limits_note(sheet, "limits", limited, height=14),)),
    )


def _row(sheet: Sheet, site_kind: SiteKind) -> Row:
    panels = []
    for lows in (True, False):
        for kind in Kind:
            groups = _groups(sheet, site_kind, kind, lows=lows)
            panels += [_panel(sheet, group, len(groups), lows=lows) for group in groups]
    return Row(site_kind.value, sheet.say(words.SITE_KINDS[site_kind]), tuple(panels))


def _groups(sheet: Sheet, site_kind: SiteKind, kind: Kind, *, lows: bool) -> list[Group]:
    """Limited points that share a picture: of one zone for nodes, of one meaning elsewhere."""
    points = [
        point
        for point in sheet.points(site_kind, kind=kind)
        if any(limit.is_low is lows for limit in sheet.limits.get(point.name, ()))
    ]
    if site_kind is SiteKind.PRESSURE_NODE:
        return list(by_zone(sheet, points))
    if kind is Kind.STATE:  # pumps are many: their faults share a picture
        return list(by_limits(sheet, points))
    return [group for signal in by_signal(points) for group in by_limits(sheet, signal)]


def _panel(sheet: Sheet, group: Group, of: int, *, lows: bool) -> Panel:
    single = len({signal_of(point) for point in group}) == 1
    what = group[0].title if single else words.KINDS[group[0].kind]
    zoned = titled(sheet, what, group, of)
    side = _side(group[0].kind, lows=lows)
    subject = Subject(
        f"{'low' if lows else 'high'} {group[0].name}",
        Text(f"{zoned.zh} · {side.zh}", f"{zoned.en} · {side.en}"),
        Text("何时越过哪一条限值。", "When which limit was passed."),
        group,
        Naming.SITE if single else Naming.BOTH,
        height=4 + len(group) // 2,
    )
    return limit_timeline(sheet, subject, lows=lows)


def _side(kind: Kind, *, lows: bool) -> Text:
    if kind is Kind.STATE:
        return Text("应为“是”", "should be yes") if lows else Text("应为“否”", "should be no")
    return Text("低于下限", "below low limits") if lows else Text("高于上限", "above high limits")
