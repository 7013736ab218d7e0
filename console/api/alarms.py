"""``/alarms``: the list, and acknowledging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from alarms.acknowledgement import Acknowledged, Conflict, NotFound, NothingToAcknowledge
from console.api.answers import Acknowledgement, AlarmItem, AlarmList
from console.api.times import iso
from console.context import Here
from console.pages.alarms import place_of, shown_decimals
from console.problems import described, problem
from console.session import Operator, Viewer
from records.alarm_rows import AlarmFilter, AlarmRow
from telemetry.text import Language

if TYPE_CHECKING:
    from alarms.view import AlarmView
    from console.context import Console
    from console.ports import CityPlan

router = APIRouter(tags=["alarms"])


@router.get("/alarms")
async def alarms(
    here: Here,
    _: Viewer,
    state: AlarmFilter = AlarmFilter.ACTIVE,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    cursor: str | None = None,
) -> AlarmList:
    """Alarms, newest first; ``next`` is the cursor of the following page."""
    page = await here.ports.alarms.list(state, limit, cursor)
    return AlarmList(items=[item_of(here, alarm) for alarm in page.items], next=page.next)


@router.post(
    "/alarms/{alarm_id}/acknowledge",
    response_model=AlarmItem,
    responses=described(
        {
            404: "there is no such alarm",
            409: "somebody was faster; ``current`` is how it stands now",
        }
    ),
)
async def acknowledge(
    here: Here, who: Operator, alarm_id: str, said: Acknowledgement
) -> AlarmItem | Response:
    """Acknowledge the alarm as it stood at ``version``; the note is kept with the name."""
    answer = await here.ports.alarms.acknowledge(
        alarm_id, version=said.version, user=who.name, note=said.note or None
    )
    match answer:
        case Acknowledged(row=row):
            return item_of(here, here.ports.alarms.view(row))
        case Conflict(row=row):
            return _conflict(here, row, "it has changed since you looked: look again, then decide")
        case NothingToAcknowledge(row=row):
            return _conflict(here, row, "nobody needs to acknowledge it any more")
        case NotFound():
            return problem(404, f"there is no alarm {alarm_id[:80]!r}")


def _conflict(here: Console, row: AlarmRow, detail: str) -> Response:
    current = item_of(here, here.ports.alarms.view(row))
    return problem(409, f"the alarm was not acknowledged: {detail}", current=current.model_dump())


def item_of(here: Console, alarm: AlarmView) -> AlarmItem:
    """An alarm as the API and the live socket send it."""
    return alarm_item(alarm, here.ports.plan, here.settings.language)


def alarm_item(alarm: AlarmView, plan: CityPlan, language: Language) -> AlarmItem:
    """An alarm as the API sends it.

    Args:
        alarm: how it stands.
        plan: knows sites, zones and the time zone.
        language: of ``text``; ``texts`` has both.
    """
    timezone = plan.timezone
    return AlarmItem(
        id=alarm.id,
        rule=alarm.rule,
        point=alarm.point,
        priority=alarm.priority.value,
        priority_number=alarm.priority.number,
        state=alarm.state.value,
        stale=alarm.stale,
        since=iso(alarm.since_ns, timezone),
        value=alarm.value,
        limit=alarm.limit,
        unit=alarm.unit,
        decimals=shown_decimals(alarm, plan),
        text=alarm.text.in_(language),
        texts={each.value: alarm.text.in_(each) for each in Language},
        place={each.value: place_of(alarm, plan, each) for each in Language},
        acknowledged_by=alarm.acknowledged_by,
        acknowledged_at=iso(alarm.acknowledged_at_ns, timezone),
        note=alarm.note,
        cleared_at=iso(alarm.cleared_at_ns, timezone),
        version=alarm.version,
    )
