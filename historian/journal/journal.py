"""The front door of the historian: makes readings durable before anybody relies on them.

What it promises: an appended batch survives ``kill -9`` at once (the operating system has it)
and power loss once :meth:`Journal.durable` has returned for it. Every reader finds every batch
once it asks, in order, until its own mark has passed it; only the bound in bytes may take
unread segments away, oldest first, and then the loss is counted.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from historian.errors import JournalWriteError, NotDurableError
from historian.journal.disk import Disk
from historian.journal.marks import forget_mark, load_marks, save_mark
from historian.journal.reader import Reader
from historian.journal.spool import Spool
from historian.locking import DirectoryLock
from telemetry.supervision import Outage

if TYPE_CHECKING:
    from pathlib import Path

    from historian.entry import Entry
    from historian.journal.fetching import Fetched
    from telemetry.batch import Batch
    from telemetry.clock import Clock
    from telemetry.points import PointTable

_MIB = 2**20
_SEGMENT_BYTES = 16 * _MIB


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """How the journal stands.

    Attributes:
        first, last, synced: oldest and newest sequence, and the newest on the platter.
        bytes, most_bytes: on disk, and allowed.
        waiting: samples behind the mark of each reader.
    """

    first: int
    last: int
    synced: int
    bytes: int
    most_bytes: int
    waiting: dict[str, int]


class Journal:
    """A disk spool with many readers. It belongs to one event loop.

    Args:
        directory: its folder; created when missing, held by one process at a time.
        points: the table whose indices the batches use. After a change of the table, old
            entries are read by the names of their points.
        most_mib: it never grows much beyond this.
        sync: when :meth:`keep_synced` forces it to disk: at most once a second, or with every
            batch (those that come during a sync share the next one).
        after: sequences begin above this; hand in what the stores behind it have seen, in case
            the journal's own folder was lost.
        disk: how to write and sync.

    Raises:
        DirectoryLockedError: another instance works on this folder.
    """

    def __init__(
        self,
        directory: Path,
        points: PointTable,
        *,
        most_mib: float = 2048,
        sync: Literal["second", "batch"] = "second",
        after: int = 0,
        disk: Disk | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._most_bytes = int(most_mib * _MIB)
        with ExitStack() as opened:
            opened.callback(DirectoryLock(directory).close)
            self._marks = load_marks(directory)
            self._saved = dict(self._marks)
            self._spool = Spool(
                directory,
                points,
                segment_bytes=min(_SEGMENT_BYTES, self._most_bytes // 8),
                most_bytes=self._most_bytes,
                floor=max(after, *self._marks.values(), 0),
                disk=disk or Disk(),
            )
            self._opened = opened.pop_all()
        self._pause_s = 1.0 if sync == "second" else 0.0
        self._readers: dict[str, Reader] = {}
        self._changed = asyncio.Event()
        self._synced = asyncio.Event()
        self._outage = Outage(f"journal in {directory}")
        self._refused = False
        self._closed = False

    @property
    def problem(self) -> str | None:
        """Why readings are not safe just now, None while they are."""
        return self._outage.reason

    @property
    def last(self) -> int:
        """Sequence of the newest batch; 0 before the first."""
        return self._spool.last

    def append(self, origin: str, batch: Batch) -> int:
        """Take a batch in and return its sequence; a short write, no waiting for the disk.

        Raises:
            JournalWriteError: it could not be kept; the error holds its sequence and the reason.
        """
        try:
            sequence = self._spool.append(origin, batch)
        except JournalWriteError as error:
            self._refused = True
            self._outage.begins(str(error))
            raise
        self._refused = False
        for reader in self._readers.values():
            reader.came(len(batch))
        self._changed.set()
        self._keep_within_bound()
        return sequence

    def _keep_within_bound(self) -> None:
        while oldest := self._spool.overfull():
            for reader in self._readers.values():
                lost = oldest.rows_after(reader.mark)
                reader.lost_upto(oldest.last, lost, "journal_full")
            self._spool.drop_oldest()

    def reader(self, name: str) -> Reader:
        """Open the reader called ``name`` where it stopped, a new one at the oldest batch.

        Segments are kept for it from now on, also while the service is down.
        """
        if name in self._readers:
            raise ValueError(f"the journal's reader {name!r} is open already")
        mark = max(self._marks.get(name, 0), self._spool.first - 1)
        self._marks[name] = mark
        self._readers[name] = Reader(self, name, mark)
        return self._readers[name]

    def forget(self, name: str) -> None:
        """The reader called ``name`` will not come back; nothing is kept for it any more."""
        self._readers.pop(name, None)
        self._marks.pop(name, None)
        self._saved.pop(name, None)
        forget_mark(self._directory, name)

    def read(self, first: int, most_rows: int) -> list[Entry]:
        """Entries from ``first`` on, about ``most_rows`` samples; blocks, so call it in a thread.

        Returns:
            At least one entry, often fewer than asked for, so ask again from behind the last;
            an empty list when there is none from ``first`` on. What the bound or damage has
            taken away is skipped.
        """
        while True:
            fetched = self._spool.fetch(first, most_rows)
            if fetched.entries or fetched.upto >= self.last:
                return fetched.entries
            first = fetched.upto + 1

    def fetch(self, first: int, most_rows: int) -> Fetched:
        """Like :meth:`read`, one look only, with what was found damaged; for readers."""
        return self._spool.fetch(first, most_rows)

    def samples_after(self, sequence: int) -> int:
        """Samples that stand in the journal behind ``sequence``."""
        return self._spool.samples_after(sequence)

    def lose(self, sequences: list[int]) -> None:
        """Strike out entries that turned out to be unreadable, in every reader's account."""
        for sequence in sequences:
            samples = self._spool.lose(sequence)
            for reader in self._readers.values():
                if reader.mark < sequence:
                    reader.lost(samples, "journal_damaged")

    def passed(self) -> None:
        """A reader's mark has moved; segments may have become free."""
        self._changed.set()

    async def durable(self, sequence: int) -> None:
        """Return once the batch ``sequence`` would survive power loss.

        So would every earlier one, but for those whose own callers are told otherwise. Needs
        :meth:`keep_synced` to run.

        Raises:
            NotDurableError: the disk failed, or the journal was closed; ask the source again.
        """
        if sequence > self.last:
            raise ValueError(f"the journal ends at {self.last}, nothing is numbered {sequence}")
        while not self._spool.doubts(sequence):
            if sequence <= self._spool.synced:
                return
            if self._closed:
                raise NotDurableError(f"the journal was closed before batch {sequence} was safe")
            await self._synced.wait()
        raise NotDurableError(
            f"the disk never confirmed batch {sequence}: its source should send it again"
        )

    async def keep_synced(self, clock: Clock) -> None:
        """Force the journal to disk for ever, and remove what every reader has passed.

        Args:
            clock: hand in the machine's clock even where city time runs faster.
        """
        while True:
            await self._changed.wait()
            self._changed.clear()
            due = clock.monotonic() + self._pause_s
            await asyncio.to_thread(self.sync)
            self._wake()
            await clock.sleep_until(due)

    def _wake(self) -> None:
        woken, self._synced = self._synced, asyncio.Event()
        woken.set()

    def sync(self) -> None:
        """Force the journal and its marks to disk and remove what is not needed; blocks."""
        failures = self._spool.sync()
        marks = self._current_marks()
        try:
            self._save(marks)
            if marks:
                self._spool.remove_upto(min(marks.values()))
        except OSError as error:
            failures.append(error)
        self._tell(failures)

    def _current_marks(self) -> dict[str, int]:
        open_marks = {name: reader.mark for name, reader in list(self._readers.items())}
        return {**self._marks, **open_marks}

    def _save(self, marks: dict[str, int]) -> None:
        for name, mark in marks.items():
            if self._saved.get(name) != mark:
                save_mark(self._directory, name, mark)
                self._saved[name] = mark

    def _tell(self, failures: list[OSError]) -> None:
        if failures:
            self._outage.begins(f"{failures[0].strerror}; readings are not safe from power loss")
        elif not self._refused:
            self._outage.ends()

    def figures(self) -> JournalFigures:
        """How the journal stands now."""
        return JournalFigures(
            first=self._spool.first,
            last=self._spool.last,
            synced=self._spool.synced,
            bytes=self._spool.bytes,
            most_bytes=self._most_bytes,
            waiting={name: reader.waiting for name, reader in self._readers.items()},
        )

    def close(self) -> None:
        """Sync, wake those who wait, and let the folder go; blocks."""
        if self._closed:
            return
        self.sync()
        self._closed = True
        self._tell(self._spool.close())
        self._wake()
        self._opened.close()
