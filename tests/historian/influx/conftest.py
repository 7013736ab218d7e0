"""Servers that several tests share, each test with a database of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import httpx
import pytest

from historian.settings import InfluxSettings
from tests.historian.influx import servers

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def influx_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an InfluxDB 1.6.7."""
    with servers.influxd(tmp_path_factory.mktemp("influxd")) as url:
        yield url


@pytest.fixture(scope="session")
def victoria_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a VictoriaMetrics."""
    with servers.victoria(tmp_path_factory.mktemp("victoria")) as url:
        yield url


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """For what tests ask servers themselves; making one takes longer than asking."""
    with httpx.Client(timeout=20.0) as client:
        yield client


@pytest.fixture
def database(influx_url: str, http: httpx.Client) -> InfluxSettings:
    """A new database of the InfluxDB."""
    name = f"db{next(_numbers)}"
    command = {"q": f'CREATE DATABASE "{name}"'}
    http.post(f"{influx_url}/query", data=command).raise_for_status()
    return InfluxSettings(url=influx_url, dialect="v1", bucket=name)
