"""The demo with an InfluxDB beside its own store: the same readings, the same answers, no loss."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from historian import open_store
from tests.system.influx import (
    NEWEST,
    OLDEST,
    POINT,
    ROOT,
    InfluxServer,
    city_with,
    command,
    influxql,
    newest_ns,
    shell,
    sink,
    time_of,
)
from tests.system.running import RunningService, baotu, missing_samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.system, pytest.mark.timeout(170)]

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
SETTLED = 600 * SECOND
"""Within so much city time everything but a meter's message has come in, and is on both stores."""


@dataclass
class Beside:
    """A demo at 600 times the pace of the world, and the InfluxDB it feeds."""

    service: RunningService
    influx: InfluxServer
    city: Path
    folder: Path

    def settled_ns(self) -> int:
        """An instant before which both stores have all that was polled, an hour at least."""
        self.has_run(HOUR + SETTLED)
        self.service.wait(self.drained, "InfluxDB has everything", 40)
        return newest_ns(self.service) - SETTLED

    def has_run(self, city_ns: int) -> None:
        """Wait until there are readings of so much city time."""
        began = time_of(influxql(self.service, OLDEST)) or newest_ns(self.service)
        self.service.wait(
            lambda: newest_ns(self.service) > began + city_ns, "the city ran for a while", 60
        )

    def drained(self) -> bool:
        found = sink(self.service, "influxdb")
        return bool(found["condition"] == "ok" and found["waiting"] < 2_000)

    def both(self, query: str) -> tuple[Any, Any]:
        return influxql(self.service, query), self.influx.ask("beside", query)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """One demo for all facts of this file; a test that stops the InfluxDB starts it again."""
    folder = tmp_path_factory.mktemp("beside")
    influx = InfluxServer(folder / "influxd")
    influx.start()
    settings = f'[historian.influxdb]\nurl = "{influx.url}"\ndialect = "v1"\nbucket = "beside"'
    city = city_with(folder, settings)
    assert command("store", "init", str(city)).returncode == 0
    asked = ("demo", "--city", str(city / "city.toml"), "--port", "0", "--speed", "600")
    try:
        with baotu(*asked, folder=folder / "demo") as service:
            yield Beside(service, influx, city, folder)
    finally:
        influx.stop()


QUESTIONS = (
    "SELECT value, quality FROM pressure WHERE site = 'north_02' AND {time}",
    "SELECT * FROM level WHERE {time} GROUP BY * LIMIT 5",
    "SELECT count(quality), count(value) FROM pressure WHERE {time} GROUP BY point",
    "SELECT min(value), max(value), first(value), last(value), mean(value) FROM pressure "
    "WHERE {time} GROUP BY time(10m), zone fill(none)",
    "SELECT median(value), percentile(value, 90), spread(value) FROM flow "
    "WHERE zone = 'north' AND {time} GROUP BY time(30m) tz('Asia/Shanghai')",
    'SHOW TAG VALUES FROM pressure WITH KEY = "site"',
    "SHOW TAG KEYS FROM pressure",
    "SHOW FIELD KEYS FROM pressure",
)


def near(ours: Any, theirs: Any) -> bool:
    """Equal documents, but for the last digit of a sum added up in another order."""
    if isinstance(ours, dict):
        same = isinstance(theirs, dict) and ours.keys() == theirs.keys()
        return same and all(near(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        same = isinstance(theirs, list) and len(ours) == len(theirs)
        return same and all(map(near, ours, theirs))
    if isinstance(ours, float) and theirs is not None:
        return ours == pytest.approx(theirs, rel=1e-12)
    return bool(ours == theirs)


def assert_alike(beside: Beside, start_ns: int, end_ns: int) -> None:
    """Both stores answer everything alike within an interval, and do answer."""
    span = f"time >= {start_ns} AND time < {end_ns}"
    for question in QUESTIONS:
        ours, theirs = beside.both(question.format(time=span))
        assert ours["results"][0]["series"], question
        assert near(ours, theirs), question


def test_both_stores_hold_the_same_samples_and_answer_alike(beside: Beside) -> None:
    end = beside.settled_ns()
    assert_alike(beside, end - 2 * HOUR, end)
    assert missing_samples(beside.service) == {}
    assert {"store:embedded", "store:influxdb"} <= beside.service.get("/accounting").keys()


def test_an_outage_of_influxdb_costs_nobody_anything(beside: Beside) -> None:
    service = beside.service
    began = beside.settled_ns()
    beside.influx.stop()
    try:
        trouble = service.wait(lambda: _in_trouble(service), "the outage is said", 20)
        assert trouble["condition"] == "retrying"
        assert trouble["reason"].startswith(f"{beside.influx.url} cannot be reached: ")
        assert trouble["reason"].endswith("readings wait in the journal meanwhile")
        assert httpx.get(f"{service.address}/-/ready").status_code == 200
        before = newest_ns(service)
        service.wait(lambda: newest_ns(service) > before, "readings go on", 20)
        service.wait(lambda: sink(service, "influxdb")["waiting"] > 3_000, "they wait", 30)
        assert service.get("/alarms", state="all", limit=1).keys() == {"items", "next"}
        assert missing_samples(service) == {}
    finally:
        beside.influx.start()
    end = beside.settled_ns()
    assert end > before
    assert_alike(beside, began, end)
    assert service.get("/accounting")["store:influxdb"]["rejected"] == {}
    assert missing_samples(service) == {}


def _in_trouble(service: RunningService) -> dict[str, Any] | None:
    found = sink(service, "influxdb")
    return None if found["condition"] == "ok" else found


def test_influxdbs_own_shell_reads_us_and_changes_nothing(beside: Beside) -> None:
    newest = shell(beside.service, NEWEST)
    assert newest.returncode == 0, newest.stderr
    header, row = newest.stdout.split()
    assert header == "name,time,last"
    assert float(row.split(",")[2]) > 0
    zones = shell(beside.service, 'SHOW TAG VALUES FROM pressure WITH KEY = "zone"')
    assert "pressure,zone,north" in zones.stdout
    refused = shell(beside.service, "DROP DATABASE baotu")
    assert refused.returncode == 1
    assert "this address answers questions only" in refused.stderr
    refused = shell(beside.service, "INSERT pressure value=1")
    assert "this address answers questions only" in refused.stdout


def test_grafana_saves_and_tests_the_data_source(beside: Beside) -> None:
    """Its health check is this one question; older versions asked for the first measurement."""
    for question in ("SHOW measurements", "SHOW MEASUREMENTS LIMIT 1"):
        for send in (_by_post, _by_get):
            answer = send(beside.service, question)
            assert answer.status_code == 200
            assert answer.json()["results"][0]["series"][0]["values"]
    variable = _by_post(beside.service, 'SHOW TAG VALUES WITH KEY = "site"').json()
    assert ["site", "north_02"] in [
        row for one in variable["results"][0]["series"] for row in one["values"]
    ]


def _by_post(service: RunningService, query: str) -> httpx.Response:
    params = {"db": "baotu", "epoch": "ms"}
    return service.http.post(f"{service.address}/query", params=params, data={"q": query})


def _by_get(service: RunningService, query: str) -> httpx.Response:
    params = {"db": "baotu", "epoch": "ms", "q": query}
    return service.http.get(f"{service.address}/query", params=params)


async def test_greedy_queries_are_bounded_and_the_page_answers_meanwhile(beside: Beside) -> None:
    service = beside.service
    greedy = {"db": "baotu", "q": "SELECT * FROM /.*/ LIMIT 1000000"}
    limits = httpx.Limits(max_connections=200)
    headers = dict(service.http.headers)
    async with httpx.AsyncClient(headers=headers, timeout=60, limits=limits) as client:
        url = f"{service.address}/query"
        storm = [asyncio.create_task(client.post(url, data=greedy)) for _ in range(120)]
        waits = []
        while not all(task.done() for task in storm):
            began = time.monotonic()
            page = await client.get(f"{service.address}/api/v1/latest", params={"point": POINT})
            waits.append(time.monotonic() - began)
            assert page.status_code == 200
            await asyncio.sleep(0.1)
        answers = [task.result() for task in storm]
    assert len(waits) > 20
    assert sorted(waits)[len(waits) * 9 // 10] < 1.0
    assert {answer.status_code for answer in answers} <= {200, 503}
    refused = [answer for answer in answers if answer.status_code == 503]
    assert any("max-concurrent-queries limit exceeded" in answer.text for answer in refused)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert all(len(answer.content) < 1_000 for answer in answers)


def test_no_panel_of_the_dashboards_is_empty_on_either_store(beside: Beside) -> None:
    service, city = beside.service, str(beside.city)
    beside.has_run(4 * HOUR)
    end_s = beside.settled_ns() // SECOND
    at = datetime.fromtimestamp(end_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    token = (service.data / "token").read_text()
    check = ("dashboards", "check", city, "--language", "en")
    ours = command(*check, "--against", service.address, "--at", at, BAOTU_TOKEN=token)
    assert ours.returncode == 0, ours.stdout
    theirs = command(*check, "--against", beside.influx.url, "--database", "beside", "--at", at)
    assert theirs.returncode == 0, theirs.stdout
    without = command(*check, "--against", service.address)
    assert without.returncode == 1
    assert "BAOTU_TOKEN" in without.stderr
    before = command(*check, "--against", service.address, "--at", "2020-01-01", BAOTU_TOKEN=token)
    assert before.returncode == 1
    assert "nothing is shown" in before.stdout
    assert command("dashboards", "build", city).returncode == 2


def test_a_copy_is_interrupted_goes_on_and_comes_back_the_same(beside: Beside) -> None:
    service, other = beside.service, beside.folder / "back"
    settled = beside.settled_ns()
    first = datetime.fromtimestamp((time_of(influxql(service, OLDEST)) or 0) // SECOND, UTC)
    midnight = first.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    days = ["--since", f"{first:%Y-%m-%d}", "--until", f"{midnight:%Y-%m-%d}"]
    copy = ["store", "copy", str(_with_another_database(beside)), *days]
    there = [*copy, "--from", "embedded", "--to", "influxdb", "--data", str(service.data)]
    status, said = _interrupted(there, beside)
    assert status == 130
    assert "interrupted: the same command goes on" in said
    read, found = _figures(command(*there))
    assert read == found > 0
    back = [*copy, "--from", "influxdb", "--to", "embedded", "--data", str(other)]
    assert _figures(command(*back)) == (read, read)
    end = min(midnight, datetime.fromtimestamp(settled / SECOND, UTC))
    ours = open_store(service.data).readings(POINT, end=end)
    assert len(ours) > 0
    assert open_store(other).readings(POINT, end=end).equals(ours)


def _with_another_database(beside: Beside) -> Path:
    """The same city, whose InfluxDB has a database of its own for the copy."""
    city = beside.folder / "copied"
    shutil.copytree(beside.city, city)
    text = (city / "city.toml").read_text(encoding="utf-8")
    text = text.replace('bucket = "beside"', 'bucket = "copied"')
    (city / "city.toml").write_text(text, encoding="utf-8")
    assert command("store", "init", str(city)).returncode == 0
    return city


def _interrupted(words: list[str], beside: Beside) -> tuple[int, str]:
    """Press Ctrl-C once a copy is at work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    beside.service.wait(
        lambda: "level" in str(beside.influx.ask("copied", "SHOW MEASUREMENTS")), "it copies", 40
    )
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    return process.returncode, said


def _figures(done: subprocess.CompletedProcess[str]) -> tuple[int, int]:
    """Samples that a copy read, and found again."""
    assert done.returncode == 0, done.stderr
    words = done.stdout.replace(",", "").split()
    return int(words[words.index("read") + 1]), int(words[words.index("found") + 1])
