"""Where panels stand on Grafana's grid, and the numbers they keep; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboards.model import Panel, Row

COLUMNS = 24
"""Width of the grid."""

_IDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on the grid; ``y`` counts down from the top."""

    x: int
    y: int
    width: int
    height: int

    def overlaps(self, other: Place) -> bool:
        """Whether both cover some cell."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A row's heading or a panel, with its number and place."""

    number: int
    place: Place
    what: Row | Panel


def placed(rows: Iterable[Row]) -> tuple[Placed, ...]:
    """All headings and panels, from left to right and from top to bottom."""
    found: list[Placed] = []
    numbers: set[int] = set()
    y = 0
    for row in rows:
        if row.title:
            heading = Place(0, y, COLUMNS, 1)
            found.append(Placed(_number(f"row {row.key}", numbers), heading, row))
            y += 1
        for panel, place in _flow(row.panels, y):
            found.append(Placed(_number(panel.key, numbers), place, panel))
            y = max(y, place.y + place.height)
    return tuple(found)


def _flow(panels: Iterable[Panel], top: int) -> list[tuple[Panel, Place]]:
    """Panels beside each other until the line is full, then below the highest of the line."""
    result: list[tuple[Panel, Place]] = []
    x, y, tallest = 0, top, 0
    for panel in panels:
        if x + panel.width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        result.append((panel, Place(x, y, panel.width, panel.height)))
        x += panel.width
        tallest = max(tallest, panel.height)
    return result


def _number(key: str, taken: set[int]) -> int:
    """A number that comes from the key alone, unless two keys fall on one."""
    number = crc32(key.encode()) % _IDS + 1
    while number in taken:
        number = number % _IDS + 1
    taken.add(number)
    return number
