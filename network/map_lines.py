"""Pipes as lines on a map, read from an EPANET file.

Only ``[COORDINATES]`` and ``[PIPES]`` are read (EPANET 2.2 user's manual, appendix C): node and
x, y; pipe, its two nodes, length and diameter. A comment begins with a semicolon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PipeLine:
    """One pipe from node to node, in the network's own grid.

    Attributes:
        x1, y1, x2, y2: both ends, as the file gives them.
        diameter_mm: as the file gives it; millimetres where the file's units are metric.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    diameter_mm: float


def pipe_lines(file: Path) -> list[PipeLine]:
    """All pipes whose both ends have coordinates, in the order of the file.

    Args:
        file: an EPANET input file, UTF-8.
    """
    coordinates: dict[str, tuple[float, float]] = {}
    pipes: list[tuple[str, str, float]] = []
    for section, words in _rows(file.read_text(encoding="utf-8")):
        if section == "[COORDINATES]":
            coordinates[words[0]] = float(words[1]), float(words[2])
        elif section == "[PIPES]":
            pipes.append((words[1], words[2], float(words[4])))
    return [
        PipeLine(*coordinates[one], *coordinates[other], diameter)
        for one, other, diameter in pipes
        if one in coordinates and other in coordinates
    ]


def _rows(text: str) -> Iterator[tuple[str, list[str]]]:
    """Section and words of every row that says something."""
    section = ""
    for line in text.splitlines():
        words = line.split(";")[0].split()
        if words and words[0].startswith("["):
            section = words[0].upper()
        elif words:
            yield section, words
