"""The fault script that ships with the example city."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from simulators.faces.serve import Faces
from simulators.instruments import Instruments
from simulators.model.city import CityModel
from simulators.run import Simulation
from simulators.script import KINDS, Script, read_script
from simulators.settings import SimulationSettings
from telemetry.kinds import Kind
from telemetry.places import Site, SiteKind
from telemetry.points import Point, PointTable
from telemetry.text import Text

EXAMPLE = Path(__file__).parents[3] / "config" / "example"


@pytest.fixture
def script() -> Script:
    return read_script(EXAMPLE / "faults.toml")


@pytest.fixture
def city():
    with (EXAMPLE / "sites.csv").open(encoding="utf-8", newline="") as file:
        sites = [
            Site(
                row["name"],
                SiteKind(row["kind"]),
                Text(row["title_zh"], row["title_en"]),
                row["zone"],
                float(row["x"]),
                float(row["y"]),
                float(row["elevation_m"]),
            )
            for row in csv.DictReader(file)
        ]
    stations = tomllib.loads((EXAMPLE / "city.toml").read_text("utf-8"))["simulation"]["stations"]
    settings = SimulationSettings(network=EXAMPLE / "network.inp", stations=stations)
    with CityModel(settings, sites, 1_767_225_600 * 10**9) as model:
        yield model


def test_the_script_shows_every_kind_of_fault_and_the_city_heals(script):
    assert {planned.fault.kind for planned in script.faults} == set(KINDS)
    assert all(planned.for_s is not None for planned in script.faults)


def test_every_fault_has_something_to_act_on_in_the_example_city(script, city):
    points = PointTable(
        Point(name, Kind.COUNT, Text(name, name), name.partition(".")[0], 0, 1)
        for name in city.names
    )
    devices = tomllib.loads((EXAMPLE / "city.toml").read_text("utf-8"))["device"]
    named = {
        protocol: dict.fromkeys(d["name"] for d in devices if d["protocol"] == protocol)
        for protocol in ("modbus", "opcua", "mqtt")
    }
    instruments = Instruments(points, city)
    faces = Faces(instruments, named["modbus"], named["opcua"], named["mqtt"])
    Simulation(city, instruments, faces, script).check()
