"""Text panels: what a page is for, and the limits it draws with their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import words
from dashboards.model import Note, Panel
from telemetry.kinds import FACTS
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.limits import PointLimit
    from dashboards.sheet import Sheet
    from telemetry.points import Point

_HEADINGS = (
    Text("量", "Quantity"),
    Text("规则", "Rule"),
    Text("限值", "Limit"),
    Text("单位", "Unit"),
    Text("来源", "Source"),
    Text("版本", "Edition"),
    Text("已核对", "Verified"),
)


def note(sheet: Sheet, key: str, title: Text, text: Text, *, height: int = 4) -> Panel:
    """A text over the whole width."""
    return Panel(key, sheet.say(title), "", 24, height, Note(sheet.say(text)))


def limits_note(sheet: Sheet, key: str, points: Iterable[Point], *, height: int = 8) -> Panel:
    """Every limit that the page draws, where it comes from, and whether anybody compared it."""
    by_rule: dict[str, tuple[Point, list[PointLimit]]] = {}
    for point in points:
        for limit in sheet.limits.get(point.name, ()):
            _, limits = by_rule.setdefault(limit.rule.name, (point, []))
            if limit.level not in {known.level for known in limits}:
                limits.append(limit)
    rows = [_cells(sheet, point, limits) for point, limits in by_rule.values()]
    table = "\n".join(
        [
            _line([sheet.say(heading) for heading in _HEADINGS]),
            "|---|---|---|---|---|---|---|",
            *map(_line, rows),
        ]
    )
    title = Text("所用限值及来源", "Limits drawn here, and their sources")
    return Panel(key, sheet.say(title), "", 24, height, Note(table))


def _cells(sheet: Sheet, point: Point, limits: Sequence[PointLimit]) -> list[str]:
    rule = limits[0].rule
    values = ", ".join(
        f"{sheet.say(words.LEVELS[limit.level])} {limit.stated:g}" for limit in limits
    )
    meter = Text("（表前）", " (before the meter)")
    return [
        sheet.say(words.KINDS[point.kind]),
        rule.name,
        values + (sheet.say(meter) if limits[0].before_meter else ""),
        FACTS[point.kind].unit,
        rule.basis.source,
        rule.basis.edition,
        sheet.say(words.YES if rule.basis.verified else words.NO),
    ]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
