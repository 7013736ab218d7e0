"""What the journal promises to those who write and those who read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from historian.errors import DirectoryLockedError
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from tests.historian.making import NOON, same_batches, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from historian.entry import Entry
    from telemetry.accounting import PathFigures
    from tests.historian.conftest import JournalFolder


def batch(value: float, rows: int = 3) -> Batch:
    return Batch.of([i % 10 for i in range(rows)], NOON, value)


def values(entries: list[Entry]) -> list[float]:
    return [float(entry.batch.value[0]) for entry in entries]


def test_batches_are_numbered_and_read_from_any_number(folder: JournalFolder) -> None:
    journal = folder.open()
    assert [journal.append("modbus:lvyou", batch(v)) for v in (0.1, 0.2, 0.3)] == [1, 2, 3]
    entries = journal.read(2, 1000)
    assert [(e.sequence, e.origin) for e in entries] == [(2, "modbus:lvyou"), (3, "modbus:lvyou")]
    assert same_batches(entries[1].batch, batch(0.3))
    assert journal.read(4, 1000) == []


def test_a_reader_is_given_about_as_many_samples_as_it_asks_for(folder: JournalFolder) -> None:
    journal = folder.open()
    for v in range(5):
        journal.append("a", batch(v, rows=10))
    assert values(journal.read(1, 25)) == [0, 1]
    assert values(journal.read(1, 1)) == [0]  # one at least, or nobody would get further


def test_a_killed_process_loses_nothing_that_was_appended_S5(folder: JournalFolder) -> None:
    journal = folder.open()
    for v in range(4):
        journal.append("a", batch(v))
    folder.crash()
    again = folder.open()
    assert values(again.read(1, 1000)) == [0, 1, 2, 3]
    assert again.append("a", batch(9)) == 5
    assert values(again.read(4, 1)) == [3]
    assert values(again.read(5, 1)) == [9]


async def test_no_number_is_given_twice_even_when_the_journal_was_lost(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    journal.append("a", batch(1))
    journal.reader("store").advance(1)
    journal.close()
    for segment in folder.segments():
        segment.unlink()
    journal = folder.open()
    assert journal.append("a", batch(2)) == 2
    journal.close()
    assert folder.open(after=77).append("a", batch(3)) == 78


def _tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-30] ^= 4
    path.write_bytes(data)


def _flip_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def _zeros(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(4096))


def _empty(path: Path) -> None:
    path.with_name(f"{4:020d}.journal").write_bytes(b"")


def _rubbish(path: Path) -> None:
    path.with_name(f"{4:020d}.journal").write_bytes(b"rubbish" * 100)


@pytest.mark.parametrize(
    ("hurt", "left", "set_aside"),
    [
        pytest.param(_tear, [0, 1], True, id="S6-torn-last-record"),
        pytest.param(_flip, [0, 1], True, id="S6-flipped-bit-in-the-tail"),
        pytest.param(_flip_middle, [0, 2], True, id="S6-flipped-bit-in-the-middle"),
        pytest.param(_zeros, [0, 1, 2], False, id="S6-zero-filled-tail"),
        pytest.param(_empty, [0, 1, 2], False, id="S6-empty-file"),
        pytest.param(_rubbish, [0, 1, 2], True, id="S6-file-of-rubbish"),
    ],
)
def test_a_damaged_journal_starts_with_all_that_is_sound(
    folder: JournalFolder, hurt: Callable[[Path], None], left: list[float], *, set_aside: bool
) -> None:
    journal = folder.open()
    for v in range(3):
        journal.append("a", batch(v))
    folder.crash()
    hurt(folder.segments()[0])
    journal = folder.open()
    assert values(journal.read(1, 1000)) == left
    assert (folder.path / "quarantine").exists() == set_aside
    journal.append("a", batch(7))
    folder.crash()
    journal = folder.open()
    assert values(journal.read(1, 1)) == [0]
    assert values(journal.read(int(left[-1]) + 2, 1000)) == [7]


@pytest.mark.parametrize(
    ("hurt", "left"),
    [
        pytest.param(_flip_middle, [0, 2], id="S3-flipped-bit-in-the-middle"),
        pytest.param(_rubbish, [0, 1, 2], id="S3-file-of-rubbish"),
    ],
)
def test_what_cannot_be_set_aside_stays_and_does_not_keep_the_journal_from_starting(
    folder: JournalFolder, hurt: Callable[[Path], None], left: list[float]
) -> None:
    journal = folder.open()
    for v in range(3):
        journal.append("a", batch(v))
    folder.crash()
    hurt(folder.segments()[0])
    before = [path.read_bytes() for path in folder.segments()]
    (folder.path / "quarantine").write_text("in the way, as a full disk would be")
    assert values(folder.open().read(1, 1000)) == left
    assert [path.read_bytes() for path in folder.segments()] == before


def test_a_second_instance_is_refused_with_the_process_of_the_first_S11(
    folder: JournalFolder,
) -> None:
    folder.open()
    with pytest.raises(DirectoryLockedError, match=f"in use by process {os.getpid()}"):
        folder.open()


def test_a_folder_that_cannot_be_locked_is_refused_with_what_to_do(folder: JournalFolder) -> None:
    (folder.path / "lock").mkdir(parents=True)
    with pytest.raises(DirectoryLockedError, match="must belong to the user"):
        folder.open()


def test_a_failed_opening_lets_the_folder_go(folder: JournalFolder) -> None:
    folder.path.mkdir()
    (folder.path / "tables").write_text("in the way")
    with pytest.raises(FileExistsError):
        folder.open()
    (folder.path / "tables").unlink()
    assert folder.open().last == 0


async def test_a_segment_goes_when_every_reader_has_passed_it(folder: JournalFolder) -> None:
    journal = folder.open(most_mib=1)  # segments of 128 KiB
    slow, quick = journal.reader("slow"), journal.reader("quick")
    for v in range(60):
        journal.append("a", batch(v, rows=500))
    before = len(folder.segments())
    quick.advance(60)
    journal.sync()
    assert len(folder.segments()) == before
    slow.advance(30)
    journal.sync()
    assert values(journal.read(31, 1)) == [30]
    assert 1 < len(folder.segments()) < before
    slow.advance(60)
    journal.sync()
    assert len(folder.segments()) == 1
    assert journal.samples_after(60) == 0


async def test_a_reader_goes_on_where_it_stopped_also_after_a_crash(folder: JournalFolder) -> None:
    journal = folder.open()
    reader = journal.reader("store:embedded")
    for v in range(6):
        journal.append("a", batch(v))
    assert values(await reader.receive(9, 5.0)) == [0, 1, 2]
    reader.advance(2)
    journal.sync()
    reader.advance(3)  # not saved before the crash: read again
    folder.crash()
    reader = folder.open().reader("store:embedded")
    assert reader.mark == 2
    assert reader.waiting == 4 * 3
    assert values(await reader.receive(100, 5.0)) == [2, 3, 4, 5]


async def test_segments_are_kept_for_a_reader_that_has_not_come_back_yet(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    journal.append("a", batch(1))
    journal.reader("alarms")
    journal.close()
    journal = folder.open()
    journal.reader("store").advance(1)
    journal.sync()
    assert values(journal.read(1, 10)) == [1]
    journal.forget("alarms")
    journal.sync()
    assert journal.read(1, 10) == []


async def test_an_unreadable_mark_reads_again_S6(folder: JournalFolder) -> None:
    journal = folder.open()
    reader = journal.reader("store")
    journal.append("a", batch(1))
    journal.append("a", batch(2))
    reader.advance(1)
    folder.crash()
    (folder.path / "store.mark").write_bytes(b"\0\xff")
    assert values(await folder.open().reader("store").receive(100, 5.0)) == [1, 2]


def figures(accounting: Accounting, name: str) -> PathFigures:
    found = accounting.figures()[name]
    assert found.missing == 0
    return found


async def test_beyond_its_bound_the_oldest_unread_goes_and_is_counted(
    folder: JournalFolder,
) -> None:
    journal = folder.open(most_mib=1)
    accounting = Accounting()
    reader = journal.reader("store")
    reader.keep_account(accounting.open("store", lambda: reader.waiting))
    for v in range(10):
        journal.append("a", batch(v, rows=500))
    delivered = await reader.receive(2000, 5.0)
    for v in range(10, 300):
        journal.append("a", batch(v, rows=500))
    found = figures(accounting, "store")
    assert found.received == 300 * 500
    assert found.dropped["journal_full"] > 0
    assert sum(path.stat().st_size for path in folder.segments()) <= 1.2 * 2**20
    reader.advance(delivered[-1].sequence)  # too late: they have been counted as dropped
    entries = await reader.receive(10**9, 5.0)
    first = entries[0].sequence
    assert found.dropped["journal_full"] == (first - 1) * 500
    while entries:
        reader.advance(entries[-1].sequence)
        entries = await reader.receive(10**9, 0.0)
    found = figures(accounting, "store")
    assert (found.stored, found.buffered) == ((301 - first) * 500, 0)


async def test_a_frame_that_rots_while_it_waits_is_skipped_and_counted_S6(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    accounting = Accounting()
    reader, other = journal.reader("store"), journal.reader("other")
    reader.keep_account(accounting.open("store", lambda: reader.waiting))
    other.keep_account(accounting.open("other", lambda: other.waiting))
    for v in range(3):
        journal.append("a", batch(v))
    _flip_middle(folder.segments()[0])
    entries = await reader.receive(1000, 5.0)
    assert values(entries) == [0, 2]
    assert values(journal.read(2, 1000)) == [2]
    reader.advance(3)
    assert figures(accounting, "store").stored == 6
    assert figures(accounting, "store").dropped == {"journal_damaged": 3}
    assert figures(accounting, "other").buffered == 6


async def test_old_entries_are_read_by_the_names_of_their_points(folder: JournalFolder) -> None:
    journal = folder.open(points=table("a.x", "b.x", "c.x"))
    journal.append("a", Batch.of([0, 1, 2], NOON, [0.1, 0.2, 0.3]))
    folder.crash()
    journal = folder.open(points=table("c.x", "new.x", "a.x"))
    assert journal.samples_after(0) == 2
    (entry,) = journal.read(1, 100)
    assert entry.batch.point.tolist() == [2, 0]
    assert entry.batch.value.tolist() == [0.1, 0.3]


def test_entries_of_a_table_that_nobody_knows_are_set_aside(folder: JournalFolder) -> None:
    folder.open(points=table("a.x")).append("a", Batch.of([0], NOON, 0.1))
    folder.crash()
    for names in (folder.path / "tables").iterdir():
        names.unlink()
    journal = folder.open(points=table("b.x"))
    assert journal.read(1, 100) == []
    assert len(list((folder.path / "quarantine").iterdir())) == 1


async def test_one_reader_of_a_name_at_a_time(folder: JournalFolder) -> None:
    journal = folder.open()
    journal.reader("store")
    with pytest.raises(ValueError, match="open already"):
        journal.reader("store")
