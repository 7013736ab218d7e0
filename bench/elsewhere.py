"""The same day of the same points in SQLite and in InfluxDB 1.x: writing, size, reading."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import httpx

from bench.city import START_NS
from bench.readings import batches
from bench.servers import influxd
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from telemetry.batch import Batch

_DAY_S = 86_400
_LOOK_S = 2
_BUCKET_NS = _DAY_S * SECOND // 500


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another store needs for a day of readings.

    Attributes:
        rate: samples written in a second.
        size: bytes on disk for each sample.
        raw_ms: for one point's 86,400 samples.
        buckets_ms: for the same in 500 buckets.
    """

    rate: float
    size: float
    raw_ms: float
    buckets_ms: float


def days_elsewhere(folder: Path, points: int, rounds: int) -> dict[str, Elsewhere]:
    """By store; one that is not installed is left out.

    Args:
        folder: for their files.
        points: how many points' day is written.
        rounds: how many points are asked for.
    """
    asked = some_points(points, rounds)
    found = {"SQLite": _sqlite(folder, points, asked)}
    with influxd(folder / "influx") as address:
        if address is not None:
            found["InfluxDB 1.x"] = _influx(address, folder / "influx", points, asked)
    return found


def some_points(points: int, rounds: int) -> Sequence[int]:
    """Points spread over all, the same for everybody."""
    return [(7 + 31 * n) % points for n in range(rounds)]


def _sqlite(folder: Path, points: int, asked: Sequence[int]) -> Elsewhere:
    file = folder / "readings.sqlite"
    create = "create table r (p int, t int, v real, q int, primary key (p, t)) without rowid"
    summed = (
        "select t / ? as b, min(v), max(v), avg(v), count(*) from r where p = ? group by b "
        "order by b"
    )
    with closing(sqlite3.connect(file)) as database:
        database.execute("pragma journal_mode=wal")
        database.execute(create)
        began = time.perf_counter()
        for batch in batches(points, _DAY_S):
            columns = (batch.point, batch.time, batch.value, batch.quality)
            rows = zip(*(column.tolist() for column in columns), strict=True)
            database.executemany("insert into r values (?, ?, ?, ?)", rows)
            database.commit()
        took = time.perf_counter() - began
        database.execute("pragma wal_checkpoint(truncate)")

        def raw(point: int) -> object:
            query = "select t, v, q from r where p = ? order by t"
            return database.execute(query, (point,)).fetchall()

        def buckets(point: int) -> object:
            return database.execute(summed, (_BUCKET_NS, point)).fetchall()

        samples = points * _DAY_S
        return Elsewhere(
            samples / took,
            file.stat().st_size / samples,
            _timed(raw, asked),
            _timed(buckets, asked),
        )


def _influx(address: str, folder: Path, points: int, asked: Sequence[int]) -> Elsewhere:
    end = START_NS + _DAY_S * SECOND
    where = f"from r where p = '{{}}' and time >= {START_NS} and time < {end}"
    with httpx.Client(base_url=address, timeout=120) as client:

        def ask(statement: str) -> object:
            query = {"db": "bench", "epoch": "ns", "q": statement}
            return client.get("/query", params=query).raise_for_status().json()

        def raw(point: int) -> object:
            return ask("select v, q " + where.format(point))

        def buckets(point: int) -> object:
            columns = "select min(v), max(v), mean(v), count(v) "
            return ask(f"{columns}{where.format(point)} group by time({_BUCKET_NS}ns)")

        took = 0.0
        for batch in batches(points, _DAY_S, rows=5_000):
            lines = _lines(batch)
            began = time.perf_counter()
            client.post("/write", params={"db": "bench"}, content=lines).raise_for_status()
            took += time.perf_counter() - began
        raw_ms, buckets_ms = _timed(raw, asked), _timed(buckets, asked)
    size = _settled_bytes(folder)
    samples = points * _DAY_S
    return Elsewhere(samples / took, size / samples, raw_ms, buckets_ms)


def _settled_bytes(folder: Path) -> int:
    """Bytes on disk once they no longer change for some seconds, or after a minute."""
    sizes = [-1]
    for _ in range(60 // _LOOK_S):
        sizes.append(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))
        if len(sizes) > 4 and len(set(sizes[-4:])) == 1:
            break
        asyncio.run(asyncio.sleep(_LOOK_S))
    return sizes[-1]


def _lines(batch: Batch) -> str:
    columns = zip(batch.point.tolist(), batch.value.tolist(), batch.time.tolist(), strict=True)
    return "\n".join(f"r,p={point} v={value},q=0i {time_ns}" for point, value, time_ns in columns)


def _timed(ask: Callable[[int], object], points: Sequence[int]) -> float:
    took = []
    for point in points:
        began = time.perf_counter()
        ask(point)
        took.append(1e3 * (time.perf_counter() - began))
    return median(took)
