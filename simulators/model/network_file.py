"""Turns the layout into an EPANET input file and the list of sites; equal layout, equal bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from simulators.model.layout import (
    GRID,
    STREET_MM,
    TRUNK_MM,
    BoosterLayout,
    Cell,
    ReservoirLayout,
    WorksLayout,
    ZoneLayout,
)
from simulators.model.spring_city import (
    BOOSTERS,
    ESTATES,
    LINKS_BETWEEN_ZONES,
    RESERVOIRS,
    WORKS,
    ZONES,
)

if TYPE_CHECKING:
    from numpy.random import Generator

LAYOUT_SEED = 1956
PIPE_ROUGHNESS = 118.0
"""Hazen-Williams coefficient of mains of mixed age; 130 is new cement-lined iron, 100 old."""

STREET_DETOUR = 1.12
"""Pipes follow streets: length over straight distance."""


@dataclass(frozen=True, slots=True)
class Junction:
    """A node of the network; demands are m³/h on an average day."""

    name: str
    zone: str
    x: float
    y: float
    elevation: float
    home: float = 0.0
    work: float = 0.0


@dataclass(slots=True)
class Sections:
    """Lines of the input file by section, and the nodes written so far."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    junctions: dict[str, Junction] = field(default_factory=dict)
    cells: dict[Cell, str] = field(default_factory=dict)

    def add(self, section: str, *fields: object) -> None:
        """Append one line."""
        text = " ".join(_number(f) if isinstance(f, float) else str(f) for f in fields)
        self.lines.setdefault(section, []).append(text)

    def junction(self, node: Junction) -> None:
        """Append a junction with its position and demands."""
        self.junctions[node.name] = node
        self.add("JUNCTIONS", node.name, node.elevation)
        self.add("COORDINATES", node.name, node.x, node.y)
        for share, pattern in ((node.home, "home"), (node.work, "work")):
            if share > 0:
                self.add("DEMANDS", node.name, share, f"{node.zone}_{pattern}")

    def pipe(self, name: str, start: str, end: str, diameter: int, *, status: str = "Open") -> None:
        """Append a pipe between two junctions along the streets."""
        a, b = self.junctions[start], self.junctions[end]
        length = STREET_DETOUR * max(hypot(a.x - b.x, a.y - b.y), 40.0)
        self.add("PIPES", name, start, end, length, diameter, PIPE_ROUGHNESS, 0, status)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def build() -> Sections:
    """The whole network."""
    random = np.random.default_rng(LAYOUT_SEED)
    sections = Sections()
    for zone in ZONES:
        _add_zone(sections, zone, random)
    for start, end, diameter in LINKS_BETWEEN_ZONES:
        a, b = sections.cells[start], sections.cells[end]
        sections.pipe(f"{a}-{b}", a, b, diameter)
    for works in WORKS:
        _add_works(sections, works)
    for booster in BOOSTERS:
        _add_booster(sections, booster)
    for reservoir in RESERVOIRS:
        _add_reservoir(sections, reservoir)
    for estate in ESTATES:
        _add_estate(sections, estate)
    _add_options(sections)
    return sections


def is_pressure_node(column: int, row: int) -> bool:
    """Whether a grid junction carries an instrument: 15 of the 25, spread evenly."""
    return (column + 2 * row) % GRID not in (1, 3)


def _add_zone(sections: Sections, zone: ZoneLayout, random: Generator) -> None:
    weights = random.uniform(0.6, 1.4, (GRID, GRID))
    demand = zone.daily_demand / 24 * weights / weights.sum()
    home = random.uniform(0.55, 0.85, (GRID, GRID))
    counts = {True: 0, False: 0}
    for row in range(GRID):
        for column in range(GRID):
            measured = is_pressure_node(column, row)
            counts[measured] += 1
            name = f"{zone.name}_{'' if measured else 'j'}{counts[measured]:02d}"
            shift = random.uniform(-120.0, 120.0, 2)
            total = demand[row, column]
            sections.cells[Cell(zone.name, column, row)] = name
            sections.junction(
                Junction(
                    name,
                    zone.name,
                    round(zone.origin[0] + column * zone.spacing[0] + shift[0], 0),
                    round(zone.origin[1] + row * zone.spacing[1] + shift[1], 0),
                    zone.ground[row][column],
                    round(total * home[row, column], 2),
                    round(total * (1 - home[row, column]), 2),
                )
            )
    _add_streets(sections, zone)


def _add_streets(sections: Sections, zone: ZoneLayout) -> None:
    """Mains along rows and columns; none across the border of the high ground."""
    for row in range(GRID):
        for column in range(GRID):
            here = sections.cells[Cell(zone.name, column, row)]
            if column + 1 < GRID:
                there = sections.cells[Cell(zone.name, column + 1, row)]
                sections.pipe(
                    f"{here}-{there}",
                    here,
                    there,
                    TRUNK_MM if row in zone.trunk_rows else STREET_MM,
                )
            if row + 1 < GRID and (row in zone.high_rows) == (row + 1 in zone.high_rows):
                there = sections.cells[Cell(zone.name, column, row + 1)]
                diameter = TRUNK_MM if column in zone.trunk_columns else STREET_MM
                sections.pipe(f"{here}-{there}", here, there, diameter)


def _add_works(sections: Sections, works: WorksLayout) -> None:
    name, (x, y) = works.name, works.position
    sections.junction(Junction(f"{name}_out", works.zone, x, y, works.elevation))
    sections.add("RESERVOIRS", f"{name}_raw", works.elevation + 14.0)
    sections.add("COORDINATES", f"{name}_raw", x + 300.0, y + 300.0)
    tank = (works.elevation - 3.0, 3.1, 0.6, 4.8, works.tank_diameter, 0)
    sections.add("TANKS", f"{name}_cw", *tank)
    sections.add("COORDINATES", f"{name}_cw", x + 120.0, y + 120.0)
    sections.add("VALVES", f"{name}_in", f"{name}_raw", f"{name}_cw", 900, "TCV", 320, 0)
    _add_pumps(sections, name, f"{name}_cw", works.pump, works.speed)
    for number, (cell, diameter) in enumerate(works.feeds, start=1):
        sections.pipe(f"{name}_main{number}", f"{name}_out", sections.cells[cell], diameter)


def _add_booster(sections: Sections, booster: BoosterLayout) -> None:
    name, (x, y) = booster.name, booster.position
    sections.junction(Junction(f"{name}_in", booster.zone, x, y, booster.elevation))
    sections.junction(Junction(f"{name}_out", booster.zone, x + 20, y - 40, booster.elevation))
    _add_pumps(sections, name, f"{name}_in", booster.pump, booster.speed)
    sections.pipe(f"{name}_bypass", f"{name}_in", f"{name}_out", booster.main, status="CV")
    suction, delivery = sections.cells[booster.suction], sections.cells[booster.delivery]
    sections.pipe(f"{name}_suction", suction, f"{name}_in", booster.main)
    sections.pipe(f"{name}_delivery", f"{name}_out", delivery, booster.main)


def _add_pumps(
    sections: Sections, name: str, source: str, design: tuple[float, float], speed: float
) -> None:
    """Three equal variable-speed pumps; one-point curves, best efficiency at the design flow."""
    flow, head = design
    sections.add("CURVES", f"{name}_head", flow, head)
    for part, efficiency in ((0.3, 52.0), (0.6, 74.0), (1.0, 83.0), (1.3, 77.0), (1.8, 52.0)):
        sections.add("CURVES", f"{name}_effic", flow * part, efficiency)
    for number in (1, 2, 3):
        pump = f"{name}_p{number}"
        sections.add("PUMPS", pump, source, f"{name}_out", f"HEAD {name}_head", f"SPEED {speed}")
        sections.add("ENERGY", "Pump", pump, "Efficiency", f"{name}_effic")
        if number == 3:
            sections.add("STATUS", pump, "Closed")


def _add_reservoir(sections: Sections, reservoir: ReservoirLayout) -> None:
    name = reservoir.name
    joint = sections.junctions[sections.cells[reservoir.at]]
    least, start, full = reservoir.levels
    sections.add("TANKS", name, reservoir.floor, start, least, full, reservoir.diameter, 0)
    sections.add("COORDINATES", name, joint.x + 300.0, joint.y - 250.0)
    sections.add("PIPES", f"{name}_main", joint.name, name, 450.0, 500, PIPE_ROUGHNESS, 0, "Open")


def _add_estate(sections: Sections, cell: Cell) -> None:
    street = sections.junctions[sections.cells[cell]]
    name = f"{cell.zone}_estate"
    sections.junction(
        Junction(name, cell.zone, street.x + 250.0, street.y + 150.0, street.elevation, 14.0)
    )
    sections.pipe(f"{name}_main", street.name, name, 200)


def _add_options(sections: Sections) -> None:
    for zone in ZONES:
        sections.add("PATTERNS", f"{zone.name}_home", 1)
        sections.add("PATTERNS", f"{zone.name}_work", 1)
    for line in _OPTIONS:
        sections.add("OPTIONS", line)
    for line in _TIMES:
        sections.add("TIMES", line)
    for line in ("Global Bulk -0.5", "Global Wall -0.09", "Order Bulk 1", "Order Wall 1"):
        sections.add("REACTIONS", line)
    for line in ("Status No", "Summary No", "Messages No"):
        sections.add("REPORT", line)


_OPTIONS = (
    "Units CMH",
    "Headloss H-W",
    "Demand Model PDA",
    "Minimum Pressure 0",
    "Required Pressure 12",
    "Pressure Exponent 0.5",
    "Emitter Exponent 0.5",
    "Accuracy 0.0005",
    "Trials 100",
    "Unbalanced Continue 20",
    "Quality Chlorine mg/L",
    "Tolerance 0.002",
)
_TIMES = (
    "Duration 24:00",
    "Hydraulic Timestep 0:01",
    "Quality Timestep 0:01",
    "Pattern Timestep 1:00",
    "Report Timestep 1:00",
)
_ORDER = (
    "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "DEMANDS", "STATUS",
    "PATTERNS", "CURVES", "ENERGY", "REACTIONS", "TIMES", "REPORT", "OPTIONS", "COORDINATES",
)  # fmt: skip


def network_text() -> str:
    """The EPANET input file."""
    sections = build()
    parts = ["[TITLE]\nSpring City example 泉城示例: invented network, built by build_network.py\n"]
    parts += [f"[{name}]\n" + "\n".join(sections.lines[name]) + "\n" for name in _ORDER]
    return "\n".join(parts) + "\n[END]\n"
