"""The notebook and the page for analysts do what they say."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.bundled import example_city
from config.load import load_city
from telemetry.batch import Batch
from telemetry.quality import Reason, bad
from tests.historian.making import NOON, SECOND
from tests.historian.outside import running

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = DOCS / "notebooks" / "readings.ipynb"
PAGE = DOCS / "how-to" / "analysis.md"


@pytest.fixture
async def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example city and half an hour of readings of some of its points."""
    shutil.copytree(example_city().parent, tmp_path / "my-city")
    points = load_city(tmp_path / "my-city", {}).points
    names = [f"north_{number:02d}.pressure" for number in range(1, 6)]
    numbers = np.array([points.index(name) for name in names], dtype=np.int32)
    rng = np.random.default_rng(5)
    async with running(tmp_path / "demo-data", points) as service:
        for step in range(120):
            values = 0.3 + 0.02 * rng.normal(size=5).round(3)
            codes = [bad(Reason.TIMEOUT) if step == 7 else 0] * 5
            batch = Batch.of(numbers, NOON + step * 15 * SECOND, values, codes)
            if step % 40:
                service.journalled(batch)
            else:
                await service.stored(batch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _cells() -> list[dict[str, Any]]:
    notebook = json.loads(NOTEBOOK.read_text())
    assert notebook["nbformat"] == 4
    cells: list[dict[str, Any]] = notebook["cells"]
    return cells


def test_the_notebook_keeps_nothing_of_the_machine_it_was_written_on() -> None:
    code = [cell for cell in _cells() if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert len({cell["id"] for cell in _cells()}) == len(_cells())


def test_the_notebook_runs_from_top_to_bottom(workplace: Path) -> None:
    names: dict[str, Any] = {}
    for cell in _cells():
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 # this is what a notebook does
    assert workplace.is_dir()
    assert len(names["readings"]) == 120
    assert len(names["good"]) == 119
    assert names["quarters"]["count"].tolist() == [60, 60]
    assert names["side_by_side"].shape == (120, 5)
    assert len(names["latest"]) > 4_000


def test_the_code_of_the_page_runs(workplace: Path) -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        exec(block, names)  # noqa: S102 # this is what a reader of the page does
    assert workplace.is_dir()
    assert len(names["readings"]) == 120
    assert len(names["newest"].fetchall()) == 5
