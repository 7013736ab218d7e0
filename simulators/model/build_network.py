"""Write the example city's network and sites: ``python -m simulators.model.build_network DIR``."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.model.network_file import Sections, build, network_text
from simulators.model.spring_city import BOOSTERS, RESERVOIRS, STATIONS, WORKS, ZONES

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = (
    "name", "kind", "zone", "title_zh", "title_en", "x", "y", "elevation_m",
    "meter_elevation_m", "meter_loss_mpa", "sampling",
)  # fmt: skip
METER_ABOVE_M = 1.2
"""Meters of the least favoured customers stand a little above the street's instrument."""

METER_LOSS_MPA = 0.008


def site_rows() -> Iterator[tuple[object, ...]]:
    """One row per site, in the order of :data:`COLUMNS`."""
    sections = build()
    for works in WORKS:
        x, y = works.position
        yield (
            works.name,
            "works",
            works.zone,
            works.zh,
            works.en,
            x,
            y,
            works.elevation,
            "",
            "",
            ("works"),
        )
    for booster in BOOSTERS:
        x, y = booster.position
        yield (
            booster.name, "booster", booster.zone, booster.zh, booster.en, x, y,
            booster.elevation, "", "", "",
        )  # fmt: skip
    for reservoir in RESERVOIRS:
        joint = sections.junctions[sections.cells[reservoir.at]]
        yield (
            reservoir.name, "reservoir", reservoir.zone, reservoir.zh, reservoir.en,
            joint.x + 300, joint.y - 250, reservoir.floor, "", "", "",
        )  # fmt: skip
    yield from _pressure_rows(sections)
    for station in STATIONS:
        node = sections.junctions[station.node]
        yield (
            station.name, "quality_station", station.zone, station.zh, station.en,
            node.x, node.y, node.elevation, "", "", station.sampling,
        )  # fmt: skip
    yield "meters", "meter_group", "", "智能水表", "Smart meters", 7500, 6000, 0, "", "", ""


def _pressure_rows(sections: Sections) -> Iterator[tuple[object, ...]]:
    for zone in ZONES:
        for number in range(1, 16):
            node = sections.junctions[f"{zone.name}_{number:02d}"]
            yield (
                node.name, "pressure_node", zone.name, f"{zone.zh}测压点{number:02d}",
                f"{zone.en} pressure point {number:02d}", node.x, node.y, node.elevation,
                round(node.elevation + METER_ABOVE_M, 1), METER_LOSS_MPA, "",
            )  # fmt: skip


def sites_text() -> str:
    """The list of sites as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in site_rows():
        writer.writerow(f"{f:g}" if isinstance(f, float) else f for f in row)
    return out.getvalue()


def main() -> None:
    """Write both files into the folder named on the command line."""
    folder = Path(sys.argv[1])
    (folder / "network.inp").write_text(network_text(), encoding="utf-8")
    (folder / "sites.csv").write_text(sites_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
