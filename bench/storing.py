"""The embedded store beside SQLite and beside DuckDB reading one sorted Parquet file."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from bench.city import START_NS, large_city, pressures
from bench.rows import Row, row
from historian.embedded.store import EmbeddedStore
from historian.entry import Entry
from historian.queries import BucketQuery, RangeQuery
from telemetry.batch import Batch
from telemetry.clock import SECOND

_POINTS = 10_000
_SECONDS = 360
_STEP_S = 10


def measure() -> list[Row]:
    """Appending, disk, and a point's hour, raw and bucketed."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


def _batches() -> list[Batch]:
    index = np.arange(_POINTS, dtype=np.int32)
    return [
        Batch.of(index, START_NS + n * _STEP_S * SECOND, np.round(pressures(_POINTS, n), 3))
        for n in range(_SECONDS)
    ]


async def _measured(folder: Path) -> list[Row]:
    city, batches = large_city(_POINTS), _batches()
    store = EmbeddedStore(folder / "store", city.points)
    began = time.monotonic()
    for n, batch in enumerate(batches):
        await store.append([Entry(n + 1, "poll", batch)])
    await store.flush()
    rate = _POINTS * _SECONDS / (time.monotonic() - began)
    sqlite_rate, sqlite_bytes = _into_sqlite(folder / "readings.sqlite", batches[:20])
    while await store.compact():
        pass
    files = list((folder / "store").rglob("*.parquet"))
    samples = _POINTS * _SECONDS
    size = sum(file.stat().st_size for file in files) / samples
    rows = [
        row(
            "append 3.6 million samples, written to disk",
            rate,
            sqlite_rate,
            "samples/s",
            "at least 2,000,000 samples/s",
            met=rate >= 2e6,
        ),
        row(
            "disk after compaction",
            size,
            sqlite_bytes,
            "B/sample",
            "under 2 B a sample on calm values (the reference is SQLite)",
            met=size < 2,
        ),
        await _point_query(store, folder),
    ]
    await store.close()
    return rows


def _into_sqlite(file: Path, batches: list[Batch]) -> tuple[float, float]:
    database = sqlite3.connect(file)
    database.execute("pragma journal_mode=wal")
    database.execute("create table r (p int, t int, v real, q int, primary key (p, t))")
    began = time.monotonic()
    for batch in batches:
        columns = (batch.point, batch.time, batch.value, batch.quality)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        database.executemany("insert into r values (?, ?, ?, ?)", rows)
        database.commit()
    rate = _POINTS * len(batches) / (time.monotonic() - began)
    database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    return rate, file.stat().st_size / (_POINTS * len(batches))


async def _point_query(store: EmbeddedStore, folder: Path) -> Row:
    """One point's hour, beside DuckDB reading one sorted Parquet file of the same samples."""
    one = folder / "one.parquet"
    files = [str(file) for file in (folder / "store").rglob("*.parquet")]
    database = duckdb.connect()
    columns = [c[0] for c in database.execute("describe from read_parquet(?)", [files]).fetchall()]
    database.execute(
        f"copy (from read_parquet(?) order by {columns[0]}, {columns[1]}) to '{one}'",
        [files],
    )
    end = START_NS + _SECONDS * _STEP_S * SECOND

    async def ours(point: int) -> float:
        began = time.monotonic()
        await store.query(RangeQuery(point, START_NS, end, 100_000))
        await store.query(BucketQuery(point, START_NS, end, 60 * SECOND))
        return time.monotonic() - began

    def reference(point: int) -> float:
        began = time.monotonic()
        for _ in range(2):
            database.execute(
                f"from read_parquet('{one}') where {columns[0]} = {point}"
            ).fetchnumpy()
        return time.monotonic() - began

    mine, theirs = [], []
    for point in range(5, 500, 25):
        mine.append(await ours(point))
        theirs.append(reference(point))
    ours_ms, theirs_ms = 1e3 * float(np.median(mine)), 1e3 * float(np.median(theirs))
    goal = "raw and by minute within 2.5 × of DuckDB on one sorted file (1.5 × with roll-ups)"
    return row(
        "one point's hour, raw and by minute",
        ours_ms,
        theirs_ms,
        "ms",
        goal,
        met=ours_ms <= 2.5 * theirs_ms,
    )
