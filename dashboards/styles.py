"""How the fields of a panel look, as Grafana's ``fieldConfig``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from dashboards.limits import NORMAL
from dashboards.model import Draw, LevelBars, Lines, Note, Stats, Table, Threshold, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.model import Meaning, Override, Panel, Style, TagMeaning, View

Json = dict[str, Any]

_PLAIN = (Threshold(None, NORMAL),)


def field_config(panel: Panel) -> Json:
    """What holds for all fields, and what is different for some."""
    if panel.style is None:
        return {"defaults": {}, "overrides": []}
    return {
        "defaults": _defaults(panel.style, panel.view),
        "overrides": [_override(override) for override in panel.overrides],
    }


def _defaults(style: Style, view: View) -> Json:
    given = {"decimals": style.decimals, "min": style.low, "max": style.high}
    return {
        "unit": style.unit,
        "color": {"mode": style.tint.value},
        "noValue": "–",
        "mappings": _mappings(style.meanings),
        "thresholds": _thresholds(style.thresholds or _PLAIN),
        "custom": _custom(style, view),
        **{key: value for key, value in given.items() if value is not None},
    }


def _thresholds(steps: Iterable[Threshold]) -> Json:
    return {
        "mode": "absolute",
        "steps": [{"color": step.colour, "value": step.value} for step in steps],
    }


def _mappings(meanings: Sequence[Meaning]) -> list[Json]:
    """Single values in one mapping, each range in one of its own."""
    single = {
        f"{meaning.low:g}": _result(meaning, index)
        for index, meaning in enumerate(meanings)
        if meaning.low == meaning.high
    }
    ranges = [
        {
            "type": "range",
            "options": {
                "from": meaning.low,
                "to": meaning.high,
                "result": _result(meaning, index),
            },
        }
        for index, meaning in enumerate(meanings)
        if meaning.low != meaning.high
    ]
    return [*([{"type": "value", "options": single}] if single else []), *ranges]


def _result(meaning: Meaning, index: int) -> Json:
    colour = {"color": meaning.colour} if meaning.colour else {}
    return {"text": meaning.text, "index": index, **colour}


def _tag_mapping(tags: Iterable[TagMeaning]) -> list[Json]:
    options = {tag.value: {"text": tag.text, "index": i} for i, tag in enumerate(tags)}
    return [{"type": "value", "options": options}]


def _custom(style: Style, view: View) -> Json:
    match view:
        case Lines():
            return _drawn(view, style)
        case Timeline():
            return {"fillOpacity": 80, "lineWidth": 0}
        case Table():
            cell = "color-text" if style.thresholds else "auto"
            return {"align": "auto", "cellOptions": {"type": cell}, "inspect": False}
        case Stats() | LevelBars() | Note():
            return {}
        case _:
            assert_never(view)


def _drawn(view: Lines, style: Style) -> Json:
    edges = [step.value for step in style.thresholds if step.value is not None]
    inside = {"axisSoftMin": min(edges), "axisSoftMax": max(edges)} if edges else {}
    bars = view.draw is Draw.BARS
    return {
        "drawStyle": "bars" if bars else "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 60 if bars else 0,
        "showPoints": "auto",
        "spanNulls": False,
        "thresholdsStyle": {"mode": "dashed" if view.limit_lines and edges else "off"},
        **inside,
    }


def _override(override: Override) -> Json:
    properties: list[tuple[str, object]] = [
        ("displayName", override.title),
        ("unit", override.unit),
        ("decimals", override.decimals),
        (
            "thresholds",
            None if override.thresholds is None else _thresholds(override.thresholds),
        ),
        ("mappings", _override_mappings(override)),
        ("custom.lineStyle", {"fill": "dash", "dash": [8, 6]} if override.dashed else None),
    ]
    return _by_name(override.field, [pair for pair in properties if pair[1] is not None])


def _override_mappings(override: Override) -> list[Json] | None:
    if override.tags is not None:
        return _tag_mapping(override.tags)
    return None if override.meanings is None else _mappings(override.meanings)


def _by_name(name: str, properties: Iterable[tuple[str, object]]) -> Json:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties],
    }
