"""A service's historian that is started, loaded and killed over and over on one folder.

Each life is a process forked from a server that has everything imported, so that fifty of them
take seconds. It writes batches of 100 samples as fast as the disk confirms them and reports each
one that is durable; point 0 of a batch counts the batches of its life.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    from multiprocessing.connection import Connection
    from pathlib import Path

POINTS = numbered_table(100)
SIZES = Sizes(segment_rows=5_000, hot_rows=10_000, fan_in=3, rows_per_file=20_000)
LIFE_S = 10_000
"""Seconds of time, in the readings, between the beginnings of two lives."""


@dataclass
class Historian:
    """Journal and store of one folder, with the loops between them."""

    journal: Journal
    store: EmbeddedStore
    accounting: Accounting

    @classmethod
    def open(cls, folder: Path) -> Historian:
        store = EmbeddedStore(folder / "store", POINTS, sizes=SIZES)
        # The small bound makes small segments; it is never reached as the store keeps up.
        journal = Journal(
            folder / "journal", POINTS, most_mib=8, reserve_mib=1, sync="batch", after=store.through
        )
        return cls(journal, store, Accounting())

    def run_in(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        clock, settings = RealClock(), HistorianSettings(segment_s=0.05)
        accounting = self.accounting
        return [
            tasks.create_task(self.journal.keep_synced(clock)),
            tasks.create_task(
                fill_store("e", self.journal, self.store, accounting=accounting, clock=clock)
            ),
            tasks.create_task(tend_store(self.store, settings, clock)),
        ]

    def missing(self) -> dict[str, int]:
        """Samples that no figure explains, by path, where there are any."""
        found = {path: one.missing for path, one in self.accounting.figures().items()}
        return {path: samples for path, samples in found.items() if samples}


async def _live(folder: Path, life: int, reports: Connection) -> None:
    historian = Historian.open(folder)
    intake = JournalledIntake(historian.journal, LocalBus(), POINTS, historian.accounting)
    async with asyncio.TaskGroup() as tasks:
        historian.run_in(tasks)
        reports.send_bytes(_number(0))
        for number in range(1, LIFE_S):
            batch = Batch.of(range(100), NOON + (life * LIFE_S + number) * SECOND, number)
            await intake.durable(await intake.accept("a", batch))
            if unexplained := historian.missing():
                raise RuntimeError(f"unexplained samples in life {life}: {unexplained}")
            reports.send_bytes(_number(number))


def _number(number: int) -> bytes:
    return number.to_bytes(4, "little")


def live(folder: Path, life: int, reports: Connection) -> None:
    """Be one life."""
    asyncio.run(_live(folder, life, reports))


class Lives:
    """Starts one life after the other on a folder, and remembers what each has acknowledged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload([__name__])
        self.acknowledged: list[int] = []

    def live_and_die(self, after_s: float, *, once_open: bool) -> int | None:
        """Let one life last so long and kill it.

        Args:
            after_s: seconds of life.
            once_open: counted from the moment at which it has recovered from the last one; else
                from its very beginning.

        Returns:
            How the process ended.
        """
        ours, theirs = self._processes.Pipe(duplex=False)
        life = self._processes.Process(
            target=live, args=(self._folder, len(self.acknowledged), theirs)
        )
        life.start()
        theirs.close()
        if once_open:
            ours.poll(60)
        life.join(after_s)
        life.kill()
        self.acknowledged.append(_last_report(ours))
        life.join()
        ended = life.exitcode
        life.close()
        return ended


def _last_report(reports: Connection) -> int:
    """Read all that was reported; the end of the pipe is the end of the process."""
    last = 0
    with reports:
        while True:
            try:
                last = int.from_bytes(reports.recv_bytes(), "little")
            except (EOFError, OSError):
                return last
