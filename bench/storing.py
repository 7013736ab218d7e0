"""The historian beside SQLite, InfluxDB 1.x and DuckDB: writing, size on disk, questions."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import asking, keeping_up
from bench.city import large_city
from bench.elsewhere import days_elsewhere
from bench.readings import batches
from bench.rows import Row, row
from historian.embedded.store import EmbeddedStore
from historian.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.elsewhere import Elsewhere

_ELSEWHERE_POINTS = 20
_ROUNDS = 9
_POINTS = 10_000
_INSTANTS = 720


def measure() -> list[Row]:
    """Appending, disk, and a point's day and year."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        elsewhere = days_elsewhere(folder, _ELSEWHERE_POINTS, _ROUNDS)
        rows = asyncio.run(_appended(folder / "append", elsewhere))
        rows += keeping_up.measure()
        return rows + asyncio.run(asking.measure(folder, elsewhere))


async def _appended(folder: Path, elsewhere: Mapping[str, Elsewhere]) -> list[Row]:
    """Flat out into segments, and what they take on disk once they are merged."""
    samples = _POINTS * _INSTANTS
    store = EmbeddedStore(folder, large_city(_POINTS).points)
    readings = list(batches(_POINTS, _INSTANTS))
    began = time.perf_counter()
    for number, batch in enumerate(readings):
        await store.append([Entry(number + 1, "bench", batch)])
    await store.flush()
    rate = samples / (time.perf_counter() - began)
    while await store.compact():
        pass
    await store.close()
    size = await asyncio.to_thread(_parquet_bytes, folder) / samples
    rows = []
    for name, theirs in elsewhere.items():
        goal = "at least 2,000,000 samples/s"
        what = f"append 7.2 million samples, on disk; {name}"
        rows.append(row(what, rate, theirs.rate, "samples/s", goal, met=rate >= 2e6))
        goal = "under 2 B a sample, noise in three decimals"
        what = f"disk after merging, summaries included; {name}"
        rows.append(row(what, size, theirs.size, "B/sample", goal, met=size < 2))
    return rows


def _parquet_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.parquet"))
