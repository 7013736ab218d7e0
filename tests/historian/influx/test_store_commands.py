"""``baotu store`` as people use it: from an empty server to a copy, and back."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from typer.testing import CliRunner

from config.load import load_city
from historian.embedded.store import EmbeddedStore
from historian.errors import DirectoryLockedError, StoreError
from historian.journal.journal import Journal
from historian.queries import RangeQuery
from service.cli.store import app
from telemetry.batch import Batch
from telemetry.quality import Reason, bad
from tests.historian.influx.double import ORG, TOKEN, InfluxDouble
from tests.historian.influx.servers import free_port
from tests.historian.making import DAY, NOON, SECOND

if TYPE_CHECKING:
    from typer.testing import Result

    from config.city import City
    from historian.queries import Series

SMALL = Path(__file__).parents[2] / "cases" / "config" / "good"
ENVIRONMENT = {
    "BROKER_PASSWORD": "x",
    "WEBHOOK_URL": "https://hook.example.org/x",
    "INFLUX_TOKEN": TOKEN,
}
DAYS = ("--since", "2026-01-01", "--until", "2026-01-04")


class Town:
    """The small city with an InfluxDB, and its data directory."""

    def __init__(self, folder: Path, influxdb: str) -> None:
        self.file = folder / "city" / "city.toml"
        shutil.copytree(SMALL, self.file.parent)
        text = self.file.read_text(encoding="utf-8")
        self.file.write_text(f"{text}\n[historian.influxdb]\n{influxdb}\n", encoding="utf-8")
        self.data = folder / "data"

    @property
    def city(self) -> City:
        return load_city(self.file, {**os.environ, **ENVIRONMENT})

    def run(self, command: str, *options: str, data: Path | None = None) -> Result:
        words = [command, str(self.file), *options]
        if command == "copy":
            words += ["--data", str(data or self.data)]
        return CliRunner().invoke(app, words, env=ENVIRONMENT)

    def json(self, command: str, *options: str, data: Path | None = None) -> dict[str, Any]:
        done = self.run(command, *options, "--json", data=data)
        assert done.exit_code == 0, done.output
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    async def live(self, batches: list[Batch], *, stored: int) -> None:
        """What a service leaves that was stopped: some in the store, the rest in the journal."""
        folder, points = self.data / "historian", self.city.points
        folder.mkdir(parents=True)
        store = EmbeddedStore(folder / "store", points)
        journal = Journal(folder / "journal", points)
        reader = journal.reader("store:embedded")
        for batch in batches[:stored]:
            journal.append("test", batch)
        if stored:
            await store.append(await reader.receive(10_000_000, 1))
        await store.close()
        reader.advance(store.through)
        for batch in batches[stored:]:
            journal.append("test", batch)
        journal.close()

    async def series(self, data: Path, point: int) -> Series:
        store = EmbeddedStore(data / "historian" / "store", self.city.points)
        try:
            return await store.query(RangeQuery(point, NOON - DAY, NOON + 9 * DAY))
        finally:
            await store.close()


def three_days(points: int) -> list[Batch]:
    """Every ten minutes a sample of every point, some of them bad."""
    batches = []
    for step in range(3 * 144 - 72):
        codes = np.zeros(points, dtype=np.uint8)
        codes[step % points] = bad(Reason.COMM)
        values = np.where(codes == 0, step / 7 + np.arange(points), np.nan)
        batches.append(Batch.of(range(points), NOON + step * 600 * SECOND, values, codes))
    return batches


@pytest.fixture
def double() -> InfluxDouble:
    return InfluxDouble(buckets={}, mapped=set())


def v2(url: str) -> str:
    return f'url = "{url}"\norg = "{ORG}"\ntoken = {{ env = "INFLUX_TOKEN" }}'


def test_an_empty_server_is_made_ready_and_passes(double: InfluxDouble, tmp_path: Path) -> None:
    with double.served() as url:
        town = Town(tmp_path, v2(url))
        before = town.run("check")
        assert before.exit_code == 1
        assert "`baotu store init`" in before.output
        assert town.json("init", "--keep-days", "30")["ok"] is True
        after = town.json("check")
    assert after["ok"] is True
    assert [row["what"] for row in after["findings"]] == ["server", "clock", "write", "read"]


def test_a_city_without_influxdb_is_wrong_use(tmp_path: Path) -> None:
    town = Town(tmp_path, 'url = "http://127.0.0.1:1"\norg = "o"')
    text = town.file.read_text(encoding="utf-8")
    town.file.write_text(text.partition("[historian.influxdb]")[0], encoding="utf-8")
    for command, options in (("init", ()), ("check", ()), ("copy", (*_way(), *DAYS))):
        done = town.run(command, *options)
        assert done.exit_code == 2
        assert "the city has no [historian.influxdb]" in " ".join(done.output.split())


def test_copying_a_store_to_itself_is_wrong_use(tmp_path: Path) -> None:
    town = Town(tmp_path, v2("http://127.0.0.1:1"))
    done = town.run("copy", *_way("embedded", "embedded"), *DAYS)
    assert done.exit_code == 2
    assert "must be different stores" in done.output


def test_a_copy_does_not_begin_with_a_server_that_is_not_ready(
    double: InfluxDouble, tmp_path: Path
) -> None:
    town = Town(tmp_path, v2(f"http://127.0.0.1:{free_port()}"))
    assert isinstance(town.run("copy", *_way(), *DAYS).exception, StoreError)
    with double.served() as url:
        other = Town(tmp_path / "other", v2(url))
        refused = other.run("copy", *_way(), *DAYS).exception
    assert isinstance(refused, StoreError)
    assert "baotu store init" in str(refused)


def _way(origin: str = "embedded", to: str = "influxdb") -> tuple[str, ...]:
    return "--from", origin, "--to", to


@pytest.mark.system
def test_readings_go_to_a_real_server_and_come_back_the_same(
    influx_url: str, tmp_path: Path
) -> None:
    town = Town(tmp_path, f'url = "{influx_url}"\ndialect = "v1"\nbucket = "copied"')
    points = len(town.city.points)
    batches = three_days(points)
    asyncio.run(town.live(batches, stored=len(batches) - 20))
    town.json("init")
    everything = points * len(batches)
    figures = {"ok": True, "read": everything, "found": everything, "refused": 0, "missing": 0}
    assert town.json("copy", *_way(), *DAYS) == figures

    back = tmp_path / "restored"
    done = town.run("copy", *_way("influxdb", "embedded"), *DAYS, data=back)
    assert done.exit_code == 0, done.output
    assert f"read {everything:,} = found {everything:,} + refused 0 + missing 0" in done.output
    for point in (0, 1, points - 1):
        series = asyncio.run(town.series(back, point))
        assert series.time.tolist() == [int(batch.time[point]) for batch in batches]
        codes = [int(batch.quality[point]) for batch in batches]
        assert series.quality.tolist() == codes
        np.testing.assert_array_equal(series.value, [batch.value[point] for batch in batches])


@pytest.mark.system
def test_what_waits_in_the_journal_survives_a_copy_into_the_store(
    influx_url: str, tmp_path: Path
) -> None:
    town = Town(tmp_path, f'url = "{influx_url}"\ndialect = "v1"\nbucket = "empty"')
    batches = three_days(len(town.city.points))[:30]
    asyncio.run(town.live(batches, stored=10))
    town.json("init")
    town.json("copy", *_way("influxdb", "embedded"), *DAYS)
    assert len(asyncio.run(town.series(town.data, 0))) == 30
    store = EmbeddedStore(town.data / "historian" / "store", town.city.points)
    journal = Journal(town.data / "historian" / "journal", town.city.points, after=store.through)
    late = journal.append("test", batches[0])
    assert late > store.taken, "what comes next must not be taken for a redelivery"
    journal.close()
    asyncio.run(store.close())


@pytest.mark.system
def test_a_store_in_use_is_not_copied_into(influx_url: str, tmp_path: Path) -> None:
    town = Town(tmp_path, f'url = "{influx_url}"\ndialect = "v1"\nbucket = "used"')
    town.json("init")
    folder = town.data / "historian" / "store"
    folder.mkdir(parents=True)
    store = EmbeddedStore(folder, town.city.points)
    done = town.run("copy", *_way("influxdb", "embedded"), *DAYS)
    asyncio.run(store.close())
    assert isinstance(done.exception, DirectoryLockedError)
