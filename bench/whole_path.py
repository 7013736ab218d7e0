"""Decode → intake (journal, bus) → rules → store, as the service runs it, in one process.

A second of city time after the other is pushed through as fast as it goes; the processor time
it took, over the city seconds that passed, is the share of a core that the live service needs.
Each city runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alarms.bank import RuleBank
from alarms.conditions import compile_rules
from alarms.engine import AlarmEngine, NoNotices
from alarms.journal import MemoryAlarmJournal
from bench.city import START_NS, large_city, low_pressure_rule, pressures
from bench.modbus_decoding import Wire
from bench.plain import plain_service
from bench.rows import Row, row
from historian.embedded.store import EmbeddedStore
from historian.filling import fill_store
from historian.intake import JournalledIntake
from historian.journal.journal import Journal
from historian.queries import RangeQuery
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.bus import LocalBus, Overflow
from telemetry.clock import RealClock, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 120
_DIFFERENT = 8
_FLUSH_EVERY = 60


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run took."""

    core_share: float
    peak_mib: float
    samples: int
    stored: int


def measure() -> list[Row]:
    """Share of a core and peak memory for 10,000 and 50,000 points at 1 s."""
    rows = []
    for points in (10_000, 50_000):
        ours = _in_process("ours", points)
        reference = _in_process("reference", points)
        name = f"decode → bus → rules → store, {points:,} points at 1 s"
        share, theirs = 100 * ours["core_share"], 100 * reference["core_share"]
        goal = "under 60 % of one core at 50,000 values/s, nothing missing"
        met = share < 60 and ours["stored"] == ours["samples"]
        rows.append(row(name, share, theirs, "% of a core", goal, met=met))
        goal = "under 400 MiB"
        mine, other = ours["peak_mib"], reference["peak_mib"]
        rows.append(
            row(f"peak memory, {points:,} points", mine, other, "MiB", goal, met=mine < 400)
        )
    return rows


def _in_process(who: str, points: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.whole_path", who, str(points)],
        check=True,
        capture_output=True,
        text=True,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


async def ours(points: int, seconds: int, folder: Path) -> Figures:
    """The service's own path."""
    city = large_city(points)
    wire = Wire(city)
    answers = [wire.payloads(pressures(points, second).tolist()) for second in range(_DIFFERENT)]
    accounting, bus, clock = Accounting(), LocalBus[Batch](), VirtualClock(START_NS)
    journal = Journal(folder / "journal", city.points)
    store = EmbeddedStore(folder / "store", city.points)
    intake = JournalledIntake(journal, bus, city.points, accounting)
    readings = bus.subscribe("alarms", capacity=64, overflow=Overflow.LEAVE_GAP)
    engine = AlarmEngine(
        bank=RuleBank(compile_rules([low_pressure_rule()], city.points, {}), START_NS),
        journal=MemoryAlarmJournal(),
        readings=readings,
        backlog=journal,
        changes=LocalBus(),
        notices=NoNotices(),
        clock=clock,
    )
    loops = [
        asyncio.create_task(loop)
        for loop in (
            engine.run(),
            fill_store("embedded", journal, store, accounting=accounting, clock=clock),
            journal.keep_synced(RealClock()),
        )
    ]
    await engine.ready.wait()
    began = time.process_time()
    for second in range(seconds):
        await clock.advance(1.0, settle=2)
        batch = wire.decode(answers[second % _DIFFERENT], clock.now())
        await intake.accept("poll", batch)
        await _until(lambda: not readings.waiting)
        if second % _FLUSH_EVERY == _FLUSH_EVERY - 1:
            await store.flush()
    while accounting.figures()["store:embedded"].buffered:
        await store.flush()
        await asyncio.sleep(0.01)
    took = time.process_time() - began
    stored = await _count(store, points, clock.now())
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await store.close()
    journal.close()
    return Figures(took / seconds, _peak_mib(), points * seconds, stored)


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000_000):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise RuntimeError("the path has come to a stop")


async def _count(store: EmbeddedStore, points: int, now_ns: int) -> int:
    """Samples that the store gives back, from a look at every hundredth point."""
    counted = 0
    for point in range(0, points, 100):
        series = await store.query(RangeQuery(point, START_NS, now_ns + 1, 1_000_000))
        counted += len(series.time)
    return counted * 100


def reference(points: int, seconds: int, folder: Path) -> Figures:
    """The plainest service beside it."""
    payloads = Wire(large_city(points)).payloads(pressures(points, 0).tolist())
    share = plain_service(payloads, seconds, folder)
    return Figures(share, _peak_mib(), points * seconds, points * seconds)


def _peak_mib() -> float:
    """Peak resident memory of this program alone.

    The kernel's ``ru_maxrss`` would also count the process that started us, before it became us.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """One run in this process; prints its figures as JSON."""
    who, points = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        if who == "ours":
            figures = asyncio.run(ours(points, _SECONDS, Path(folder)))
        else:
            figures = reference(points, 4, Path(folder))
    print(json.dumps({name: getattr(figures, name) for name in Figures.__slots__}))


if __name__ == "__main__":
    main()
