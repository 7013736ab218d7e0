"""City overview: is anything wrong, and where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import words
from dashboards.grouping import by_limits, by_signal, in_parts, titled
from dashboards.influxql import buckets, one_of, summary
from dashboards.limits import threshold_steps
from dashboards.model import Lines, Panel, Row, Stats, Style, Target, Tint
from dashboards.panels import FRESH, Subject, newest, trend
from dashboards.sheet import Naming, signal_of
from dashboards.units import unit_of
from telemetry.kinds import FACTS, Kind
from telemetry.places import SiteKind
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.sheet import Sheet
    from telemetry.places import Zone
    from telemetry.points import Point


def overview(sheet: Sheet) -> tuple[Row, ...]:
    """The rows of the page."""
    numbers = (*_zones_now(sheet), *_flows_now(sheet))
    bars = (*_pressures(sheet), *_levels(sheet), *_chlorine(sheet))
    return (
        Row("now", sheet.say(Text("现在", "Now")), (*numbers, *bars)),
        Row(
            "pressure",
            sheet.say(Text("各区最低压力", "Lowest pressure of each zone")),
            _zones(sheet),
        ),
        Row(
            "water",
            sheet.say(Text("供水", "Supply")),
            (*_flows(sheet), *_turbidity(sheet)),
        ),
    )


def _nodes(sheet: Sheet) -> list[tuple[Zone, tuple[Point, ...]]]:
    """The pressure points of each zone that has some."""
    return [
        (zone, nodes)
        for zone in sheet.plan.zones
        if (nodes := sheet.points(SiteKind.PRESSURE_NODE, kind=Kind.PRESSURE, zone=zone.name))
    ]


def _zones_now(sheet: Sheet) -> tuple[Panel, ...]:
    """The lowest pressure of each zone now, a number a zone."""
    zones = _nodes(sheet)
    if not zones:
        return ()
    everywhere = [node for _, nodes in zones for node in nodes]
    expected_s = max(node.expected_s for node in everywhere)
    steps = threshold_steps(sheet.limits_of(everywhere), FACTS[Kind.PRESSURE].decimals)
    return (
        Panel(
            key="zones now",
            title=sheet.say(Text("各区最低压力", "Lowest pressure of each zone")),
            description=_zone_purpose(sheet, everywhere),
            width=12,
            height=5,
            view=Stats(),
            targets=tuple(_lowest(sheet.say(zone.title), nodes, summary) for zone, nodes in zones),
            style=Style(
                unit_of(Kind.PRESSURE),
                FACTS[Kind.PRESSURE].decimals,
                thresholds=steps,
                tint=Tint.LIMITS,
            ),
            last=f"{FRESH * expected_s:g}s",
        ),
    )


def _flows_now(sheet: Sheet) -> tuple[Panel, ...]:
    purpose = Text("水厂现在进出多少水。", "What goes into and out of the works now.")
    points = sheet.points(SiteKind.WORKS, kind=Kind.FLOW)
    title = Text("水厂流量", "Flows of the works")
    return tuple(
        newest(
            sheet,
            Subject(f"flows now {n}", title, purpose, group, Naming.BOTH, width=12, height=5),
        )
        for n, group in enumerate(in_parts(points))
    )


def _zones(sheet: Sheet) -> tuple[Panel, ...]:
    """The lowest pressure of each zone's nodes over time, a line a zone."""
    zones = _nodes(sheet)
    if not zones:
        return ()
    everywhere = [node for _, nodes in zones for node in nodes]
    return (
        Panel(
            key="zones",
            title=sheet.say(Text("各区测压点最低值", "Lowest pressure point of each zone")),
            description=_zone_purpose(sheet, everywhere),
            width=24,
            height=9,
            view=Lines(limit_lines=True),
            targets=tuple(_lowest(sheet.say(zone.title), nodes, buckets) for zone, nodes in zones),
            style=Style(
                unit_of(Kind.PRESSURE),
                FACTS[Kind.PRESSURE].decimals,
                thresholds=threshold_steps(
                    sheet.limits_of(everywhere), FACTS[Kind.PRESSURE].decimals
                ),
            ),
            least_interval=f"{max(node.expected_s for node in everywhere):g}s",
        ),
    )


def _zone_purpose(sheet: Sheet, nodes: list[Point]) -> str:
    purpose = Text(
        "看哪一区先低下来。表前承诺已换算到测压点高程，取各点中最严的一条；逐点判断见“压力分区”。",
        "Which zone falls first. The promise before the meter is drawn at the height of the "
        "instruments, the strictest of all points; “Pressure zones” judges each point by its own.",
    )
    return f"{sheet.say(purpose)}\n\n{sheet.source(sheet.limits_of(nodes))}"


def _lowest(title: str, nodes: tuple[Point, ...], ask: Callable[..., str]) -> Target:
    """The lowest of all nodes of a zone, by :func:`buckets` or as one :func:`summary`."""
    names = tuple(node.name for node in nodes)
    query = ask('min("value")', Kind.PRESSURE.value, [one_of("point", names)])
    return Target(query, names, by="", alias=title)


def _pressures(sheet: Sheet) -> tuple[Panel, ...]:
    purpose = Text("水厂和加压站出多大压力。", "The pressure at works and boosters.")
    points = [
        point
        for point in sheet.points(SiteKind.WORKS, SiteKind.BOOSTER, kind=Kind.PRESSURE)
        if not point.writable
    ]
    title = Text("厂站压力", "Works and boosters")
    return tuple(
        newest(
            sheet,
            Subject(f"pressure{n}", title, purpose, group, Naming.BOTH, width=8),
            bars=True,
        )
        for n, group in enumerate(in_parts(points))
    )


def _levels(sheet: Sheet) -> tuple[Panel, ...]:
    purpose = Text("水池还有多少水。", "How much water the reservoirs hold.")
    return tuple(
        newest(
            sheet,
            Subject(f"levels{n}", Text("水池水位", "Reservoir levels"), purpose, group, width=8),
            bars=True,
        )
        for n, group in enumerate(in_parts(sheet.points(SiteKind.RESERVOIR, kind=Kind.LEVEL)))
    )


def _chlorine(sheet: Sheet) -> tuple[Panel, ...]:
    purpose = Text("消毒剂余量够不够。", "Whether the disinfectant still protects.")
    points = sheet.points(SiteKind.QUALITY_STATION, kind=Kind.FREE_CHLORINE)
    return tuple(
        newest(
            sheet,
            Subject(f"chlorine{n}", words.KINDS[Kind.FREE_CHLORINE], purpose, group, width=8),
            bars=True,
        )
        for n, group in enumerate(in_parts(points))
    )


def _flows(sheet: Sheet) -> tuple[Panel, ...]:
    purpose = Text("各水厂进出多少水。", "What goes into and out of the works.")
    points = sheet.points(SiteKind.WORKS, kind=Kind.FLOW)
    return tuple(
        trend(sheet, Subject(f"flow {signal_of(group[0])} {n}", group[0].title, purpose, group))
        for n, group in enumerate(by_signal(points))
    )


def _turbidity(sheet: Sheet) -> tuple[Panel, ...]:
    purpose = Text("水清不清。", "Whether the water is clear.")
    groups = by_limits(sheet, sheet.points(SiteKind.QUALITY_STATION, kind=Kind.TURBIDITY))
    return tuple(
        trend(
            sheet,
            Subject(
                f"turbidity{n}",
                titled(sheet, words.KINDS[Kind.TURBIDITY], group, len(groups)),
                purpose,
                group,
            ),
        )
        for n, group in enumerate(groups)
    )
