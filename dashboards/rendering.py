"""Dashboards as the JSON that Grafana imports.

The same dashboard gives the same bytes: keys are sorted and nothing comes from a clock or a
counter. Tests hold the result against the types that Grafana publishes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dashboards.layout import Place, placed
from dashboards.model import Row, Table
from dashboards.options import options_of
from dashboards.styles import field_config

if TYPE_CHECKING:
    from dashboards.model import Choice, Dashboard, Panel, Target

SCHEMA_VERSION = 42
"""Of the dashboard model in Grafana 12; later ones migrate it when they open it."""

DATASOURCE_TYPE = "influxdb"
DATASOURCE_VARIABLE = "datasource"
TAG = "baotu"

Json = dict[str, Any]


def dashboard_bytes(dashboard: Dashboard) -> bytes:
    """The file of a dashboard."""
    document = dashboard_json(dashboard)
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()


def dashboard_json(dashboard: Dashboard) -> Json:
    """A dashboard as Grafana's model has it; it has no ``id`` and no ``version`` of its own."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": [TAG, dashboard.language],
        "timezone": dashboard.timezone,
        "weekStart": "monday",
        "editable": True,
        "graphTooltip": 1,
        "schemaVersion": SCHEMA_VERSION,
        "refresh": dashboard.refresh,
        "time": {"from": f"now-{dashboard.hours}h", "to": "now"},
        "timepicker": {},
        "fiscalYearStartMonth": 0,
        "preload": False,
        "annotations": {"list": [_grafanas_own_annotations()]},
        "templating": {"list": [_datasource_variable(), *map(_choice, dashboard.choices)]},
        "links": [_links(dashboard)],
        "panels": [
            _row(item.what, item.number, item.place)
            if isinstance(item.what, Row)
            else _panel(item.what, item.number, item.place)
            for item in placed(dashboard.rows)
        ],
    }


def _grafanas_own_annotations() -> Json:
    """What people write on a dashboard themselves; without it Grafana adds it and sees a change."""
    return {
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
        "name": "Annotations & Alerts",
        "type": "dashboard",
    }


def _datasource_variable() -> Json:
    return {
        "name": DATASOURCE_VARIABLE,
        "type": "datasource",
        "label": "InfluxDB",
        "query": DATASOURCE_TYPE,
        "current": {"text": "Baotu", "value": "baotu"},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def _choice(choice: Choice) -> Json:
    first, *_ = choice.options
    return {
        "name": choice.name,
        "type": "custom",
        "label": choice.label,
        "query": ",".join(f"{_plain(text)} : {value}" for value, text in choice.options),
        "current": {"text": first[1], "value": first[0]},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [
            {"text": text, "value": value, "selected": value == first[0]}
            for value, text in choice.options
        ],
        "skipUrlSync": False,
    }


def _plain(text: str) -> str:
    """A title without what separates the entries of a list."""
    return text.replace(",", "\\,").replace(" : ", " ")


def _links(dashboard: Dashboard) -> Json:
    return {
        "asDropdown": True,
        "icon": "external link",
        "includeVars": False,
        "keepTime": True,
        "tags": [TAG, dashboard.language],
        "targetBlank": False,
        "title": dashboard.links,
        "tooltip": "",
        "type": "dashboards",
        "url": "",
    }


def _row(row: Row, number: int, place: Place) -> Json:
    return {
        "id": number,
        "type": "row",
        "title": row.title,
        "collapsed": False,
        "gridPos": _grid(place),
        "panels": [],
    }


def _panel(panel: Panel, number: int, place: Place) -> Json:
    kind, options = options_of(panel.view)
    document: Json = {
        "id": number,
        "type": kind,
        "title": panel.title,
        "description": panel.description,
        "gridPos": _grid(place),
        "options": options,
        "fieldConfig": field_config(panel),
    }
    if panel.targets:
        document["datasource"] = _datasource()
        document["targets"] = [_target(t, _letter(i)) for i, t in enumerate(panel.targets)]
    if isinstance(panel.view, Table):
        document["transformations"] = [_without_time()]
    if panel.least_interval:
        document["interval"] = panel.least_interval
    if panel.last:
        document["timeFrom"] = panel.last
    return document


def _without_time() -> Json:
    """A table of sums needs no time; Grafana always sends the column."""
    return {"id": "organize", "options": {"excludeByName": {"Time": True}}}


def _grid(place: Place) -> Json:
    return {"x": place.x, "y": place.y, "w": place.width, "h": place.height}


def _datasource() -> Json:
    return {"type": DATASOURCE_TYPE, "uid": f"${{{DATASOURCE_VARIABLE}}}"}


def _target(target: Target, ref: str) -> Json:
    return {
        "refId": ref,
        "datasource": _datasource(),
        "rawQuery": True,
        "query": target.query,
        "resultFormat": target.form.value,
        "alias": target.alias,
    }


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else f"Q{index}"
