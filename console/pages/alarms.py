"""The alarm list, most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alarms.levels import AlarmLevel
from console.alarm_board import urgency
from console.wording import number
from telemetry.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alarms.view import AlarmView
    from console.ports import CityPlan
    from console.wording import Wording
    from telemetry.text import Language


class Sort(StrEnum):
    """In which order a list stands."""

    PRIORITY = "priority"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One alarm as the list says it.

    Attributes:
        id, version, point, priority: of the alarm.
        since: city time at which its condition last began to hold.
        active, acknowledged: the two halves of its state.
        stale: its data are lost; whether it still holds is not known.
        state: in words.
        place: site and zone.
        text, advice: what happened, and what to do about it.
        value, limit: with unit, or a dash.
        who, acknowledged_at, note: who acknowledged it, when, and what they wrote.
    """

    id: str
    version: int
    point: str
    priority: int
    since: str
    active: bool
    acknowledged: bool
    stale: bool
    state: str
    place: str
    text: str
    advice: str
    value: str
    limit: str
    who: str
    acknowledged_at: str
    note: str

    @property
    def where(self) -> str:
        """The place, unless the text names it already."""
        return "" if self.place.split(" · ", 1)[0] in self.text else self.place


def alarm_line(alarm: AlarmView, plan: CityPlan, wording: Wording) -> AlarmLine:
    """One alarm in words.

    Args:
        alarm: how it stands; one of a point that is gone still has a line.
        plan: knows sites, zones and decimals.
        wording: in which language.
    """
    language, decimals = wording.language, shown_decimals(alarm, plan)
    return AlarmLine(
        id=alarm.id,
        version=alarm.version,
        point=alarm.point,
        priority=alarm.priority.number,
        since=wording.clock(alarm.since_ns),
        active=alarm.state.active,
        acknowledged=alarm.state.acknowledged,
        stale=alarm.stale,
        state=wording("state.lost" if alarm.stale else f"state.{alarm.state.value}"),
        place=place_of(alarm, plan, language),
        text=alarm.text.in_(language),
        advice=alarm.advice.in_(language) if alarm.advice else "",
        value=with_unit(alarm.value, decimals, alarm.unit),
        limit=with_unit(shown_limit(alarm, plan), decimals, alarm.unit),
        who=alarm.acknowledged_by or "",
        acknowledged_at=wording.clock(alarm.acknowledged_at_ns),
        note=alarm.note or "",
    )


def shown_decimals(alarm: AlarmView, plan: CityPlan) -> int:
    """Decimals of an alarm's value and limit; a stale alarm's are ages in whole seconds."""
    if alarm.level is AlarmLevel.STALE or alarm.point not in plan.points:
        return 0
    return plan.points.by_name(alarm.point).decimals


def shown_limit(alarm: AlarmView, plan: CityPlan) -> float | None:
    """An alarm's limit; None for a state, where "above 0.5" says nothing to anybody."""
    known = alarm.point in plan.points
    state = known and plan.points.by_name(alarm.point).kind is Kind.STATE
    return None if state and alarm.level is not AlarmLevel.STALE else alarm.limit


def place_of(alarm: AlarmView, plan: CityPlan, language: Language) -> str:
    """Site and zone of an alarm, or its point's name when the city has it no more."""
    site, zone = plan.site.get(alarm.site), plan.zone.get(alarm.zone)
    if site is None:
        return alarm.point
    title = site.title.in_(language)
    return f"{title} · {zone.title.in_(language)}" if zone else title


def with_unit(value: float | None, decimals: int, unit: str) -> str:
    """A value with its unit, or a dash."""
    return number(None, 0) if value is None else f"{number(value, decimals)} {unit}".strip()


def in_order(alarms: Iterable[AlarmView], sort: Sort) -> Sequence[AlarmView]:
    """Alarms in the order that the reader chose."""
    match sort:
        case Sort.PRIORITY:
            return sorted(alarms, key=urgency)
        case Sort.TIME:
            return sorted(alarms, key=lambda alarm: -alarm.since_ns)
