"""Before a change is put to work, it says what it would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.differences import differences
from config.load import load_city

if TYPE_CHECKING:
    from collections.abc import Callable


def test_same_city_has_no_differences(small_city: Path, environment: dict[str, str]) -> None:
    city = load_city(small_city, environment)

    assert differences(city, load_city(small_city, environment)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("points.csv", "north_02.pressure", "north_02.head"),
            ["point 'north_02.pressure' is removed", "point 'north_02.head' is added"],
        ),
        (
            ("points.csv", ",0.1,0.9,yes", ",0.1,0.8,yes"),
            ["point 'donghu.outlet.setpoint': high: 0.9 → 0.8"],
        ),
        (
            ("points.csv", "holding:2,0.001", "holding:4,0.001"),
            ["point 'north_02.pressure': address changes"],
        ),
        (("city.toml", "port = 5021", "port = 5022"), ["device 'gateway': port: 5021 → 5022"]),
        (
            ("city.toml", 'name = "duty"', 'name = "shift"'),
            ["webhook 'duty' is removed", "webhook 'shift' is added"],
        ),
        (("city.toml", "port = 8080", "port = 8081"), ["console: port: 8080 → 8081"]),
        (("city.toml", "Asia/Shanghai", "Asia/Urumqi"), ["timezone: Asia/Shanghai → Asia/Urumqi"]),
        (("city.toml", "seed = 7", "seed = 8"), ["simulation: seed: 7 → 8"]),
        (("city.toml", 'en = "North"', 'en = "Northern"'), ["zone 'north': title changes"]),
        (
            ("sites.csv", "30,32,0.01", "30,33,0.01"),
            ["site 'north_01': meter_elevation_m: 32.0 → 33.0"],
        ),
        (
            ("rules/limits.toml", "value = 0.18", "value = 0.2"),
            ["rule 'before_meter': low changes"],
        ),
        (
            ("rules/limits.toml", 'name = "silent"', 'name = "mute"'),
            ["rule 'silent' is removed", "rule 'mute' is added"],
        ),
    ],
)
def test_change_is_told(
    change: tuple[str, str, str],
    said: list[str],
    small_city: Path,
    environment: dict[str, str],
    edit: Callable[[str, str, str], None],
) -> None:
    before = load_city(small_city, environment)
    edit(*change)

    assert differences(before, load_city(small_city, environment)) == said


def test_order_of_points_is_no_difference(small_city: Path, environment: dict[str, str]) -> None:
    before = load_city(small_city, environment)
    path = small_city / "points.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")

    assert differences(before, load_city(small_city, environment)) == []


def test_simulation_that_comes_or_goes_is_told(
    small_city: Path, environment: dict[str, str]
) -> None:
    before = load_city(small_city, environment)
    path = small_city / "city.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[simulation]")], encoding="utf-8")

    after = load_city(small_city, environment)

    assert differences(before, after) == ["simulation is removed"]
    assert differences(after, before) == ["simulation is added"]
