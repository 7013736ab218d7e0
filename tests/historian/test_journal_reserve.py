"""When somebody else fills the disk: what the reserve buys, and when it is made again."""

from __future__ import annotations

import errno
import itertools
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from historian.errors import JournalWriteError, NotDurableError
from historian.journal.disk import Disk
from telemetry.batch import Batch
from tests.historian.conftest import JournalFolder
from tests.historian.making import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from historian.journal.journal import Journal

KIB = 1024
MIB = 1024 * KIB


@dataclass
class FullDisk:
    """Refuses every byte that needs a new block while full; blocks once given stay given."""

    full: bool = False
    free: int = 2**40

    def write(self, fd: int, data: bytes, position: int) -> int:
        room = os.fstat(fd).st_blocks * 512 - position
        if not self.full or room >= len(data):
            return os.pwrite(fd, data, position)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def allocate(self, fd: int, offset: int, length: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.posix_fallocate(fd, offset, length)

    @property
    def calls(self) -> Disk:
        return Disk(write=self.write, allocate=self.allocate, free_bytes=self.free_bytes)

    def free_bytes(self, _: Path) -> int:
        return 0 if self.full else self.free


def append(journal: Journal, value: float, rows: int = 500) -> bool:
    try:
        journal.append("a", Batch.of([i % 10 for i in range(rows)], NOON, value))
    except JournalWriteError:
        return False
    return True


def values(journal: Journal) -> list[float]:
    found: list[float] = []
    first = 1
    while entries := journal.read(first, 10**9):
        found += [float(entry.batch.value[0]) for entry in entries]
        first = entries[-1].sequence + 1
    return found


def pieces(folder: JournalFolder) -> list[Path]:
    return sorted(folder.path.glob("*.reserve"))


def test_the_reserve_has_real_blocks_and_its_size(folder: JournalFolder) -> None:
    journal = folder.open(reserve_mib=1)
    assert sum(piece.stat().st_size for piece in pieces(folder)) == MIB
    assert sum(piece.stat().st_blocks * 512 for piece in pieces(folder)) >= MIB
    figures = journal.figures()
    assert (figures.reserve_bytes, figures.reserve_whole) == (MIB, True)


def test_no_reserve_is_made_where_none_is_wanted(folder: JournalFolder) -> None:
    figures = folder.open(reserve_mib=0).figures()
    assert pieces(folder) == []
    assert (figures.reserve_bytes, figures.reserve_whole) == (0, True)


def test_on_a_full_disk_the_journal_goes_on_in_its_reserve_S3(folder: JournalFolder) -> None:
    disk = FullDisk()
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    assert append(journal, 0)
    disk.full = True
    kept = [v for v in range(1, 200) if append(journal, v)]
    # Some pieces are for the store; the journal had six of eight, each of 12 frames.
    assert kept == list(range(1, 73))
    assert values(journal) == [0, *kept]
    assert journal.figures().reserve_bytes == 0
    assert not journal.figures().reserve_whole
    folder.crash()
    assert values(folder.open()) == [0, *kept]
    assert not (folder.path / "quarantine").exists()


def test_while_more_than_half_is_left_the_store_gets_its_share_S3(folder: JournalFolder) -> None:
    disk = FullDisk()
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    left = [journal.figures().reserve_bytes]
    disk.full = True
    for value in range(200):
        append(journal, value)
        if journal.figures().reserve_bytes != left[-1]:
            left.append(journal.figures().reserve_bytes)
    steps = [before - after for before, after in itertools.pairwise(left)]
    assert [step // (128 * KIB) for step in steps] == [2, 2, 1, 1, 1, 1]


def test_a_store_that_finds_the_disk_full_is_given_half_and_no_more_S3(
    folder: JournalFolder,
) -> None:
    journal = folder.open(reserve_mib=1)
    assert [journal.make_room() for _ in range(6)] == [True] * 4 + [False] * 2
    assert journal.figures().reserve_bytes == MIB // 2


async def test_with_a_store_elsewhere_the_journal_goes_round_in_its_reserve_S3(
    folder: JournalFolder,
) -> None:
    disk = FullDisk()
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    reader = journal.reader("store:influxdb")
    append(journal, 0)
    journal.sync()
    disk.full = True
    for value in range(1, 600):
        assert append(journal, value)
        (entry,) = await reader.receive(1, 5.0)
        reader.advance(entry.sequence)
        journal.sync()
    assert journal.problem is None
    assert values(journal)[-1] == 599
    folder.crash()
    assert values(folder.open())[-1] == 599
    assert not (folder.path / "quarantine").exists()


def test_old_frames_in_a_used_piece_are_never_read_as_new_ones_S3(folder: JournalFolder) -> None:
    disk = FullDisk(full=False)
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    disk.full = True
    for value in range(12):
        append(journal, value)
    folder.crash()
    used, *_ = folder.segments()
    for piece in pieces(folder):
        piece.unlink()
    used.rename(folder.path / "00000007.reserve")  # as a crash in the middle of giving back
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    assert append(journal, 77)
    folder.crash()
    assert values(folder.open()) == [77]


def test_the_reserve_is_made_again_only_when_there_is_room_to_spare_S3(
    folder: JournalFolder,
) -> None:
    disk = FullDisk()
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    for _ in range(4):
        journal.make_room()
    disk.free = MIB // 2 + MIB - 1
    journal.sync()
    assert not journal.figures().reserve_whole
    disk.free += 1
    journal.sync()
    assert journal.figures().reserve_whole


def test_a_disk_that_is_nearly_full_at_the_start_is_not_filled_by_the_reserve_S3(
    folder: JournalFolder,
) -> None:
    disk = FullDisk(free=2 * MIB - 1)
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    assert pieces(folder) == []
    assert append(journal, 1)


def test_a_reserve_that_turns_out_too_large_is_left_for_later_S3(folder: JournalFolder) -> None:
    def none_left(fd: int, offset: int, length: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    journal = folder.open(disk=Disk(allocate=none_left), reserve_mib=1)
    assert list(folder.path.glob("*.reserve*")) == []
    assert append(journal, 1)


def test_another_size_takes_effect_at_the_next_start(folder: JournalFolder) -> None:
    folder.open(reserve_mib=1).close()
    folder.open(reserve_mib=2).close()
    assert sum(piece.stat().st_size for piece in pieces(folder)) == 2 * MIB
    folder.open(reserve_mib=0).close()
    assert pieces(folder) == []


async def test_marks_are_kept_on_a_full_disk_S3(folder: JournalFolder) -> None:
    journal = folder.open()
    reader = journal.reader("store:embedded")
    append(journal, 0)
    reader.advance(1)
    journal.sync()
    mark = folder.path / "store%3Aembedded.mark"
    block = mark.stat().st_ino
    append(journal, 1)
    reader.advance(2)
    journal.sync()
    assert mark.read_text() == f"{2:020d}\n"
    assert mark.stat().st_ino == block, "written in place: no block is needed"


async def test_a_disk_that_is_full_only_when_forced_is_told_and_given_room_S3(
    folder: JournalFolder,
) -> None:
    disk = FullDisk()

    def sync(fd: int) -> None:
        if disk.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fdatasync(fd)

    calls = Disk(sync=sync, allocate=disk.allocate, free_bytes=disk.free_bytes)
    journal = folder.open(disk=calls, reserve_mib=1)
    assert append(journal, 1)
    disk.full = True
    journal.sync()
    with pytest.raises(NotDurableError):
        await journal.durable(1)
    assert "No space left" in str(journal.problem)
    assert journal.figures().reserve_bytes == 7 * MIB // 8
    disk.full = False
    assert append(journal, 2)
    journal.sync()
    await journal.durable(2)
    assert journal.figures().reserve_whole
    assert journal.problem is None


def test_a_batch_larger_than_a_piece_is_dropped_and_the_next_one_kept_S3(
    folder: JournalFolder,
) -> None:
    disk = FullDisk()
    journal = folder.open(disk=disk.calls, reserve_mib=1)
    disk.full = True
    assert not append(journal, 1, rows=10_000)
    assert append(journal, 2)
    assert values(journal) == [2]


def take_all_there_is(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as log:
        while log.write(bytes(4096)):
            pass


@pytest.mark.system
async def test_on_a_really_full_disk_nothing_is_lost_while_the_store_moves_S3(
    small_disk: Path,
) -> None:
    folder = JournalFolder(small_disk)
    journal = folder.open(reserve_mib=0.25, most_mib=0.5)
    reader = journal.reader("store")
    append(journal, 0, rows=100)
    reader.advance(1)
    journal.sync()
    take_all_there_is(small_disk / "log")
    assert os.statvfs(small_disk).f_bavail == 0
    for value in range(1, 400):
        assert append(journal, value, rows=100)
        reader.advance(journal.last)
        journal.sync()
    assert not journal.figures().reserve_whole
    (small_disk / "log").unlink()
    append(journal, 400, rows=100)
    journal.sync()
    assert journal.figures().reserve_whole
    assert journal.problem is None
    journal.close()
    journal = folder.open(reserve_mib=0.25)
    assert values(journal)[-1:] == [400]
    journal.close()
