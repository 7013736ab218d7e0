"""A process that may have 512 MiB and carries the design load, then an hour's backlog.

``python -m tests.historian.small_memory <directory>`` prints what it found as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path

import numpy as np

from historian.embedded.store import EmbeddedStore
from historian.filling import fill_store
from historian.journal.journal import Journal
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.clock import RealClock
from tests.historian.making import NOON, SECOND, numbered_table, until

LIMIT = 512 * 2**20
POINTS = numbered_table(12_000)
SECONDS = 600
"""At 12,000 samples a second; a tenth of the hour, but far more than memory could hold."""


def peak_mib() -> float:
    """Of this program alone; ``ru_maxrss`` would also count the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def carry(directory: Path) -> dict[str, float]:
    """Write, fill the store, and feed another one that was away all the time."""
    store = EmbeddedStore(directory / "store", POINTS)
    journal = Journal(directory / "journal", POINTS)
    accounting = Accounting()
    away = journal.live_first_reader("store:away")
    points = np.arange(len(POINTS), dtype=np.int32)
    async with asyncio.TaskGroup() as tasks:
        filling = fill_store("e", journal, store, accounting=accounting, clock=RealClock())
        loop = tasks.create_task(filling)
        await asyncio.sleep(0)
        for second in range(SECONDS):
            journal.append("a", Batch.of(points, NOON + second * SECOND, second))
            await until(lambda: store.taken == journal.last)
        fed = 0
        while portion := await away.receive(20_000, 0.0):
            fed += portion.rows
            away.acknowledge(portion)
        await store.flush()
        await until(lambda: accounting.figures()["store:e"].buffered == 0)
        loop.cancel()
    latest = await store.latest(points)
    figures = accounting.figures()["store:e"]
    await store.close()
    journal.close()
    return {
        "points": len(POINTS),
        "latest": int((latest.value == SECONDS - 1).sum()),
        "received": figures.received,
        "stored": figures.stored,
        "fed": fed,
        "peak_mib": peak_mib(),
    }


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    print(json.dumps(asyncio.run(carry(Path(sys.argv[1])))))  # noqa: T201  # the test reads it
