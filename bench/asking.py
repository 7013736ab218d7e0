"""Questions to the embedded store beside DuckDB, SQLite and InfluxDB 1.x on the same readings."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from bench.city import START_NS, large_city
from bench.elsewhere import some_points
from bench.readings import batches
from bench.rows import Row, row
from historian.embedded.store import EmbeddedStore
from historian.entry import Entry
from historian.queries import BucketQuery, RangeQuery
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from bench.elsewhere import Elsewhere
    from telemetry.batch import Batch

_POINTS = 200
_LOOKED_AT = 20
_DAY_S = 86_400
_YEAR_POINTS = 20
_YEAR_MINUTES = 365 * 1_440
_ROUNDS = 9
_MANY = 50_000


@dataclass(frozen=True, slots=True)
class Past:
    """Some points' readings in an embedded store.

    Attributes:
        store: the store.
        folder: of the measurement.
        points: how many points.
        end: behind the last reading, ns.
    """

    store: EmbeddedStore
    folder: Path
    points: int
    end: int


async def measure(folder: Path, elsewhere: Mapping[str, Elsewhere]) -> list[Row]:
    """A point's day and year, and the newest of many points.

    Args:
        folder: for files.
        elsewhere: what other stores need for the same.
    """
    rows = await _day(folder / "day", elsewhere)
    rows += await _year(folder / "year")
    return [*rows, await _latest(folder / "latest")]


async def _filled(folder: Path, points: int, readings: Iterator[Batch], end: int) -> Past:
    store = EmbeddedStore(folder / "store", large_city(max(points, 50)).points)
    for number, batch in enumerate(readings):
        await store.append([Entry(number + 1, "bench", batch)])
        if number % 10 == 0:
            await store.compact()
    await store.flush()
    while await store.compact() or await store.summarise(end):
        pass
    return Past(store, folder, points, end)


async def _day(folder: Path, elsewhere: Mapping[str, Elsewhere]) -> list[Row]:
    """One point's day of 86,400 samples, raw and in 500 buckets."""
    end = START_NS + _DAY_S * SECOND
    past = await _filled(folder, _POINTS, batches(_POINTS, _DAY_S), end)
    raw = await _median_ms(past, lambda p: RangeQuery(p, START_NS, end, 2 * _DAY_S))
    step = _DAY_S * SECOND // 500
    buckets = await _median_ms(past, lambda p: BucketQuery(p, START_NS, end, step))
    minutes = await _median_ms(past, lambda p: BucketQuery(p, START_NS, end, 180 * SECOND))
    await past.store.close()
    one = _sorted_file(past)
    plain = _duckdb_ms(one, "from '{file}' where point = {point}")
    summed = _duckdb_ms(
        one,
        "select time_ns // {step} as bucket, min(value), max(value), avg(value), "
        "first(value order by time_ns), last(value order by time_ns), count(*) "
        "from '{file}' where point = {point} group by bucket order by bucket",
        step=step,
    )
    goal = "raw within 1.5 × of DuckDB reading one sorted Parquet file"
    rows = [
        row("a point's day, raw; DuckDB", raw, plain, "ms", goal, met=raw <= 1.5 * plain),
        row("in 500 buckets; DuckDB", buckets, summed, "ms", "under 40 ms", met=buckets < 40),
        row(
            "in 480 buckets of 3 min; DuckDB",
            minutes,
            summed,
            "ms",
            "under 40 ms",
            met=minutes < 40,
        ),
    ]
    return [*rows, *_beside(elsewhere, raw, buckets)]


async def _year(folder: Path) -> list[Row]:
    """One point's year in buckets of six hours."""
    end = START_NS + _YEAR_MINUTES * 60 * SECOND
    readings = batches(_YEAR_POINTS, _YEAR_MINUTES, step_s=60, rows=_YEAR_POINTS * 1_440)
    past = await _filled(folder, _YEAR_POINTS, readings, end)
    step = 6 * 3_600 * SECOND
    ours = await _median_ms(past, lambda p: BucketQuery(p, START_NS, end, step))
    await past.store.close()
    theirs = _duckdb_ms(
        _sorted_file(past),
        "select time_ns // {step} as bucket, min(value), max(value), avg(value), count(*) "
        "from '{file}' where point = {point} group by bucket order by bucket",
        step=step,
    )
    what = "a point's year in 1,460 buckets; DuckDB on one sorted file"
    return [row(what, ours, theirs, "ms", "under 60 ms", met=ours < 60)]


async def _latest(folder: Path) -> Row:
    """The newest of 50,000 points, beside a dictionary of Python objects."""
    past = await _filled(folder, _MANY, batches(_MANY, 2), START_NS)
    everything = np.arange(_MANY, dtype=np.int32)
    names = [point.name for point in large_city(_MANY).points]
    plain = {name: (START_NS, 0.3, 0) for name in names}
    mine, theirs = [], []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await past.store.latest(everything)
        mine.append(1e3 * (time.perf_counter() - began))
        began = time.perf_counter()
        [plain[name] for name in names]
        theirs.append(1e3 * (time.perf_counter() - began))
    await past.store.close()
    ours = median(mine)
    what = "newest of 50,000 points; a dictionary"
    return row(what, ours, median(theirs), "ms", "under 5 ms", met=ours < 5)


async def _median_ms(past: Past, query: Callable[[int], RangeQuery | BucketQuery]) -> float:
    ask: Callable[[RangeQuery | BucketQuery], Awaitable[object]] = past.store.query
    took = []
    for point in some_points(past.points, _ROUNDS):
        began = time.perf_counter()
        await ask(query(point))
        took.append(1e3 * (time.perf_counter() - began))
    return median(took)


def _sorted_file(past: Past) -> Path:
    """All live readings in one file, sorted by point and time, as DuckDB writes it."""
    one = past.folder / "one.parquet"
    readings = batches(
        past.points,
        _DAY_S if past.points == _POINTS else _YEAR_MINUTES,
        step_s=1 if past.points == _POINTS else 60,
        rows=2_000_000,
    )
    with closing(duckdb.connect()) as database:
        database.execute(
            "create table r (point int, time_ns bigint, value double, quality utinyint)"
        )
        for batch in readings:
            columns = {
                "point": batch.point,
                "time_ns": batch.time,
                "value": batch.value,
                "quality": batch.quality,
            }
            database.register("columns", columns)
            database.execute("insert into r select * from columns")
        database.execute(f"copy (from r order by point, time_ns) to '{one}' (compression zstd)")
    return one


def _duckdb_ms(file: Path, statement: str, **values: int) -> float:
    took = []
    with closing(duckdb.connect(config={"threads": 1})) as database:
        for point in some_points(_LOOKED_AT, _ROUNDS):
            began = time.perf_counter()
            database.execute(statement.format(file=file, point=point, **values)).fetchnumpy()
            took.append(1e3 * (time.perf_counter() - began))
    return median(took)


def _beside(elsewhere: Mapping[str, Elsewhere], raw_ms: float, buckets_ms: float) -> list[Row]:
    """The same day of fewer points in other stores."""
    rows = []
    for name, theirs in elsewhere.items():
        goal = f"faster than {name}"
        met = raw_ms < theirs.raw_ms
        rows.append(row(f"a point's day, raw; {name}", raw_ms, theirs.raw_ms, "ms", goal, met=met))
        met = buckets_ms < theirs.buckets_ms
        what = f"in 500 buckets; {name}"
        rows.append(row(what, buckets_ms, theirs.buckets_ms, "ms", goal, met=met))
    return rows
