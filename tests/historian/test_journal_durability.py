"""When the journal says that a batch is safe, and what it says when the disk fails."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from historian.errors import JournalWriteError, NotDurableError
from historian.journal.disk import Disk
from telemetry.batch import Batch
from telemetry.clock import VirtualClock
from tests.historian.conftest import JournalFolder
from tests.historian.making import NOON, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from historian.journal.journal import Journal


def batch(value: float, rows: int = 3) -> Batch:
    return Batch.of([i % 10 for i in range(rows)], NOON, value)


def values(journal: Journal) -> list[float]:
    found: list[float] = []
    first = 1
    while entries := journal.read(first, 10**9):
        found += [float(entry.batch.value[0]) for entry in entries]
        first = entries[-1].sequence + 1
    return found


@dataclass
class MoodyDisk:
    """A disk that fails when told to and counts how often it was forced."""

    write_error: int = 0
    sync_error: int = 0
    room: int = 2**62
    syncs: int = 0

    def write(self, fd: int, data: bytes, position: int) -> int:
        room = self.room - position
        if self.write_error or room <= 0:
            code = self.write_error or errno.ENOSPC
            raise OSError(code, os.strerror(code))
        return os.pwrite(fd, data[:room], position)

    def sync(self, fd: int) -> None:
        self.syncs += 1
        if self.sync_error:
            raise OSError(self.sync_error, os.strerror(self.sync_error))
        os.fdatasync(fd)

    @property
    def calls(self) -> Disk:
        return Disk(self.write, self.sync)


@asynccontextmanager
async def kept_synced(journal: Journal) -> AsyncIterator[VirtualClock]:
    """Run the task that forces the journal to disk."""
    clock = VirtualClock()
    task = asyncio.create_task(journal.keep_synced(clock))
    try:
        yield clock
    finally:
        task.cancel()


async def test_a_batch_is_durable_once_the_disk_has_been_forced(folder: JournalFolder) -> None:
    disk = MoodyDisk()
    journal = folder.open(disk=disk.calls)
    sequence = journal.append("a", batch(1))
    waiting = asyncio.create_task(journal.durable(sequence))
    await asyncio.sleep(0)
    assert (disk.syncs, waiting.done()) == (0, False)
    async with kept_synced(journal):
        await waiting
    assert disk.syncs == 1


async def test_the_disk_is_forced_at_most_once_a_second(folder: JournalFolder) -> None:
    disk = MoodyDisk()
    journal = folder.open(disk=disk.calls)
    async with kept_synced(journal) as clock:
        await journal.durable(journal.append("a", batch(0)))
        pair = [asyncio.create_task(journal.durable(journal.append("a", batch(v)))) for v in (1, 2)]
        await clock.advance(0.9)
        assert disk.syncs == 1
        await clock.advance(0.2)
        await asyncio.gather(*pair)
    assert disk.syncs == 2


async def test_with_sync_every_batch_nobody_waits_for_the_second(folder: JournalFolder) -> None:
    disk = MoodyDisk()
    journal = folder.open(disk=disk.calls, sync="batch")
    async with kept_synced(journal):
        for v in range(3):
            await journal.durable(journal.append("a", batch(v)))
    assert disk.syncs == 3


async def test_a_failed_sync_is_never_called_durable_and_the_journal_goes_on_S4(
    folder: JournalFolder,
) -> None:
    disk = MoodyDisk()
    journal = folder.open(disk=disk.calls, sync="batch")
    async with kept_synced(journal):
        await journal.durable(journal.append("a", batch(1)))
        disk.sync_error = errno.EIO
        doubtful = journal.append("a", batch(2))
        with pytest.raises(NotDurableError, match="send it again"):
            await journal.durable(doubtful)
        disk.sync_error = 0
        await journal.durable(journal.append("a", batch(3)))
        with pytest.raises(NotDurableError):  # a later success says nothing about it
            await journal.durable(doubtful)
        await journal.durable(1)
    assert len(folder.segments()) == 2
    assert values(journal) == [1, 2, 3]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(errno.ENOSPC, "disk_full", id="S3-no-space"),
        pytest.param(errno.EDQUOT, "disk_full", id="S3-quota"),
        pytest.param(errno.EIO, "disk_error", id="S4-io-error"),
    ],
)
async def test_a_failed_write_costs_its_batch_and_no_other(
    folder: JournalFolder, code: int, reason: str
) -> None:
    disk = MoodyDisk()
    journal = folder.open(disk=disk.calls)
    journal.append("a", batch(1))
    disk.write_error = code
    with pytest.raises(JournalWriteError, match="cannot be written") as failure:
        journal.append("a", batch(2))
    assert (failure.value.sequence, failure.value.reason) == (2, reason)
    with pytest.raises(NotDurableError):
        await journal.durable(2)
    disk.write_error = 0
    assert journal.append("a", batch(3)) == 3
    assert values(journal) == [1, 3]
    assert len(folder.segments()) == (2 if reason == "disk_error" else 1), "a bad file is left"
    folder.crash()
    assert values(folder.open()) == [1, 3]


def test_half_a_frame_on_a_full_disk_hurts_nothing_S3(folder: JournalFolder) -> None:
    disk = MoodyDisk()
    journal = folder.open(disk=disk.calls)
    journal.append("a", batch(1))
    size = folder.segments()[0].stat().st_size
    disk.room = size + 50
    for _ in range(2):
        with pytest.raises(JournalWriteError):
            journal.append("a", batch(2))
    assert folder.segments()[0].stat().st_size == size
    disk.room = 2**62
    journal.append("a", batch(3))
    folder.crash()
    assert values(folder.open()) == [1, 3]
    assert not (folder.path / "quarantine").exists()


def test_a_journal_that_cannot_begin_a_file_tries_again_S3(folder: JournalFolder) -> None:
    disk = MoodyDisk(room=20)
    journal = folder.open(disk=disk.calls)
    with pytest.raises(JournalWriteError):
        journal.append("a", batch(1))
    disk.room = 2**62
    assert journal.append("a", batch(2)) == 2
    assert values(journal) == [2]


async def test_closing_tells_those_who_wait(folder: JournalFolder) -> None:
    journal = folder.open()
    safe = asyncio.create_task(journal.durable(journal.append("a", batch(1))))
    await asyncio.sleep(0)
    journal.close()
    await safe  # closing forces the disk once more
    folder.crash()
    assert values(folder.open()) == [1]


async def test_a_number_not_yet_given_is_no_question(folder: JournalFolder) -> None:
    with pytest.raises(ValueError, match="nothing is numbered 1"):
        await folder.open().durable(1)


@pytest.mark.system
async def test_a_full_disk_loses_only_what_came_meanwhile_S3(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(600_000))
    folder = JournalFolder(small_disk)
    journal = folder.open()
    kept: list[int] = []
    reasons: set[str] = set()
    for v in range(200):
        try:
            journal.append("a", batch(v, rows=300))
        except JournalWriteError as error:
            reasons.add(error.reason)
        else:
            kept.append(v)
        if v == 150:
            ballast.unlink()
    assert reasons == {"disk_full"}
    assert 20 < len(kept) < 150
    assert kept[-40:] == list(range(160, 200))
    async with kept_synced(journal):
        await until(lambda: journal.figures().synced == 200)
    assert values(journal) == kept
    journal.close()
    assert values(folder.open()) == kept
    folder.close()


def test_a_batch_that_fills_its_file_while_it_is_forced_is_forced_next_S5(
    folder: JournalFolder,
) -> None:
    forced: dict[int, int] = {}
    arriving = [batch(2, rows=2_000)]

    def force(fd: int) -> None:
        state = os.fstat(fd)
        forced[state.st_ino] = state.st_size
        if arriving:
            journal.append("a", arriving.pop())
        os.fdatasync(fd)

    journal = folder.open(disk=Disk(sync=force), most_mib=0.1)
    journal.append("a", batch(1))
    journal.sync()
    journal.append("a", batch(3))
    journal.sync()
    assert journal.figures().synced == journal.last == 3
    sizes = {path.stat().st_ino: path.stat().st_size for path in folder.segments()}
    assert len(sizes) == 2
    assert forced == sizes


@pytest.mark.parametrize("code", [errno.EIO, errno.EROFS], ids=["S4-io-error", "S4-read-only"])
def test_a_segment_that_cannot_be_removed_stops_nothing(folder: JournalFolder, code: int) -> None:
    def refuse(path: Path) -> None:
        raise OSError(code, os.strerror(code), str(path))

    journal = folder.open(disk=Disk(remove=refuse), most_mib=0.1)
    reader = journal.reader("store:e")
    for number in range(20):
        journal.append("a", batch(number, rows=300))
        reader.advance(number - 2)
        journal.sync()
    assert journal.problem is None
    assert values(journal)[-3:] == [17, 18, 19]
    files = len(folder.segments())
    folder.crash()
    again = folder.open(most_mib=0.1)
    again.reader("store:e")
    again.append("a", batch(20, rows=300))
    again.sync()
    assert len(folder.segments()) < files, "the next start removes what was passed"


def test_a_journal_that_outgrows_its_bound_goes_on_when_nothing_can_be_removed_S4(
    folder: JournalFolder,
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    journal = folder.open(disk=Disk(remove=refuse), most_mib=0.1)
    for number in range(40):
        assert journal.append("a", batch(number, rows=300)) == number + 1
    assert values(journal)[-1] == 39


def test_a_segment_goes_only_when_its_readers_mark_would_survive_power_loss(
    folder: JournalFolder,
) -> None:
    events: list[str] = []

    def force(fd: int) -> None:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        if path.suffix == ".mark":
            events.append(f"mark {int(path.read_text())}")

    def remove(path: Path) -> None:
        events.append(f"without {int(path.stem)}")
        path.unlink()

    journal = folder.open(disk=Disk(sync=force, remove=remove), most_mib=0.1)
    reader = journal.reader("store:e")
    for number in range(6):
        journal.append("a", batch(number, rows=300))
    reader.advance(6)
    journal.sync()
    assert events[0] == "mark 6"
    assert set(events[1:]) == {f"without {first}" for first in (1, 4)}
