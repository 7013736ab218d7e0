"""What Grafana calls each view, and the options it wants for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from dashboards.model import LevelBars, Lines, Note, Stats, Table, Timeline

if TYPE_CHECKING:
    from dashboards.model import View

Json = dict[str, Any]

_NEWEST: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_NO_LEGEND: Json = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False}


def options_of(view: View) -> tuple[str, Json]:
    """The panel type and its options."""
    match view:
        case Lines():
            return "timeseries", _lines()
        case Stats():
            return "stat", _stats()
        case LevelBars():
            return "bargauge", _bars()
        case Timeline():
            return "state-timeline", _timeline(view)
        case Table():
            return "table", _table(view)
        case Note():
            return "text", {"mode": "markdown", "content": view.text}
        case _:
            assert_never(view)


def _lines() -> Json:
    legend = {
        "calcs": ["min", "max", "lastNotNull"],
        "displayMode": "table",
        "placement": "bottom",
        "showLegend": True,
    }
    return {
        "legend": legend,
        "tooltip": {"mode": "multi", "sort": "none"},
    }


def _stats() -> Json:
    return {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": _NEWEST,
        "showPercentChange": False,
        "textMode": "value_and_name",
        "wideLayout": True,
    }


def _bars() -> Json:
    return {
        "displayMode": "basic",
        "legend": _NO_LEGEND,
        "maxVizHeight": 300,
        "minVizHeight": 12,
        "minVizWidth": 8,
        "namePlacement": "left",
        "orientation": "horizontal",
        "reduceOptions": _NEWEST,
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "text",
    }


def _timeline(view: Timeline) -> Json:
    return {
        "alignValue": "left",
        "legend": _NO_LEGEND,
        "mergeValues": True,
        "rowHeight": 0.9,
        "showValue": "auto" if view.words else "never",
        "tooltip": {"mode": "single", "sort": "none"},
    }


def _table(view: Table) -> Json:
    return {
        "cellHeight": "sm",
        "frameIndex": 0,
        "showHeader": True,
        "sortBy": [{"displayName": view.sort_by, "desc": False}] if view.sort_by else [],
    }
