"""The committed network is what the layout says, and EPANET takes it without a word."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter

import pytest
from epanet import toolkit

from simulators.errors import NetworkError
from simulators.model.build_network import main, sites_text
from simulators.model.city import CityModel
from simulators.model.network_file import network_text
from simulators.model.spring_city import STATIONS
from simulators.settings import SimulationSettings
from tests.simulators.model.conftest import EXAMPLE, example_sites


def test_the_committed_network_is_what_the_layout_gives():
    assert (EXAMPLE / "network.inp").read_text(encoding="utf-8") == network_text()


def test_the_committed_sites_are_what_the_layout_gives():
    assert (EXAMPLE / "sites.csv").read_text(encoding="utf-8") == sites_text()


def test_the_command_writes_both_files(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["build_network", str(tmp_path)])
    main()
    assert (tmp_path / "network.inp").read_text(encoding="utf-8") == network_text()
    assert (tmp_path / "sites.csv").read_text(encoding="utf-8") == sites_text()


def test_sites_are_as_many_as_agreed():
    kinds = Counter(row["kind"] for row in csv.DictReader(io.StringIO(sites_text())))
    assert kinds == {
        "works": 3,
        "booster": 6,
        "reservoir": 4,
        "pressure_node": 60,
        "quality_station": 12,
        "meter_group": 1,
    }


def test_epanet_runs_a_day_of_the_file_without_warnings(tmp_path):
    project = toolkit.createproject()
    report = tmp_path / "report.txt"
    toolkit.open(project, str(EXAMPLE / "network.inp"), str(report), os.devnull)
    toolkit.solveH(project)
    toolkit.close(project)
    toolkit.deleteproject(project)
    assert "WARNING" not in report.read_text(encoding="utf-8")


def test_an_absent_network_says_where_it_was_sought(tmp_path):
    settings = SimulationSettings(network=tmp_path / "none.inp")
    with pytest.raises(NetworkError, match=r"none\.inp"):
        CityModel(settings, [], 0)


def test_a_network_that_epanet_refuses_says_so(tmp_path):
    (tmp_path / "broken.inp").write_text("[JUNCTIONS]\nonly\n", encoding="utf-8")
    with pytest.raises(NetworkError, match="EPANET cannot use"):
        CityModel(SimulationSettings(network=tmp_path / "broken.inp"), [], 0)


def test_a_station_without_a_node_names_the_setting():
    stations = {s.name: s.node for s in STATIONS if s.name != "qs07"}
    settings = SimulationSettings(network=EXAMPLE / "network.inp", stations=stations)
    with pytest.raises(NetworkError, match="qs07"):
        CityModel(settings, example_sites(), 0)


def test_a_site_without_its_element_names_it(tmp_path):
    text = network_text().replace("west_08", "west_8")
    (tmp_path / "other.inp").write_text(text, encoding="utf-8")
    settings = SimulationSettings(
        network=tmp_path / "other.inp", stations={s.name: s.node for s in STATIONS}
    )
    with pytest.raises(NetworkError, match="west_08"):
        CityModel(settings, example_sites(), 0)
