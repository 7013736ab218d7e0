"""A store that was away for an hour: what waits is carried to it while new readings come in."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.city import START_NS, large_city
from bench.readings import noise
from bench.rows import Row, row
from bench.servers import victoria_metrics
from historian.influx.feeding import feed_influx
from historian.influx.opening import open_influx
from historian.intake import JournalledIntake
from historian.journal.journal import Journal
from historian.naming import series_names
from historian.settings import InfluxSettings
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.bus import LocalBus
from telemetry.clock import SECOND, RealClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_POINTS = 12_000
_AWAY_S = 3_600
_LIVE_S = 20
_EVERY_S = 0.25
_DIFFERENT = 8


def measure() -> list[Row]:
    """How quickly an hour at 12,000 values a second is made up for, and whether all of it is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with victoria_metrics(folder) as address:
            return [] if address is None else asyncio.run(_measured(folder, address))


async def _measured(folder: Path, address: str) -> list[Row]:
    points = large_city(_POINTS).points
    journal = Journal(folder / "journal", points)
    accounting, clock = Accounting(), RealClock()
    intake = JournalledIntake(journal, LocalBus[Batch](), points, accounting)
    settings = InfluxSettings(url=address, org="bench", gzip=False)
    influx = open_influx(settings, series_names(points, {}), clock=clock)
    values = noise(_POINTS, _DIFFERENT, 1)
    for second in range(_AWAY_S):
        await intake.accept("bench", _second(values, second))
    loops = [
        asyncio.create_task(
            feed_influx("bench", journal, influx.writer, accounting=accounting, clock=clock)
        ),
        asyncio.create_task(journal.keep_synced(clock)),
    ]
    carried, waits = await _live(intake, journal, accounting, values)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await influx.close()
    journal.close()
    return _rows(carried, waits, whole=_holds(accounting))


def _rows(carried: float, waits: Sequence[float], *, whole: bool) -> list[Row]:
    what = "made up for an hour at 12,000/s, into VictoriaMetrics, besides live readings"
    goal = "at least 5 × ingest, nothing lost"
    met = carried >= 5 * _POINTS and whole
    rows = [row(what, carried, float(_POINTS), "samples/s", goal, met=met)]
    waited = float(np.quantile(waits, 0.99))
    what = "live readings that wait meanwhile, p99; oldest first they would wait"
    goal = "under 60 s of readings"
    return [*rows, row(what, waited, float(_AWAY_S), "s", goal, met=waited < 60)]


async def _live(
    intake: JournalledIntake, journal: Journal, accounting: Accounting, values: NDArray[np.float64]
) -> tuple[float, Sequence[float]]:
    """New readings at their own pace for a while.

    Returns:
        Samples a second that were carried besides them, and the live readings that waited, in
        seconds of readings.
    """
    clock = RealClock()
    waits, began = [], clock.monotonic()
    for turn in range(int(_LIVE_S / _EVERY_S)):
        await intake.accept("bench", _part(values, turn))
        await clock.sleep_until(began + (turn + 1) * _EVERY_S)
        figures = journal.figures()
        waiting = figures.waiting["store:bench"] - figures.backlog["store:bench"]
        waits.append(waiting / _POINTS)
    stored = accounting.figures()["store:bench"].stored
    return stored / (clock.monotonic() - began) - _POINTS, waits


def _part(values: NDArray[np.float64], turn: int) -> Batch:
    """A quarter of the points; all of them have come after a second."""
    quarter = _POINTS // 4
    whole = _second(values, _AWAY_S + turn // 4)
    return whole.take(np.arange(quarter) + quarter * (turn % 4))


def _second(values: NDArray[np.float64], second: int) -> Batch:
    index = np.arange(_POINTS, dtype=np.int32)
    return Batch.of(index, START_NS + second * SECOND, values[second % len(values)])


def _holds(accounting: Accounting) -> bool:
    path = accounting.figures()["store:bench"]
    explained = path.stored + path.buffered + sum(path.rejected.values())
    return path.received == explained + sum(path.dropped.values())
