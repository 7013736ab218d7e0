"""A real InfluxDB beside the program, and commands run to their end."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.historian.influx.servers import free_port, influxd
from tests.interop.programs import program

if TYPE_CHECKING:
    from tests.system.running import RunningService

ROOT = Path(__file__).parents[2]


class InfluxServer:
    """An InfluxDB 1.6.7 that can be stopped and started again over the same files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Let it answer."""
        self._running.enter_context(influxd(self._folder, self.port))

    def stop(self) -> None:
        """Let nobody be there."""
        self._running.close()

    def ask(self, database: str, query: str) -> Any:
        """Its document for a query, with times in ns."""
        params = {"db": database, "epoch": "ns", "q": query}
        return httpx.get(f"{self.url}/query", params=params, timeout=20).json()


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a `baotu` command to its end; it never ends with a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "service", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def city_with(folder: Path, historian: str) -> Path:
    """The example city with its historian set up as told; gives its folder."""
    city = folder / "city"
    done = command("init", str(city))
    assert done.returncode == 0, done.stderr
    with (city / "city.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{historian}\n")
    return city


def influxql(service: RunningService, query: str) -> Any:
    """Our own document for a query, with times in ns."""
    asked = {"db": "baotu", "epoch": "ns", "q": query}
    answer = service.http.post(f"{service.address}/query", data=asked)
    answer.raise_for_status()
    return answer.json()


def shell(service: RunningService, statement: str) -> subprocess.CompletedProcess[str]:
    """A statement in InfluxDB's own shell, logged in to our service."""
    port = service.address.rpartition(":")[2]
    token = (service.data / "token").read_text()
    return subprocess.run(
        [
            *(program("influx", "influxdb-client"), "-host", "127.0.0.1", "-port", port),
            *("-username", "demo", "-password", token, "-database", "baotu"),
            *("-format", "csv", "-execute", statement),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def sink(service: RunningService, name: str) -> dict[str, Any]:
    """How a store takes what the journal gives it, as the page shows it."""
    rows = service.get("/history")["sinks"]
    found: dict[str, Any] = next(row for row in rows if row["name"] == name)
    return found


POINT = "north_02.pressure"
"""A point of the example city that is read all the time."""

NEWEST = "SELECT last(value) FROM pressure WHERE point = 'north_02.pressure'"
OLDEST = "SELECT first(value) FROM pressure WHERE point = 'north_02.pressure'"


def time_of(document: Any) -> int | None:
    """The time of the one sample in an answer to :data:`NEWEST` or :data:`OLDEST`, ns."""
    series = document["results"][0].get("series")
    time_ns: int | None = series[0]["values"][0][0] if series else None
    return time_ns


def newest_ns(service: RunningService) -> int:
    """When the newest good sample of the point was taken."""
    return service.wait(lambda: time_of(influxql(service, NEWEST)), "the point was read", 30) or 0
