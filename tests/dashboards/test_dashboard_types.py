"""The JSON is what Grafana publishes as its types, checked by the TypeScript compiler."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.rendering import dashboard_json
from tests.interop.programs import node, node_packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.model import Dashboard

NODE = Path(__file__).parent / "node"
Json = dict[str, Any]


def test_lock_file_pins_every_package_by_content_and_names_no_host():
    packages = json.loads((NODE / "package-lock.json").read_text("utf-8"))["packages"]
    wanted = json.loads((NODE / "package.json").read_text("utf-8"))["dependencies"]
    assert packages[""]["dependencies"] == wanted
    others = {name: package for name, package in packages.items() if name}
    assert all(package["integrity"].startswith("sha512-") for package in others.values())
    assert not [name for name, package in others.items() if "resolved" in package]


def complaints(folder: Path, documents: dict[str, Json]) -> str:
    """What the compiler says when each document is declared to be a dashboard."""
    for name in ("types.ts", "tsconfig.json"):
        shutil.copy(NODE / name, folder)
    packages = node_packages(NODE) / "node_modules"
    (folder / "node_modules").symlink_to(packages)
    for name, document in documents.items():
        text = json.dumps(document, ensure_ascii=False, indent=1)
        (folder / f"{name}.ts").write_text(
            'import type { BaotuDashboard } from "./types";\n'
            f"export const dashboard: BaotuDashboard = {text};\n"
        )
    compiler = packages / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [node(), str(compiler), "-p", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.system
def test_every_dashboard_is_of_grafanas_types(
    tmp_path: Path, english: tuple[Dashboard, ...], chinese: tuple[Dashboard, ...]
):
    documents = {one.uid: dashboard_json(one) for one in english + chinese}
    assert complaints(tmp_path, documents) == ""


def panel_of(document: Json, kind: str) -> Json:
    panel: Json = next(panel for panel in document["panels"] if panel["type"] == kind)
    return panel


SPOILED: dict[str, Callable[[Json], Any]] = {
    "unknown_field": lambda d: d.update(schemaversion=42),
    "field_of_a_wrong_type": lambda d: d.update(schemaVersion="42"),
    "unknown_panel": lambda d: panel_of(d, "timeseries").update(type="graph"),
    "option_of_another_panel": lambda d: panel_of(d, "table")["options"].update(rowHeight=0.9),
    "missing_option": lambda d: panel_of(d, "bargauge")["options"].pop("valueMode"),
    "word_that_grafana_lacks": lambda d: panel_of(d, "timeseries")["fieldConfig"]["defaults"][
        "custom"
    ].update(drawStyle="bar"),
    "number_that_is_no_choice": lambda d: d.update(graphTooltip=3),
    "place_without_a_width": lambda d: panel_of(d, "timeseries")["gridPos"].pop("w"),
    "colour_without_a_mode": lambda d: panel_of(d, "bargauge")["fieldConfig"]["defaults"][
        "color"
    ].pop("mode"),
    "no_unit": lambda d: panel_of(d, "bargauge")["fieldConfig"]["defaults"].pop("unit"),
    "wrong_result_format": lambda d: panel_of(d, "table")["targets"][0].update(
        resultFormat="tabular"
    ),
    "override_that_grafana_lacks": lambda d: panel_of(d, "timeseries")["fieldConfig"]["overrides"][
        0
    ]["properties"].append({"id": "display", "value": "x"}),
    "link_without_a_kind": lambda d: d["links"][0].pop("type"),
    "unknown_variable": lambda d: d["templating"]["list"][0].update(type="data"),
}


@pytest.mark.system
def test_spoiled_dashboard_is_not_of_grafanas_types(tmp_path: Path, english: tuple[Dashboard, ...]):
    (reservoirs,) = [one for one in english if one.uid == "baotu-reservoirs-en"]
    documents = {}
    for name, spoil in SPOILED.items():
        documents[name] = copy.deepcopy(dashboard_json(reservoirs))
        spoil(documents[name])
    said = complaints(tmp_path, documents)
    complained = {line.split(".ts(")[0] for line in said.splitlines() if ".ts(" in line}
    assert complained == set(SPOILED)
