"""Every command as people and scripts use it: what it prints where, and its exit status."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.system, pytest.mark.timeout(100)]

BROKEN = Path(__file__).parents[1] / "cases" / "config" / "bad" / "several_at_once"
PASSWORD = "rain on the lake"
COMMANDS = (
    *("demo", "run", "check", "simulate", "schema", "init", "bench"),
    *("export", "backup", "restore"),
    *("store", "store init", "store check", "store copy"),
    *("dashboards", "dashboards build", "dashboards publish", "dashboards check"),
    *("feed", "feed serve"),
    "user",
    *("user list", "user add", "user password", "user role", "user disable"),
    *("user token", "user revoke"),
)


def baotu(*words: str, typed: str = "", folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in ``folder``."""
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        input=typed,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "100"},
    )


def result(*words: str, typed: str = "", folder: Path) -> str:
    """What a command that succeeds prints on standard output."""
    done = baotu(*words, typed=typed, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(*words: str, typed: str = "", folder: Path, status: int = 1) -> str:
    """What a command that does not succeed says on standard error: a sentence, no traceback."""
    done = baotu(*words, typed=typed, folder=folder)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr.strip()


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The example city, written out by `baotu init`."""
    baotu("init", "my-city", folder=tmp_path)
    return tmp_path / "my-city"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory."""
    folder = tmp_path / "baotu-data"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example(command: str, tmp_path: Path) -> None:
    text = result(*command.split(), "--help", folder=tmp_path)
    assert text.startswith(f"Usage: baotu {command}")
    joined = " ".join(text.split())
    assert f"Example: baotu {command}" in joined


def test_help_names_every_command(tmp_path: Path) -> None:
    listed = _listed(tmp_path)
    for group in {command.split()[0] for command in COMMANDS if " " in command}:
        listed |= {f"{group} {name}" for name in _listed(tmp_path, group)}
    assert listed == set(COMMANDS)


def _listed(folder: Path, *group: str) -> set[str]:
    text = result(*group, "--help", folder=folder)
    return set(re.findall(r"^  ([a-z]+)  ", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("check",), "city"),
        (("nonsense",), "nonsense"),
        (("demo", "--speed", "0"), "--speed"),
        (("demo", "--port", "70000"), "--port"),
        (("run", "city.toml", "--colour"), "--colour"),
        (("simulate", "my-city", "--clock", "noon"), "START:ANCHOR"),
        (("simulate", "my-city", "--broker", "somewhere"), "host:port"),
        (("user", "role", "li", "emperor"), "emperor"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_wrong_use_is_status_2_and_names_what_was_wrong(
    words: tuple[str, ...], named: str, city: Path
) -> None:
    said = refusal(*words, folder=city.parent, status=2)
    assert said.startswith("Usage: baotu")
    assert named in said


def test_example_city_is_good(city: Path) -> None:
    done = baotu("check", str(city), folder=city.parent)
    assert done.returncode == 0
    assert re.search(r"good – \d+ points on \d+ devices, \d+ rules", done.stderr)
    assert baotu("check", "city.toml", folder=city).returncode == 0


def test_check_says_in_json_what_a_good_city_holds(city: Path) -> None:
    found = json.loads(result("check", str(city), "--json", folder=city.parent))
    assert found["ok"] is True
    assert found["problems"] == []
    assert found["points"] > 2_000
    assert found["devices"] > 10


def test_check_names_every_problem_with_file_and_line(tmp_path: Path) -> None:
    done = baotu("check", str(BROKEN), folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) >= 5
    assert all(re.match(r"\S+\.(toml|csv):\d+: ", line) for line in lines)
    assert any(line.endswith("did you mean 'booster'?") for line in lines)


def test_check_prints_problems_as_one_json_document(tmp_path: Path) -> None:
    done = baotu("check", str(BROKEN), "--json", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["ok"] is False
    as_text = baotu("check", str(BROKEN), folder=tmp_path).stdout.splitlines()
    assert [problem["text"] for problem in found["problems"]] == as_text
    assert all(p["file"] and p["line"] > 0 and p["what"] for p in found["problems"])


def test_check_says_what_would_change(city: Path) -> None:
    other = city.parent / "other"
    baotu("init", str(other), folder=city.parent)
    points = other / "points.csv"
    points.write_text(points.read_text().replace(",-0.1,1.6", ",-0.1,1.2", 1))
    lines = result("check", str(other), "--against", str(city), folder=city.parent).splitlines()
    (changed,) = [line for line in lines if "north_01.pressure" in line]
    assert "1.6" in changed
    assert "1.2" in changed


def test_check_of_a_city_that_is_not_there_says_so(tmp_path: Path) -> None:
    done = baotu("check", "nowhere", folder=tmp_path)
    assert done.returncode == 1
    assert "nowhere" in done.stdout
    assert "does not exist" in done.stdout


def test_schema_is_one_json_schema_that_knows_the_citys_sections(tmp_path: Path) -> None:
    schema = json.loads(result("schema", folder=tmp_path))
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"console", "historian", "device"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_init_never_writes_into_a_folder_that_holds_something(city: Path) -> None:
    before = sorted(city.rglob("*"))
    assert "is not empty" in refusal("init", str(city), folder=city.parent)
    assert sorted(city.rglob("*")) == before


def users(data: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        result("user", "list", "--json", "--data", str(data), folder=data)
    )
    return found


def test_accounts_are_added_listed_changed_and_shut(data: Path) -> None:
    def user(*words: str, typed: str = "") -> str:
        return result("user", *words, "--data", str(data), typed=typed, folder=data)

    assert users(data) == []
    user("add", "li", "--role", "operator", typed=f"{PASSWORD}\n")
    user("add", "wang", typed=f"{PASSWORD}\n")
    assert users(data) == [
        {"name": "li", "role": "operator", "disabled": False},
        {"name": "wang", "role": "viewer", "disabled": False},
    ]
    user("role", "wang", "operator")
    user("disable", "li")
    user("password", "wang", typed="another rainy lake\n")
    assert users(data) == [
        {"name": "li", "role": "operator", "disabled": True},
        {"name": "wang", "role": "operator", "disabled": False},
    ]
    assert re.findall(r"^(\w+) +(\w+)", user("list"), re.MULTILINE) == [
        ("li", "operator"),
        ("wang", "operator"),
    ]


def test_accounts_that_cannot_be_as_asked_are_refused_in_a_sentence(data: Path) -> None:
    def refused(*words: str, typed: str = "") -> str:
        return refusal("user", *words, "--data", str(data), typed=typed, folder=data)

    result("user", "add", "li", "--role", "operator", "--data", str(data),
           typed=f"{PASSWORD}\n", folder=data)  # fmt: skip
    assert "taken" in refused("add", "li", typed=f"{PASSWORD}\n")
    assert "10" in refused("add", "wang", typed="short\n")
    assert "nobody" in refused("role", "nobody", "viewer")
    assert "last operator" in refused("role", "li", "viewer")
    assert "last operator" in refused("disable", "li")
    assert PASSWORD not in (data / "records.sqlite").read_bytes().decode("latin1")


def test_token_is_printed_alone_once_and_can_be_revoked(data: Path) -> None:
    def token(*words: str) -> str:
        return result("user", *words, "--data", str(data), folder=data)

    printed = token("token", "grafana")
    assert re.fullmatch(r"[\w-]{32,}\n", printed), "nothing but the token, for scripts"
    again = refusal("user", "token", "grafana", "--data", str(data), folder=data)
    assert "exists" in again
    token("revoke", "grafana")
    assert token("token", "grafana") != printed


def test_simulate_says_where_everything_answers_and_stops_by_itself(city: Path) -> None:
    file = city.parent / "endpoints.json"
    done = baotu("simulate", str(city), "--endpoints", str(file), "--for", "1", folder=city)
    assert done.returncode == 0, done.stderr
    where = json.loads(file.read_text())
    names = {*where["sockets"], *where["urls"]}
    assert names
    said = {line.split()[0] for line in done.stderr.splitlines() if line.split()}
    assert names <= said


def test_demo_keeps_its_token_for_its_owner_alone(tmp_path: Path) -> None:
    done = baotu("demo", "--port", "0", "--data", "demo", "--for", "1", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"page +http://127\.0\.0\.1:\d+/", done.stderr)
    assert done.stdout == ""
    mode = (tmp_path / "demo" / "token").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_data_folder_that_cannot_be_written_is_named(city: Path) -> None:
    (city / "file").write_text("in the way")
    for words in (("run", str(city), "--data"), ("demo", "--data"), ("init",)):
        said = refusal(*words, str(city / "file" / "data"), folder=city)
        assert "file/data cannot be made" in said
