"""From changes of alarms to alerts; pure.

Receivers know an alert by its labels, and the level and its severity are among them. So a
change of level ends one alert and begins another, as two rules would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarms.notify.notifier import Alert
from records.alarm_rows import AlarmEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alarms.alarm import AlarmChange
    from alarms.settings import Priority
    from alarms.view import AlarmView, AlarmViews
    from records.alarm_rows import AlarmRow

_ENDS = (AlarmEvent.CLEARED, AlarmEvent.RETIRED)


def alerts(change: AlarmChange, views: AlarmViews, least: Priority) -> Iterator[Alert]:
    """The alerts that a change makes for a channel.

    Args:
        change: what happened.
        views: dresses alarms.
        least: alarms of lower priority are not sent.
    """
    parts: list[tuple[AlarmRow, int | None]]
    if change.transition.event is AlarmEvent.RAISED:
        parts = [(change.after, None)]
    elif change.transition.event is AlarmEvent.LEVEL_CHANGED and change.before is not None:
        parts = [(change.before, change.transition.time_ns), (change.after, None)]
    elif change.transition.event in _ENDS and change.before and change.before.state.active:
        parts = [(change.after, change.transition.time_ns)]
    else:
        return
    for number, (row, ends_ns) in enumerate(parts):
        if row.priority <= least.number:
            yield _alert(f"{_id(change)}.{number}", row, views, ends_ns)


def _id(change: AlarmChange) -> str:
    # Padded, so that messages of one alarm and one instant sort by what happened first.
    return f"{change.after.id}.{change.transition.version:06d}"


def _alert(id_: str, row: AlarmRow, views: AlarmViews, ends_ns: int | None) -> Alert:
    view = views.view(row)
    return Alert(id_, _labels(view), _annotations(view), row.since_ns, ends_ns)


def _labels(view: AlarmView) -> dict[str, str]:
    labels = {
        "alertname": view.rule,
        "severity": view.priority.value,
        "level": view.level.value,
        "point": view.point,
        "site": view.site,
        "zone": view.zone,
    }
    # An empty label is no label to Alertmanager.
    return {name: value for name, value in labels.items() if value}


def _annotations(view: AlarmView) -> dict[str, str]:
    annotations = {
        "summary": view.text.zh,
        "summary_en": view.text.en,
        "description": view.advice.zh if view.advice else "",
        "description_en": view.advice.en if view.advice else "",
        "alarm_id": view.id,
        "value": "" if view.value is None else f"{view.value:g}",
        "limit": "" if view.limit is None else f"{view.limit:g}",
        "unit": view.unit,
    }
    return {name: value for name, value in annotations.items() if value}
