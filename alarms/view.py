"""An alarm as pages, programs and receivers of notifications see it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms.levels import AlarmLevel, priority_of
from alarms.text import RULE_ERROR_TEXT, UNKNOWN_TEXT, fill, same, unit_of, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alarms.settings import Priority, Rule
    from records.alarm_rows import AlarmRow, AlarmState
    from telemetry.places import Site
    from telemetry.points import PointTable
    from telemetry.text import Text


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One alarm, ready to be shown.

    Attributes:
        id, version: what an acknowledgement must name.
        rule, point: names; ``point`` is empty for a faulty rule.
        point_title: what people call the point.
        site, zone: names, or empty.
        level: which of the rule's limits.
        since_ns: when the condition last began to hold.
        value, limit, unit: the reading and what it was compared with.
        text: one line for the operator.
        advice: what to do about it.
        acknowledged_by, acknowledged_at_ns, note: of this spell, or None.
        cleared_at_ns: when the condition ceased, or None while it holds.
        stale: the alarm's data are lost; whether the condition still holds is not known.
    """

    id: str
    version: int
    rule: str
    point: str
    point_title: Text
    site: str
    zone: str
    level: AlarmLevel
    priority: Priority
    state: AlarmState
    since_ns: int
    value: float | None
    limit: float | None
    unit: str
    text: Text
    advice: Text | None
    acknowledged_by: str | None
    acknowledged_at_ns: int | None
    note: str | None
    cleared_at_ns: int | None
    stale: bool


class AlarmViews:
    """Dresses the journal's rows for people.

    Args:
        rules: the configured rules.
        points: all points.
        sites: all sites by name.
    """

    def __init__(
        self, rules: Sequence[Rule], points: PointTable, sites: Mapping[str, Site]
    ) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._points = points
        self._sites = sites

    def view(self, row: AlarmRow, *, stale: bool = False) -> AlarmView:
        """The alarm of a row, also when its rule or point has left the configuration."""
        level = AlarmLevel(row.level)
        point = self._points.by_name(row.point) if row.point in self._points else None
        site = self._sites.get(point.site) if point else None
        text, advice = self._texts(row, level)
        return AlarmView(
            id=row.id,
            version=row.version,
            rule=row.rule,
            point=row.point,
            point_title=point.title if point else same(row.point),
            site=point.site if point else "",
            zone=site.zone if site else "",
            level=level,
            priority=priority_of(row.priority),
            state=row.state,
            since_ns=row.since_ns,
            value=row.value,
            limit=row.limit,
            unit=unit_of(point, level) if point else "",
            text=text,
            advice=advice,
            acknowledged_by=row.acknowledged_by,
            acknowledged_at_ns=row.acknowledged_at_ns,
            note=row.note,
            cleared_at_ns=row.cleared_at_ns,
            stale=stale,
        )

    def _texts(self, row: AlarmRow, level: AlarmLevel) -> tuple[Text, Text | None]:
        named = [("rule", same(row.rule)), ("point", same(row.point))]
        if level is AlarmLevel.RULE_ERROR:
            return _named(RULE_ERROR_TEXT, named), None
        rule = self._rules.get(row.rule)
        if rule is None or row.point not in self._points:
            return _named(UNKNOWN_TEXT, named), None
        point = self._points.by_name(row.point)
        filling = words(point, self._sites.get(point.site), level, row.value, row.limit)
        advice = None if rule.advice is None else fill(rule.advice, filling)
        return fill(rule.title, filling), advice


def _named(template: Text, named: Sequence[tuple[str, Text]]) -> Text:
    return template.format(**{name: word.en for name, word in named})
