"""Power loss at any moment: what was called durable is there, and nothing is made up."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import suppress
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from historian.errors import JournalWriteError, NotDurableError
from historian.journal.disk import Disk
from historian.journal.journal import Journal
from telemetry.batch import Batch
from tests.historian.making import NOON, folder_in_memory, table
from tests.historian.power import ForgetfulDisk

NAMES = [f"site.p{i}.pressure" for i in range(10)]
STEPS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 200)),
    st.tuples(st.just("append"), st.integers(1, 200)),
    st.tuples(st.just("append"), st.integers(1, 200)),
    st.tuples(st.just("sync"), st.just(0)),
    st.tuples(st.just("advance"), st.integers(0, 6)),
    st.tuples(st.just("fill the disk"), st.just(0)),
    st.tuples(st.just("make room"), st.just(0)),
    st.tuples(st.just("power loss"), st.just(0)),
)


class Station:
    """A journal, what it has promised, and power that fails."""

    def __init__(self, base: Path, seed: int) -> None:
        self._base = base
        self._chance = Random(seed)
        self._losses = 0
        self._full = False
        self._value = 0.0
        self.names = NAMES
        self.promised: dict[int, tuple[float, int]] = {}
        self.given: dict[float, int] = {}
        self.numbers: dict[int, float] = {}
        self.passed = 0
        self._open()

    def _open(self) -> None:
        directory = self._base / f"journal-{self._losses}"
        self._disk = ForgetfulDisk(directory, self._chance)
        calls = self._disk.calls
        disk = Disk(self._write, calls.sync, calls.sync_names, calls.allocate, self._free_bytes)
        self.journal = Journal(
            directory,
            table(*self.names),
            most_mib=0.25,
            reserve_mib=0.0625,
            disk=disk,
        )
        self.reader = self.journal.reader("store")

    def _write(self, fd: int, data: bytes, position: int) -> int:
        if self._full and os.fstat(fd).st_blocks * 512 < position + len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._disk.calls.write(fd, data, position)

    def _free_bytes(self, _: Path) -> int:
        return 0 if self._full else 2**40

    def append(self, rows: int) -> None:
        self._value += 1
        points = [self.names.index(NAMES[i % 10]) for i in range(rows)]
        self.given[self._value] = rows
        with suppress(JournalWriteError):
            sequence = self.journal.append("a", Batch.of(points, NOON, self._value))
            self.numbers[sequence] = self._value

    async def sync(self) -> None:
        self.journal.sync()
        for sequence, value in self.numbers.items():
            with suppress(NotDurableError):
                await self.journal.durable(sequence)
                self.promised[sequence] = (value, self.given[value])

    def advance(self, steps: int) -> None:
        self.reader.advance(min(self.reader.mark + steps, self.journal.last))

    def lose_power(self) -> None:
        before = self._base / f"journal-{self._losses}"
        self.passed = max(self.passed, self.reader.mark, self.journal.figures().first - 1)
        self._losses += 1
        self._disk.lose_power(before, self._base / f"journal-{self._losses}")
        self.numbers.clear()
        self.journal.close()
        self.names = self._chance.sample(NAMES, len(NAMES))  # and somebody reordered the points
        self._open()

    def check(self) -> None:
        """All that was promised and not passed is there; all that is there was given once."""
        found: dict[int, tuple[float, int]] = {}
        first = 1
        while entries := self.journal.read(first, 10**9):
            for entry in entries:
                names = [self.names[i] for i in entry.batch.point]
                assert names == [NAMES[i % 10] for i in range(len(names))]
                assert entry.sequence not in found
                found[entry.sequence] = (float(entry.batch.value[0]), len(entry.batch))
            first = entries[-1].sequence + 1
        for value, rows in found.values():
            assert self.given[value] == rows
        assert len({value for value, _ in found.values()}) == len(found)
        wanted = {s: what for s, what in self.promised.items() if s > self.passed}
        assert {s: found.get(s) for s in wanted} == wanted

    async def step(self, what: str, how: int) -> None:
        match what:
            case "append":
                self.append(how)
            case "sync":
                await self.sync()
            case "advance":
                self.advance(how)
            case "fill the disk":
                self._full = True
            case "make room":
                self._full = False
            case _:
                self.lose_power()
                self.check()


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32), st.lists(STEPS, max_size=50))
def test_what_was_durable_survives_any_power_loss_and_nothing_is_made_up_S6(
    seed: int, steps: list[tuple[str, int]]
) -> None:
    async def run(folder: str) -> None:
        station = Station(Path(folder), seed)
        for what, how in steps:
            await station.step(what, how)
        station.lose_power()
        station.check()
        station.journal.close()

    with folder_in_memory() as folder:
        asyncio.run(run(folder))
