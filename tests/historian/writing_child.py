"""A process that writes readings until it is killed, at a moment of the test's choice.

``python -m tests.historian.writing_child <directory> <file>:<function>:<n>`` kills itself with
SIGKILL when the function of that file is entered for the n-th time. Each number that it prints
was durable before it was printed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.embedded.tending import tend_store
from historian.filling import fill_store
from historian.intake import JournalledIntake
from historian.journal.journal import Journal
from historian.settings import HistorianSettings
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.bus import LocalBus
from telemetry.clock import RealClock
from tests.historian.making import NOON, SECOND, numbered_table

if TYPE_CHECKING:
    from types import FrameType

POINTS = numbered_table(500)
SIZES = Sizes(segment_rows=20_000, hot_rows=40_000, fan_in=3, rows_per_file=20_000)


class Executioner:
    """Kills the process when a function is entered for the n-th time."""

    def __init__(self, moment: str) -> None:
        self._file, self._function, times = moment.split(":")
        self._left = int(times)

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code.co_name != self._function:
            return
        if code.co_filename.endswith(f"/historian/{self._file}"):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


async def write(directory: Path) -> None:
    """Write until killed: point 0 counts the batches, the others make bulk."""
    store = EmbeddedStore(directory / "store", POINTS, sizes=SIZES)
    # The small bound makes small segments; it is never reached as the store keeps up.
    journal = Journal(directory / "journal", POINTS, most_mib=4, sync="batch", after=store.through)
    accounting, clock = Accounting(), RealClock()
    intake = JournalledIntake(journal, LocalBus(), POINTS, accounting)
    settings = HistorianSettings(segment_s=0.1)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(journal.keep_synced(clock))
        tasks.create_task(fill_store("e", journal, store, accounting=accounting, clock=clock))
        tasks.create_task(tend_store(store, settings, clock))
        for number in range(1, 100_000):
            batch = Batch.of(range(500), NOON + number * SECOND, number)
            await intake.durable(await intake.accept("a", batch))
            print(number, flush=True)  # noqa: T201  # this is how the test learns of it


def main() -> None:
    """Run with the executioner watching every thread."""
    executioner = Executioner(sys.argv[2])
    threading.setprofile(executioner)
    sys.setprofile(executioner)
    asyncio.run(write(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
