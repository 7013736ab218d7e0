"""Pressure zones: what the customers were promised and what the network must keep."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from alarms.selection import meter_shifts
from dashboards.grouping import in_parts
from dashboards.influxql import buckets, one_of
from dashboards.limits import as_stated, strictest, threshold_steps
from dashboards.model import Lines, Override, Panel, Row, Style, Target
from dashboards.notes import limits_note, note
from dashboards.panels import Subject, extremes
from dashboards.sheet import Naming
from dashboards.units import unit_of
from telemetry.kinds import FACTS, Kind
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.limits import PointLimit
    from dashboards.sheet import Sheet
    from telemetry.places import Zone
    from telemetry.points import Point

_DECIMALS = FACTS[Kind.PRESSURE].decimals

_HOW = Text(
    "左图是测压点的读数，与管网限值比较；中图把同一读数换算到最不利用户的水表前，与表前承诺比较："
    "P表前 = P测点 − 0.00980665·(z表 − z测点) − 管损（MPa，m），与报警用同一算法。"
    "水表高程未知的测压点不在中图。右图是所选时段内每点的最低读数，按该点自己的限值着色。",
    "Left: readings at the nodes, against the network's limits. Middle: the same readings carried "
    "to the most unfavourable customer's meter, against the promise made there: "
    "P_meter = P_node − 0.00980665·(z_meter − z_node) − loss (MPa, m), the alarms' own formula. "
    "Nodes whose meters' height is not known are left out there. Right: the lowest reading of each "
    "node within the chosen time, coloured by that node's own limits.",
)


def zones(sheet: Sheet) -> tuple[Row, ...]:
    """The rows of the page: one a zone."""
    nodes = sheet.points(SiteKind.PRESSURE_NODE, kind=Kind.PRESSURE)
    if not nodes:
        return ()
    head = Row(
        "about",
        "",
        (
            note(sheet, "how", Text("怎么看", "How to read this"), _HOW),
            limits_note(sheet, "limits", nodes, height=7),
        ),
    )
    return (head, *(row for zone in sheet.plan.zones if (row := _zone(sheet, zone)).panels))


def _zone(sheet: Sheet, zone: Zone) -> Row:
    nodes = sheet.points(SiteKind.PRESSURE_NODE, kind=Kind.PRESSURE, zone=zone.name)
    panels = [
        panel
        for n, group in enumerate(in_parts(nodes))
        for panel in _pictures(sheet, f"{zone.name}{n}", group)
    ]
    return Row(zone.name, sheet.say(zone.title), tuple(panels))


def _pictures(sheet: Sheet, key: str, nodes: Sequence[Point]) -> list[Panel]:
    at_meter = _at_meter(sheet, f"{key} meter", nodes)
    width = 9 if at_meter else 14
    lowest = Subject(
        f"{key} lowest",
        Text("时段内最低", "Lowest in this time"),
        Text("哪些点供不上水。", "Which points are not served."),
        nodes,
        width=24 - width * (2 if at_meter else 1),
        height=12,
    )
    read = _as_read(sheet, f"{key} read", nodes, width)
    return [read, *at_meter, extremes(sheet, lowest, "min")]


def _as_read(sheet: Sheet, key: str, nodes: Sequence[Point], width: int) -> Panel:
    """Readings of the nodes with the network's limits across."""
    limits = [limit for limit in sheet.limits_of(nodes) if not limit.before_meter]
    purpose = Text(
        "管网是否保住最低压力。每点为该时段的最低值。",
        "Whether the network keeps its least pressure. Each dot is the lowest of its interval.",
    )
    return Panel(
        key=key,
        title=sheet.say(Text("测点压力", "Pressure at the nodes")),
        description=f"{sheet.say(purpose)}\n\n{sheet.source(limits)}".rstrip(),
        width=width,
        height=12,
        view=Lines(limit_lines=True),
        targets=(_target(nodes, 0.0),),
        style=_style(limits),
        overrides=_names(sheet, nodes),
        least_interval=_interval(nodes),
    )


def _at_meter(sheet: Sheet, key: str, nodes: Sequence[Point]) -> list[Panel]:
    """The pressure before the meters with the promise across; one query for each lift."""
    shifts = _shifts(sheet, nodes)
    limits = as_stated(
        limit
        for limit in strictest(limit for name in shifts for limit in sheet.limits.get(name, ()))
        if limit.before_meter
    )
    if not limits:
        return []
    purpose = Text(
        "表前承诺是否兑现。由测点读数换算，不是实测。每点为该时段的最低值。",
        "Whether the promise before the meter is kept. Calculated from the nodes' readings, not "
        "measured. Each dot is the lowest of its interval.",
    )
    promised = [node for node in nodes if node.name in shifts]
    lifts: dict[float, list[Point]] = defaultdict(list)
    for node in promised:
        lifts[shifts[node.name]].append(node)
    return [
        Panel(
            key=key,
            title=sheet.say(Text("表前压力（换算）", "Pressure before the meter (calculated)")),
            description=f"{sheet.say(purpose)}\n\n{sheet.source(limits)}",
            width=9,
            height=12,
            view=Lines(limit_lines=True),
            targets=tuple(_target(group, shift) for shift, group in lifts.items()),
            style=_style(limits),
            overrides=_names(sheet, promised),
            least_interval=_interval(promised),
        )
    ]


def _shifts(sheet: Sheet, nodes: Sequence[Point]) -> dict[str, float]:
    """What is added to a reading to get the pressure before the meter, MPa; promised nodes only."""
    rows = np.array([sheet.plan.points.index(node.name) for node in nodes], dtype=np.int32)
    shifts = meter_shifts(rows, sheet.plan.points, sheet.sites).tolist()
    return {
        node.name: round(shift, 6)
        for node, shift in zip(nodes, shifts, strict=True)
        if any(limit.before_meter for limit in sheet.limits.get(node.name, ()))
    }


def _target(nodes: Sequence[Point], shift: float) -> Target:
    names = tuple(node.name for node in nodes)
    sign = "-" if shift < 0 else "+"
    column = 'min("value")' + (f" {sign} {abs(shift):.6f}" if shift else "")
    query = buckets(column, Kind.PRESSURE.value, [one_of("point", names)], by="point")
    return Target(query, names)


def _style(limits: Iterable[PointLimit]) -> Style:
    steps = threshold_steps(limits, _DECIMALS)
    return Style(unit_of(Kind.PRESSURE), _DECIMALS, thresholds=steps)


def _names(sheet: Sheet, nodes: Sequence[Point]) -> tuple[Override, ...]:
    return tuple(Override(node.name, sheet.label(node, Naming.SITE)) for node in nodes)


def _interval(nodes: Sequence[Point]) -> str:
    return f"{max(node.expected_s for node in nodes):g}s"
