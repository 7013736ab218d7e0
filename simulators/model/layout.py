"""Words for the layout of a city's network: zones, works, boosters, reservoirs, stations.

Heights and coordinates are metres in the city's own grid, x to the east and y to the north.
"""

from __future__ import annotations

from dataclasses import dataclass

TRUNK_MM, STREET_MM = 500, 250
GRID = 5
"""Street grid of a zone: 5 columns by 5 rows of junctions, row 0 in the south."""


@dataclass(frozen=True, slots=True)
class ZoneLayout:
    """A zone: a grid of mains, part of it on high ground behind boosters.

    Attributes:
        origin: x, y of column 0, row 0.
        spacing: between columns, between rows.
        ground: height of each junction, m: five columns in each of rows 0 to 4.
        high_rows: rows fed only through boosters.
        daily_demand: m³ on an average day.
        trunk_columns, trunk_rows: where the large mains run.
    """

    name: str
    zh: str
    en: str
    origin: tuple[float, float]
    spacing: tuple[float, float]
    ground: tuple[tuple[float, ...], ...]
    high_rows: frozenset[int]
    daily_demand: float
    trunk_columns: frozenset[int]
    trunk_rows: frozenset[int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A junction of a zone's grid."""

    zone: str
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class WorksLayout:
    """A works: raw water, clear-water tank, three equal pumps, one outlet.

    Attributes:
        feeds: junctions its outlet mains lead to, with main diameters in mm.
        pump: design flow m³/h and head m of one pump.
        tank_diameter: of the clear-water tank, m.
        speed: of its pumps at the start; the pressure this gives is the first setpoint.
    """

    name: str
    zone: str
    zh: str
    en: str
    position: tuple[float, float]
    elevation: float
    feeds: tuple[tuple[Cell, int], ...]
    pump: tuple[float, float]
    tank_diameter: float
    speed: float


@dataclass(frozen=True, slots=True)
class BoosterLayout:
    """A booster: from one junction, through three equal pumps, to another.

    Attributes:
        main: diameter of its mains, mm.
        pump: design flow m³/h and head m of one pump.
        speed: of its pumps at the start; the pressure this gives is the first setpoint.
    """

    name: str
    zone: str
    zh: str
    en: str
    position: tuple[float, float]
    elevation: float
    suction: Cell
    delivery: Cell
    main: int
    pump: tuple[float, float]
    speed: float = 0.9


@dataclass(frozen=True, slots=True)
class ReservoirLayout:
    """A reservoir that floats on the high part of a zone.

    Attributes:
        floor: height of the tank's floor; levels are counted from it.
        levels: least, at the start, and full, m.
    """

    name: str
    zone: str
    zh: str
    en: str
    at: Cell
    floor: float
    levels: tuple[float, float, float]
    diameter: float


@dataclass(frozen=True, slots=True)
class StationLayout:
    """A quality station and the network node whose water it sees."""

    name: str
    zone: str
    zh: str
    en: str
    node: str
    sampling: str
