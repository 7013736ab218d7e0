"""What a city's files say about its stores and its feed."""

from __future__ import annotations

from pathlib import Path

from config.differences import differences
from config.load import load_city
from telemetry.kinds import Kind

INFLUX = """
[historian.influxdb]
url = "http://store:8086"
org = "water"
token = { env = "INFLUX_TOKEN" }

[historian.kinds.volume]
raw_days = 30

[feed]
delay_s = 1800
"""


def with_influx(small_city: Path) -> Path:
    file = small_city / "city.toml"
    file.write_text(file.read_text(encoding="utf-8") + INFLUX, encoding="utf-8")
    return small_city


def test_token_comes_from_the_environment_and_is_not_shown_H10(
    small_city: Path, environment: dict[str, str]
) -> None:
    environment["INFLUX_TOKEN"] = "canary-token-4711"

    city = load_city(with_influx(small_city), environment)

    assert city.historian.influxdb is not None
    assert city.historian.influxdb.token == "canary-token-4711"
    assert "canary-token" not in repr(city)


def test_a_changed_token_is_told_but_not_shown_H10(
    small_city: Path, environment: dict[str, str]
) -> None:
    folder = with_influx(small_city)
    old = load_city(folder, environment | {"INFLUX_TOKEN": "canary-old"})
    new = load_city(folder, environment | {"INFLUX_TOKEN": "canary-new"})

    said = differences(old, new)

    assert said == ["historian: influxdb changes"]


def test_a_kind_without_times_of_its_own_is_kept_as_the_rest(
    small_city: Path, environment: dict[str, str]
) -> None:
    environment["INFLUX_TOKEN"] = "x"

    historian = load_city(with_influx(small_city), environment).historian

    assert historian.raw_days_of(Kind.VOLUME) == 30
    assert historian.raw_days_of(Kind.PRESSURE) == historian.raw_days == 400
    assert historian.keep_days_of(Kind.VOLUME) == historian.keep_days == 3660


def test_a_city_publishes_nothing_until_it_says_so(
    small_city: Path, environment: dict[str, str]
) -> None:
    assert load_city(small_city, environment).feed is None

    feed = load_city(with_influx(small_city), environment | {"INFLUX_TOKEN": "x"}).feed

    assert feed is not None
    assert feed.delay_s == 1800
    assert feed.host == "127.0.0.1"
