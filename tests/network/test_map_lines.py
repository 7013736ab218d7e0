"""The map draws the pipes of the city's EPANET file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.bundled import example_city
from network.map_lines import PipeLine, pipe_lines

if TYPE_CHECKING:
    from pathlib import Path

SMALL = """
[PIPES]
;ID  from to  length diameter roughness
p1   a    b   1000   300      120   ; a main
p2   b    nowhere 50 100      120

[coordinates]
a 0 0
b 1000.5 -20
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.inp"
    file.write_text(SMALL)
    return file


def test_pipe_runs_from_node_to_node_with_its_diameter(small: Path) -> None:
    assert pipe_lines(small)[0] == PipeLine(0, 0, 1000.5, -20, 300)


def test_pipe_with_an_end_of_unknown_place_is_not_drawn(small: Path) -> None:
    assert len(pipe_lines(small)) == 1


def test_every_pipe_of_the_example_city_has_a_place() -> None:
    file = example_city().parent / "network.inp"
    section = file.read_text().split("[PIPES]")[1].split("[")[0]
    written = [line for line in section.splitlines() if line.split(";")[0].strip()]
    assert len(pipe_lines(file)) == len(written) > 100
