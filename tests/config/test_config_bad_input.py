"""Every fault that a city's files can have is told with file, line and what was expected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import ConfigError
from config.load import load_city
from config.problems import Problem

CASES = Path(__file__).parent.parent / "cases" / "config"
FAULTS = sorted(folder for folder in (CASES / "bad").iterdir() if folder.is_dir())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda folder: folder.name)
def test_fault_in_the_files_is_told(
    fault: Path, small_city: Path, environment: dict[str, str]
) -> None:
    shutil.copytree(fault, small_city, dirs_exist_ok=True)

    with pytest.raises(ConfigError) as caught:
        load_city(small_city, environment)

    assert str(caught.value) == (fault / "expect.txt").read_text(encoding="utf-8").strip()
    assert "canary" not in repr(caught.value)


def test_small_city_itself_is_right(small_city: Path, environment: dict[str, str]) -> None:
    city = load_city(small_city, environment)

    assert len(city.points) == 9
    assert [device.name for device in city.devices] == ["pumphouse", "gateway", "works", "meters"]


def test_many_faults_are_each_a_named_case() -> None:
    assert len(FAULTS) >= 30


def test_several_faults_are_told_at_once_city_file_first(
    small_city: Path, environment: dict[str, str]
) -> None:
    shutil.copytree(CASES / "bad" / "several_at_once", small_city, dirs_exist_ok=True)

    with pytest.raises(ConfigError) as caught:
        load_city(small_city, environment)

    places = [(problem.file.as_posix(), problem.line) for problem in caught.value.problems]
    assert places == [
        ("city.toml", 2),
        ("city.toml", 12),
        ("city.toml", 41),
        ("sites.csv", 2),
        ("points.csv", 3),
        ("points.csv", 7),
        ("rules/limits.toml", 16),
    ]


def test_missing_city_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"city\.toml: file 'city\.toml' does not exist"):
        load_city(tmp_path, {})


def test_mistake_in_a_template_names_each_device_that_uses_it(
    small_city: Path, environment: dict[str, str]
) -> None:
    template = small_city / "templates" / "pump_house.toml"
    template.write_text(
        template.read_text(encoding="utf-8").replace("scale = 0.001", 'scale = "{order}"'),
        encoding="utf-8",
    )
    city = small_city / "city.toml"
    text = city.read_text(encoding="utf-8")
    device = text[text.index("[[device]]") : text.index('[[device]]\nname = "gateway"')]
    second = (
        device.replace("pumphouse", "second").replace("5020", "5030").replace("lvyou", "donghu")
    )
    city.write_text(text.replace(device, device + second), encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_city(small_city, environment)

    lines = [str(problem) for problem in caught.value.problems]
    assert lines == [
        "templates/pump_house.toml:14: point 'lvyou.outlet.pressure': scale 'CDAB' is no number; "
        "used by device 'pumphouse' (city.toml:14)",
        "templates/pump_house.toml:14: point 'donghu.outlet.pressure': scale 'CDAB' is no number; "
        "used by device 'second' (city.toml:22)",
    ]


SMALL_CITY = sorted(path.relative_to(CASES / "good") for path in (CASES / "good").rglob("*.*"))
DAMAGES = ('"x"', "3", "[]", "{}", "true", "{ a = 1 }", "nan", '"{n}"', "\0", "\n", ",", "é", "")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([file for file in SMALL_CITY if file.suffix]),
    st.integers(0, 2_000),
    st.integers(0, 12),
    st.sampled_from(DAMAGES),
)
def test_no_damage_to_a_file_makes_the_check_fail_otherwise_than_with_problems(
    small_city: Path, file: Path, at: int, length: int, damage: str
) -> None:
    text = (CASES / "good" / file).read_text(encoding="utf-8")
    damaged = text[:at] + damage + text[at + length :]
    (small_city / file).write_text(damaged, encoding="utf-8")

    told = problems_of(small_city)
    (small_city / file).write_text(text, encoding="utf-8")

    assert all(problem.what for problem in told)
    known_lines = [problem for problem in told if problem.line is not None]
    last = max(text.count("\n"), damaged.count("\n")) + 1
    assert all(1 <= (p.line or 0) <= last for p in known_lines if p.file == file)


def problems_of(folder: Path) -> tuple[Problem, ...]:
    try:
        load_city(folder, {"BROKER_PASSWORD": "x", "WEBHOOK_URL": "https://example.org"})
    except ConfigError as error:
        return error.problems
    return ()
