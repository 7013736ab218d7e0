"""A secret is used, and never shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.city import City
from config.differences import differences
from config.errors import ConfigError
from config.load import load_city
from config.problems import problems_as_json, report
from config.secret import Secrets
from telemetry.devices import MqttSource

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-4711"


def broker_of(city: City) -> MqttSource:
    return next(device for device in city.devices if isinstance(device, MqttSource))


def test_secrets_come_from_the_environment(small_city: Path, environment: dict[str, str]) -> None:
    city = load_city(small_city, environment)

    assert broker_of(city).password == environment["BROKER_PASSWORD"]
    assert city.alarms.webhooks[0].url == environment["WEBHOOK_URL"]


def test_secret_comes_from_a_file_without_its_line_end(
    small_city: Path, environment: dict[str, str], edit: Callable[[str, str, str], None]
) -> None:
    (small_city / "broker.secret").write_text(f"{CANARY}\n", encoding="utf-8")
    edit("city.toml", '{ env = "BROKER_PASSWORD" }', '{ file = "broker.secret" }')

    city = load_city(small_city, environment)

    assert broker_of(city).password == CANARY
    assert small_city.resolve() / "broker.secret" not in city.files


def test_secret_is_not_shown_by_repr_or_differences_H10(
    small_city: Path, environment: dict[str, str]
) -> None:
    old = load_city(small_city, environment)
    changed = {name: f"{value}-new" for name, value in environment.items()}
    new = load_city(small_city, changed)

    said = differences(old, new)

    assert said == ["device 'meters': password changes", "webhook 'duty': url changes"]
    assert CANARY not in repr(old) + str(old.alarms) + repr(Secrets(environment, small_city))


WRONG_SECRETS = [
    '"https://canary-4711"',
    '["canary-4711"]',
    "4711",
    '{ value = "canary-4711" }',
    '{ env = "canary-4711" }',
    '{ env = ["canary-4711"] }',
    '{ env = "FTP_URL" }',
    '{ env = "CANARY_UNSET" }',
    '{ file = "empty" }',
    '{ file = "binary" }',
    '{ file = "folder" }',
    '{ file = "large" }',
    '{ env = "WEBHOOK_URL", file = "canary-4711" }',
    "{}",
]


@pytest.mark.parametrize("wrong", WRONG_SECRETS)
def test_wrong_secret_is_told_without_its_value_H10(
    wrong: str,
    small_city: Path,
    environment: dict[str, str],
    edit: Callable[[str, str, str], None],
) -> None:
    (small_city / "empty").write_text("\n", encoding="utf-8")
    (small_city / "binary").write_bytes(b"canary-4711\xff")
    (small_city / "large").write_bytes(b"canary-4711" * 10_000)
    (small_city / "folder").mkdir()
    edit("city.toml", 'url = { env = "WEBHOOK_URL" }', f"url = {wrong}")

    with pytest.raises(ConfigError) as caught:
        load_city(small_city, environment)

    problems = caught.value.problems
    assert [(str(problem.file), problem.line) for problem in problems] == [("city.toml", 38)]
    assert problems[0].what.startswith("webhook 'duty': url ")
    told = report(problems) + str(problems_as_json(problems)) + repr(caught.value)
    assert CANARY not in told
    chain = (caught.value.__cause__, caught.value.__context__)
    assert chain == (None, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('url = { env = "WEBHOOK_URL" }', 'urll = "https://canary-4711"'),
        ("[[webhook]]", 'webhook = "https://canary-4711"\n[[hook]]'),
        ('[[webhook]]\nname = "duty"', '[[webhook]]\nname = "duty"\nnote = "canary-4711"'),
        ('password = { env = "BROKER_PASSWORD" }', 'pasword = "canary-4711"'),
        ("opc.tcp://127.0.0.1:4840", "opc.tcp://user:canary-4711@127.0.0.1:4840"),
    ],
)
def test_secret_in_a_wrong_place_is_not_repeated_H10(
    old: str,
    new: str,
    small_city: Path,
    environment: dict[str, str],
    edit: Callable[[str, str, str], None],
) -> None:
    edit("city.toml", old, new)

    with pytest.raises(ConfigError) as caught:
        load_city(small_city, environment)

    assert CANARY not in str(caught.value) + repr(caught.value)


def test_missing_variable_is_named(small_city: Path, environment: dict[str, str]) -> None:
    del environment["WEBHOOK_URL"]

    with pytest.raises(ConfigError, match="environment variable WEBHOOK_URL, which is not set"):
        load_city(small_city, environment)
