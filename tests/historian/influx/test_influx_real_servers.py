"""Our writer and others' servers and clients: what one writes the other reads."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write import point as client_point
from influxdb_client.client.write_api import SYNCHRONOUS

from historian.entry import Entry
from historian.influx.checking import check_influx
from historian.influx.errors import InfluxError
from historian.influx.feeding import feed_influx
from historian.influx.lines import LineEncoder
from historian.influx.opening import open_influx
from historian.influx.store import InfluxStore
from historian.naming import series_names
from historian.queries import BucketQuery, RangeQuery
from historian.settings import InfluxSettings
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.clock import RealClock
from telemetry.quality import Reason, bad, severity_of, uncertain
from telemetry.supervision import Backoff
from tests.historian.influx.double import BUCKET, ORG, TOKEN, InfluxDouble
from tests.historian.influx.line_parser import parse
from tests.historian.influx.servers import free_port, influxd
from tests.historian.making import NOON, SECOND, entry, numbered_table, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from historian.naming import SeriesName
    from tests.historian.conftest import JournalFolder

POINTS = numbered_table(4)
NAMES = series_names(POINTS, {})
LIMIT_S = 1_000
point_of: Any = client_point.Point  # influxdb-client has no annotations here


def mixture(rows: int) -> Batch:
    """Good, uncertain and bad samples of all points, on whole seconds."""
    rng = np.random.default_rng(7)
    codes = np.array([0, 0, 0, uncertain(Reason.STALE), bad(Reason.COMM)], dtype=np.uint8)
    return Batch.of(
        np.arange(rows, dtype=np.int32) % len(POINTS),
        NOON + np.arange(rows) * SECOND,
        rng.normal(0.3, 0.1, rows),
        codes[rng.integers(0, 5, rows)],
    )


def client_points(names: tuple[SeriesName, ...], batch: Batch) -> Iterator[Any]:
    """The same samples by influxdb-client's own objects."""
    columns = (batch.point, batch.time, batch.value, batch.quality)
    for point, time, value, code in zip(*(c.tolist() for c in columns), strict=True):
        made = point_of(names[point].measurement).time(time)
        for key, text in names[point].tags().items():
            made = made.tag(key, text)
        if severity_of(code).word != "bad":
            made = made.field("value", value)
        yield made.field("quality", code)


def test_influxdb_client_writes_the_same_lines() -> None:
    batch = mixture(200)
    ours = LineEncoder(NAMES).encode(batch).decode().splitlines()
    theirs = [point.to_line_protocol() for point in client_points(NAMES, batch)]
    assert [parse(line) for line in ours] == [parse(line) for line in theirs]


def test_influxdb_client_and_our_writer_leave_the_same_in_the_double() -> None:
    batch = mixture(100)
    theirs, ours = InfluxDouble(), InfluxDouble()
    with theirs.served() as url, InfluxDBClient(url, token=TOKEN, org=ORG) as client:
        points = list(client_points(NAMES, batch))
        client.write_api(write_options=SYNCHRONOUS).write(BUCKET, record=points)
    settings = InfluxSettings(url="http://db", org=ORG, bucket=BUCKET, token=TOKEN)
    asyncio.run(written(settings, batch, ours.transport()))
    assert theirs.samples == ours.samples
    assert len(ours.samples) == 100


async def written(
    settings: InfluxSettings, batch: Batch, transport: httpx.AsyncBaseTransport | None = None
) -> None:
    influx = open_influx(settings, NAMES, clock=RealClock(), transport=transport)
    try:
        assert await influx.writer.attempt([Entry(1, "test", batch)]) == {}
    finally:
        await influx.close()


def exported(url: str, metric: str, tag: str) -> list[tuple[str, list[int], list[float]]]:
    """What VictoriaMetrics holds: point, times in ms, values."""
    with httpx.Client(base_url=url, timeout=20) as http:
        http.get("/internal/force_flush")
        wanted = {"match[]": f'{{__name__="{metric}",run="{tag}"}}'}
        answer = http.get("/api/v1/export", params=wanted)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return sorted((line["metric"]["point"], line["timestamps"], line["values"]) for line in lines)


@pytest.mark.system
async def test_victoriametrics_holds_what_we_wrote_and_the_same_as_from_influxdb_client(
    victoria_url: str,
) -> None:
    batch = mixture(400)
    settings = InfluxSettings(url=victoria_url, org=ORG, bucket=BUCKET, token=TOKEN)
    await written(settings, batch)

    def by_client() -> None:
        with InfluxDBClient(victoria_url, token=TOKEN, org=ORG) as client:
            points = [point.tag("run", "client") for point in client_points(NAMES, batch)]
            client.write_api(write_options=SYNCHRONOUS).write(BUCKET, record=points)

    await asyncio.to_thread(by_client)
    for metric in ("pressure_value", "pressure_quality"):
        mine = await asyncio.to_thread(exported, victoria_url, metric, "")
        theirs = await asyncio.to_thread(exported, victoria_url, metric, "client")
        assert mine == theirs
        assert len(mine) == len(POINTS)
    assert sum(len(times) for _, times, _ in mine) == 400


@pytest.mark.system
async def test_a_server_that_is_stopped_and_started_again_has_everything_S1(
    folder: JournalFolder, tmp_path: Path
) -> None:
    journal, port, accounting = folder.open(points=POINTS), free_port(), Accounting()
    settings = InfluxSettings(
        url=f"http://127.0.0.1:{port}", dialect="v1", bucket="baotu", batch_rows=50, timeout_s=2
    )
    influx = open_influx(
        settings, NAMES, clock=RealClock(), backoff=Backoff(first_s=0.05, most_s=0.1)
    )
    feed = asyncio.create_task(
        feed_influx("influxdb", journal, influx.writer, accounting=accounting, clock=RealClock())
    )

    def arrive(begin: int) -> None:
        for second in range(begin, begin + 50):
            journal.append("test", Batch.of(range(4), NOON + second * SECOND, second / 8))

    def stored(samples: int) -> bool:
        figures = accounting.figures()["store:influxdb"]
        assert figures.missing == 0
        return figures.stored == samples

    await until(lambda: "store:influxdb" in accounting.figures())
    with influxd(tmp_path / "server", port):
        await influx.client.exchange("POST", "/query", data={"q": "CREATE DATABASE baotu"})
        arrive(0)
        await until(lambda: stored(200))
    arrive(50)
    await until(lambda: influx.writer.trouble is not None)
    assert stored(200)
    with influxd(tmp_path / "server", port):
        await until(lambda: stored(400))
        arrive(100)
        await until(lambda: stored(600))
        series = await influx.store.query(RangeQuery(2, NOON, NOON + LIMIT_S * SECOND))
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await influx.close()
    assert series.value.tolist() == [second / 8 for second in range(150)]


@pytest.mark.system
async def test_pages_join_without_seam(database: InfluxSettings) -> None:
    influx = open_influx(database, NAMES, clock=RealClock())
    await influx.store.append([entry(1, [0] * 25, range(25), range(25))])
    paged = InfluxStore(influx.client, influx.writer, NAMES, page_rows=10)
    for limit in (1, 9, 10, 11, 24, 25, 26):
        series = await paged.query(RangeQuery(0, NOON, NOON + LIMIT_S * SECOND, limit))
        assert series.value.tolist() == list(range(min(limit, 25)))
        assert series.truncated is (limit < 25)
    await influx.close()


@pytest.mark.system
async def test_a_sample_corrected_to_bad_is_bad_for_every_question(
    database: InfluxSettings,
) -> None:
    influx = open_influx(database, NAMES, clock=RealClock())
    await influx.store.append([entry(1, [0, 0], [1, 2], [5.0, 7.0])])
    await influx.store.append([entry(2, [0], 2, float("nan"), bad(Reason.SENSOR))])
    end = NOON + 10 * SECOND
    series = await influx.store.query(RangeQuery(0, NOON, end))
    np.testing.assert_array_equal(series.value, [5.0, np.nan])
    buckets = await influx.store.query(BucketQuery(0, NOON, end, 10 * SECOND))
    assert (buckets.maximum[0], buckets.count[0], buckets.good[0]) == (5.0, 2, 1)
    reopened = open_influx(database, NAMES, clock=RealClock())
    latest = await reopened.store.latest(np.array([0], dtype=np.int32))
    assert np.isnan(latest.value[0])
    assert latest.quality.tolist() == [bad(Reason.SENSOR)]
    await influx.close()
    await reopened.close()


@pytest.mark.system
async def test_a_server_that_takes_readings_but_knows_no_questions_is_said(
    victoria_url: str,
) -> None:
    settings = InfluxSettings(url=victoria_url, dialect="v1", bucket="x")
    influx = open_influx(settings, NAMES, clock=RealClock())
    with pytest.raises(InfluxError, match="does not speak InfluxQL"):
        await influx.store.query(RangeQuery(0, NOON, NOON + 1))
    await influx.close()


@pytest.mark.system
@pytest.mark.skipif(
    "BAOTU_TEST_INFLUX_URL" not in os.environ,
    reason="set BAOTU_TEST_INFLUX_URL, _TOKEN, _ORG, _BUCKET and _DIALECT to try your own server",
)
async def test_your_own_server_takes_readings_and_gives_them_back() -> None:
    chosen: dict[str, Any] = {
        key.lower(): os.environ[f"BAOTU_TEST_INFLUX_{key}"]
        for key in ("URL", "TOKEN", "ORG", "BUCKET", "DIALECT", "USER", "PASSWORD")
        if f"BAOTU_TEST_INFLUX_{key}" in os.environ
    }
    influx = open_influx(InfluxSettings(**chosen), NAMES, clock=RealClock())
    try:
        findings = await check_influx(influx.client, RealClock())
        assert all(finding.good for finding in findings), findings
        begin = RealClock().now() // SECOND * SECOND - 60 * SECOND
        values = np.random.default_rng().normal(size=60)
        rows = Batch.of([0] * 60, begin + np.arange(60) * SECOND, values)
        assert await influx.writer.attempt([Entry(1, "test", rows)]) == {}
        series = await influx.store.query(RangeQuery(0, begin, begin + 60 * SECOND))
        assert series.value.tolist() == values.tolist()
        buckets = await influx.store.query(BucketQuery(0, begin, begin + 60 * SECOND, 20 * SECOND))
        assert buckets.count.tolist() == [20, 20, 20]
        assert buckets.maximum.tolist() == values.reshape(3, 20).max(axis=1).tolist()
    finally:
        await influx.close()
