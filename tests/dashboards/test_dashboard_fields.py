"""Grafana's own field code shows our values with people's names, units and the limits' colours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alarms.settings import Priority
from dashboards.limits import COLOURS, NORMAL
from dashboards.rendering import dashboard_json
from telemetry.quality import Reason, bad, uncertain
from tests.interop.programs import node, node_packages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.model import Dashboard

NODE = Path(__file__).parent / "node"
Json = dict[str, Any]

pytestmark = pytest.mark.system


def shown(*cases: tuple[Json, Mapping[str, float | str]]) -> list[list[Json]]:
    """How Grafana shows the fields of each panel, by name and value."""
    asked = [
        {
            "fieldConfig": panel["fieldConfig"],
            "fields": [
                {
                    "name": name,
                    "type": "string" if isinstance(value, str) else "number",
                    "value": value,
                }
                for name, value in fields.items()
            ],
        }
        for panel, fields in cases
    ]
    done = subprocess.run(
        [node(), str(NODE / "show.mjs")],
        cwd=node_packages(NODE),
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: list[list[Json]] = json.loads(done.stdout)
    return answer


def panel(dashboards: tuple[Dashboard, ...], page: str, title: str) -> Json:
    (document,) = [dashboard_json(one) for one in dashboards if f"-{page}-" in one.uid]
    return next(one for one in document["panels"] if one["title"] == title)


def test_pressure_is_named_by_its_place_and_coloured_by_its_limits(chinese):
    values = {f"north_0{n}.pressure": mpa for n, mpa in enumerate([0.05, 0.12, 0.19, 0.3, 0.5], 1)}
    ((*fields,),) = shown((panel(chinese, "zones", "时段内最低"), values))
    assert [field["name"] for field in fields] == [f"北区测压点0{n}" for n in range(1, 6)]
    assert [field["text"] for field in fields] == ["0.050", "0.120", "0.190", "0.300", "0.500"]
    assert {field["unit"] for field in fields} == {" MPa"}
    assert [field["color"] for field in fields] == [
        COLOURS[Priority.CRITICAL],
        COLOURS[Priority.HIGH],
        COLOURS[Priority.MEDIUM],
        NORMAL,
        COLOURS[Priority.LOW],
    ]


def test_levels_are_metres_and_totals_are_by_the_day(english):
    ((level,), (total,)) = shown(
        (panel(english, "reservoirs", "Level"), {"nanshan.level": 4.5}),
        (panel(english, "works", "Delivered a day"), {"donghu.outlet.total": 123_456.0}),
    )
    assert (level["name"], level["text"], level["unit"]) == ("Nanshan Reservoir", "4.50", " m")
    assert (total["name"], total["text"], total["unit"]) == ("Donghu Works", "123456", " m³/d")


def test_quality_is_told_in_words(english):
    timeline = panel(english, "health", "Works · Pressure")
    told = shown(
        *[
            (timeline, {"donghu": float(code)})
            for code in (0, uncertain(Reason.LATE), bad(Reason.TIMEOUT))
        ]
    )
    assert [(field["text"], field["color"]) for (field,) in told] == [
        ("good", NORMAL),
        ("uncertain: late", COLOURS[Priority.MEDIUM]),
        ("bad: no answer", COLOURS[Priority.CRITICAL]),
    ]


def test_table_names_sites_and_columns(english):
    row: Mapping[str, float | str] = {
        "site": "donghu",
        "readings": 240.0,
        "usable": 97.5,
        "worst": float(bad(Reason.SENSOR)),
    }
    (fields,) = shown((panel(english, "health", "Pressure"), row))
    assert [(field["name"], field["text"]) for field in fields] == [
        ("Site", "Donghu Works"),
        ("Readings", "240"),
        ("Usable", "97.5"),
        ("Worst quality", "bad: sensor fault"),
    ]


def test_states_are_yes_and_no_and_a_fault_is_coloured(chinese):
    states = panel(chinese, "boosters", "机泵与供电状态")
    values = {"lvyou.pump1.run": 1.0, "lvyou.pump2.run": 0.0, "lvyou.pump1.fault": 1.0}
    ((running, stopped, faulty),) = shown((states, values))
    assert (running["name"], running["text"]) == ("1号泵运行", "是")
    assert (stopped["text"], faulty["text"]) == ("否", "是")
    assert faulty["color"] == COLOURS[Priority.HIGH]
    assert running["color"] not in COLOURS.values()
    assert running["color"] != stopped["color"]
