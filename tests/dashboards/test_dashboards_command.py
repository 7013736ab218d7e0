"""What `baotu dashboards` does and says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types
from typer.testing import CliRunner

from config.bundled import example_city
from dashboards.datasource import SeriesServer
from dashboards.errors import GrafanaError
from dashboards.provisioning import datasource_yaml
from dashboards.publishing import Folder
from service.cli.dashboards import app
from service.errors import ServiceError
from tests.dashboards.grafana_double import TOKEN, serving_grafana

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

CITY = str(example_city())


def baotu(*arguments: str, **environment: str) -> Result:
    """Run `baotu dashboards …` with these variables only."""
    empty = {"GRAFANA_TOKEN": "", "BAOTU_TOKEN": ""}
    return CliRunner().invoke(app, list(arguments), env=empty | environment)


def test_build_writes_one_language_as_files_and_nothing_twice(tmp_path: Path):
    done = baotu("build", CITY, "--out", str(tmp_path), "--language", "zh")
    assert done.exit_code == 0, done.output
    files = sorted(tmp_path.iterdir())
    assert len(files) == 8
    assert all(file.name.endswith("-zh.json") for file in files)
    assert json.loads(files[0].read_text("utf-8"))["schemaVersion"] == 42
    written = [file.stat().st_mtime_ns for file in files]
    baotu("build", CITY, "--out", str(tmp_path), "--language", "zh")
    assert [file.stat().st_mtime_ns for file in files] == written


def test_build_says_as_json_what_it_wrote(tmp_path: Path):
    done = baotu("build", CITY, "--out", str(tmp_path), "--json", "--provisioning")
    said = json.loads(done.stdout)
    assert len(said["files"]) == 18
    assert all((tmp_path / name).is_file() for name in said["files"])


def test_provisioning_files_hold_no_secret(tmp_path: Path):
    done = baotu(
        *("build", CITY, "--out", str(tmp_path), "--provisioning"),
        *("--datasource-url", "http://influx:8086", "--scheme", "Token"),
        BAOTU_TOKEN="very-secret",
    )
    assert done.exit_code == 0, done.output
    source = (tmp_path / "provisioning/datasources/baotu.yaml").read_text("utf-8")
    assert "very-secret" not in source
    (datasource,) = yaml.safe_load(source)["datasources"]
    assert datasource["url"] == "http://influx:8086"
    assert datasource["jsonData"]["httpHeaderName1"] == "Authorization"
    assert datasource["secureJsonData"] == {"httpHeaderValue1": "Token $BAOTU_TOKEN"}
    provider = yaml.safe_load((tmp_path / "provisioning/dashboards/baotu.yaml").read_text("utf-8"))
    assert provider["providers"][0]["folderUid"] == Folder("Baotu").uid
    assert provider["providers"][0]["options"]["path"] == "/var/lib/grafana/dashboards/baotu"


def test_datasource_without_a_token_asks_for_none():
    text = datasource_yaml(SeriesServer("http://influx:8086"), with_token=False)
    (datasource,) = yaml.safe_load(text)["datasources"]
    assert "secureJsonData" not in datasource
    assert "httpHeaderName1" not in datasource["jsonData"]


def test_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    done = baotu("build", CITY, "--out", str(tmp_path / "taken"))
    assert isinstance(done.exception, ServiceError)
    assert "cannot be written" in str(done.exception)


def test_check_finds_nothing_in_the_example_city():
    done = baotu("check", CITY, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"ok": True, "problems": [], "gaps": []}


def test_check_of_a_broken_city_says_why(tmp_path: Path):
    (tmp_path / "city.toml").write_text('title = { zh = "x" }')
    done = baotu("check", str(tmp_path / "city.toml"))
    assert done.exit_code == 1
    assert "city.toml:" in done.output


def test_publish_without_a_token_is_wrong_use():
    done = baotu("publish", CITY, "--url", "http://grafana.test")
    assert done.exit_code == 2
    assert "GRAFANA_TOKEN is not set" in done.output


def test_publish_makes_everything_and_then_keeps_it():
    with serving_grafana() as grafana:
        command = ("publish", CITY, "--url", grafana.url, "--language", "en")
        source = ("--datasource-url", "http://baotu.test:8080")
        first = baotu(*command, *source, GRAFANA_TOKEN=TOKEN, BAOTU_TOKEN="reader")
        assert first.exit_code == 0, first.output
        assert "create  dashboard    Spring City example · Pressure zones" in first.stdout
        assert "create  data source  Baotu" in first.stdout
        assert "Grafana tried the data source: OK" in first.stderr
        again = baotu(*command, "--json", GRAFANA_TOKEN=TOKEN)
        said: dict[str, Any] = json.loads(again.stdout)
        assert said["grafana"] == "12.4.1"
        assert {step["action"] for step in said["steps"]} == {"keep"}
        assert "reader" not in first.output + again.output


def test_dry_run_shows_what_would_change():
    with serving_grafana() as grafana:
        command = ("publish", CITY, "--url", grafana.url, "--language", "en")
        baotu(*command, GRAFANA_TOKEN=TOKEN)
        grafana.edit("baotu-zones-en", title="mine", refresh="1h")
        grafana.calls.clear()
        done = baotu(*command, "--dry-run", GRAFANA_TOKEN=TOKEN)
        assert "          title: 'mine' → 'Spring City example · Pressure zones'" in done.stdout
        assert "nothing was changed (dry run)" in done.stderr
        assert grafana.writes == []


def test_refused_publishing_ends_with_a_sentence():
    with serving_grafana() as grafana:
        done = baotu("publish", CITY, "--url", grafana.url, GRAFANA_TOKEN="wrong")
        assert isinstance(done.exception, GrafanaError)
        assert grafana.writes == []


@pytest.mark.parametrize(
    ("title", "uid"), [("Baotu", "baotu"), ("水务", "baotu"), ("My City!", "my-city")]
)
def test_folder_is_found_by_its_title(title, uid):
    assert Folder(title).uid == uid
