"""Tables, batches and entries for the historian's tests."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from historian.entry import Entry
from telemetry.batch import Batch
from telemetry.kinds import Kind
from telemetry.points import Point, PointTable
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
NOON = 1_767_268_800 * SECOND  # 2026-01-01 12:00 UTC


def folder_in_memory() -> tempfile.TemporaryDirectory[str]:
    """For a property test with hundreds of examples, where forcing a real disk would take long."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def table(*names: str) -> PointTable:
    """A table of pressure points with these names."""
    title = Text("压力", "pressure")
    return PointTable([Point(n, Kind.PRESSURE, title, n.split(".")[0], -1.0, 2.5) for n in names])


def numbered_table(points: int) -> PointTable:
    return table(*(f"site.p{i}.pressure" for i in range(points)))


def entry(
    sequence: int,
    point: Sequence[int],
    time_s: Sequence[float] | float,
    value: Sequence[float] | NDArray[np.float64] | float,
    quality: Sequence[int] | int = 0,
) -> Entry:
    """An entry whose times are seconds after :data:`NOON`."""
    times = np.asarray(time_s, dtype=np.float64) * SECOND
    batch = Batch.of(point, (NOON + times.astype(np.int64)), value, quality)
    return Entry(sequence, "modbus:lvyou", batch)


async def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait for a condition that other tasks bring about."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # any condition, whoever brings it about
            await asyncio.sleep(0.005)


def same_batches(left: Batch, right: Batch) -> bool:
    """Equal rows in equal order, NaN being equal to NaN."""
    return (
        np.array_equal(left.point, right.point)
        and np.array_equal(left.time, right.time)
        and np.array_equal(left.value, right.value, equal_nan=True)
        and np.array_equal(left.quality, right.quality)
    )
