"""Line protocol: making it, and carrying readings into VictoriaMetrics, beside influxdb-client."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision

from bench.city import large_city
from bench.readings import batches
from bench.rows import Row, alternated, row
from bench.servers import victoria_metrics
from historian.entry import Entry
from historian.influx.lines import LineEncoder
from historian.influx.opening import open_influx
from historian.naming import QUALITY, VALUE, SeriesName, series_names
from historian.settings import InfluxSettings
from telemetry.clock import RealClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry.batch import Batch

_POINTS = 5_000
_OURS, _THEIRS = 80, 8
_ROWS = 5_000


def measure() -> list[Row]:
    """Microseconds a point to encode; samples a second from memory into the server."""
    names = series_names(large_city(_POINTS).points, {})
    return [_encoding(names), *_end_to_end(names)]


def _encoding(names: Sequence[SeriesName]) -> Row:
    readings = list(batches(_POINTS, _OURS, rows=_POINTS))
    encoder = LineEncoder(names)
    ours, theirs = alternated(
        lambda: _encode_us(encoder, readings), lambda: _points_us(names, readings[0]), rounds=5
    )
    goal = "under 1.2 µs a point; beside it influxdb-client's Points"
    return row("line protocol from columns", ours, theirs, "µs/point", goal, met=ours < 1.2)


def _encode_us(encoder: LineEncoder, readings: Sequence[Batch]) -> float:
    began = time.perf_counter()
    for batch in readings:
        encoder.encode(batch)
    return 1e6 * (time.perf_counter() - began) / sum(len(batch) for batch in readings)


def _points_us(names: Sequence[SeriesName], batch: Batch) -> float:
    began = time.perf_counter()
    [point.to_line_protocol() for point in _points(names, batch)]
    return 1e6 * (time.perf_counter() - began) / len(batch)


def _points(names: Sequence[SeriesName], batch: Batch) -> list[Point]:
    """An object a sample, as the client's documentation shows it."""
    made = []
    columns = (batch.point, batch.time, batch.value, batch.quality)
    for index, time_ns, value, code in zip(*(c.tolist() for c in columns), strict=True):
        point = Point(names[index].measurement)
        for key, tag in names[index].tags().items():
            point.tag(key, tag)
        point.field(VALUE, value).field(QUALITY, code).time(time_ns, WritePrecision.NS)
        made.append(point)
    return made


def _end_to_end(names: Sequence[SeriesName]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, victoria_metrics(Path(folder)) as address:
        if address is None:
            return []
        ours, theirs = alternated(
            lambda: asyncio.run(_ours(names, address)), lambda: _theirs(names, address), rounds=5
        )
    goal = "at least 8 × influxdb-client's Points"
    what = "readings into VictoriaMetrics"
    return [row(what, ours, theirs, "samples/s", goal, met=ours >= 8 * theirs)]


async def _ours(names: Sequence[SeriesName], address: str) -> float:
    """As the service does it: columns, duplicates resolved, requests side by side."""
    settings = InfluxSettings(url=address, org="bench", gzip=False)
    influx = open_influx(settings, names, clock=RealClock())
    readings = list(batches(_POINTS, _OURS, rows=_ROWS * settings.in_flight))
    began = time.perf_counter()
    for number, batch in enumerate(readings):
        await influx.writer.attempt([Entry(number + 1, "bench", batch)])
    took = time.perf_counter() - began
    await influx.close()
    return _POINTS * _OURS / took


def _theirs(names: Sequence[SeriesName], address: str) -> float:
    readings = list(batches(_POINTS, _THEIRS, rows=_ROWS))
    with InfluxDBClient(url=address, token="none", org="bench") as client:  # noqa: S106 - none
        writing = client.write_api(write_options=SYNCHRONOUS)
        began = time.perf_counter()
        for batch in readings:
            writing.write("baotu", "bench", _points(names, batch))
        return _POINTS * _THEIRS / (time.perf_counter() - began)
