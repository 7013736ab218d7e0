from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.model.city import CityModel
from simulators.model.spring_city import STATIONS
from simulators.settings import SimulationSettings
from telemetry.places import Site, SiteKind
from telemetry.text import Text

EXAMPLE = Path(__file__).parents[3] / "config" / "example"


def example_sites() -> list[Site]:
    with (EXAMPLE / "sites.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Site(
            row["name"],
            SiteKind(row["kind"]),
            Text(zh=row["title_zh"], en=row["title_en"]),
            row["zone"],
            float(row["x"]),
            float(row["y"]),
            float(row["elevation_m"]),
            float(row["meter_elevation_m"]) if row["meter_elevation_m"] else None,
            float(row["meter_loss_mpa"] or 0),
        )
        for row in rows
    ]


class Watched:
    """A city and what its instruments showed, step by step."""

    def __init__(self, city: CityModel, sites: list[Site]) -> None:
        self.city, self.sites = city, sites
        self._shown: list[NDArray[np.float64]] = [city.values]

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.city.step()
            self._shown.append(self.city.values)

    def series(self, name: str) -> NDArray[np.float64]:
        return np.array([values[self.city.row(name)] for values in self._shown])

    def table(self, names: list[str]) -> NDArray[np.float64]:
        """``(steps, names)``."""
        rows = [self.city.row(name) for name in names]
        return np.array(self._shown)[:, rows]

    @property
    def nodes(self) -> list[Site]:
        return [site for site in self.sites if site.kind is SiteKind.PRESSURE_NODE]

    def before_meter(self) -> NDArray[np.float64]:
        """Pressure before the least favoured meter at each node, ``(steps, nodes)`` MPa."""
        nodes = self.nodes
        loss = [
            0.00980665 * (s.meter_elevation_m - s.elevation_m) + s.meter_loss_mpa for s in nodes
        ]
        return self.table([f"{site.name}.pressure" for site in nodes]) - np.array(loss)


CityAt = Callable[..., Watched]


@pytest.fixture
def city_at() -> Iterator[CityAt]:
    """A city that starts at a local time, e.g. ``2026-05-13T10:00``."""
    sites = example_sites()
    stations = {station.name: station.node for station in STATIONS}
    with ExitStack() as stack:

        def make(start: str, *, seed: int = 1, step_s: float = 60.0) -> Watched:
            settings = SimulationSettings(
                network=EXAMPLE / "network.inp", seed=seed, step_s=step_s, stations=stations
            )
            start_ns = int(datetime.fromisoformat(f"{start}+08:00").timestamp()) * 10**9
            return Watched(stack.enter_context(CityModel(settings, sites, start_ns)), sites)

        yield make
