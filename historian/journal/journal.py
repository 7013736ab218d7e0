"""The front door of the historian: makes readings durable before anybody relies on them.

What it promises: an appended batch survives ``kill -9`` at once (the operating system has it)
and power loss once :meth:`Journal.durable` has returned for it. Every reader finds every batch
once it asks, in order, until its own mark has passed it; only the bound in bytes may take
unread segments away, oldest first, and then the loss is counted. On a disk that others have
filled it goes on in its reserve.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal

from historian.errors import JournalWriteError, NotDurableError
from historian.journal.disk import Disk, is_full
from historian.journal.figures import JournalFigures
from historian.journal.growth import Growth
from historian.journal.live_first import LIVE_ROWS, LiveFirstReader
from historian.journal.reader import Reader
from historian.journal.readers import Readers
from historian.journal.recovery import refuse_newer_formats
from historian.journal.reserve import Reserve
from historian.journal.spool import Spool
from historian.locking import DirectoryLock
from telemetry.supervision import Outage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from historian.entry import Entry
    from historian.journal.fetching import Fetched
    from telemetry.batch import Batch
    from telemetry.clock import Clock
    from telemetry.points import PointTable

_MIB = 2**20
_SEGMENT_BYTES = 16 * _MIB


class Journal:
    """A disk spool with many readers. It belongs to one event loop.

    Args:
        directory: its folder; created when missing, held by one process at a time.
        points: the table whose indices the batches use. After a change of the table, old
            entries are read by the names of their points.
        most_mib: it never grows much beyond this.
        sync: when :meth:`keep_synced` forces it to disk: at most once a second, or with every
            batch (those that come during a sync share the next one).
        reserve_mib: of the disk, set aside for the hour in which others have filled it.
        after: sequences begin above this; hand in what the stores behind it have seen, in case
            the journal's own folder was lost.
        disk: how to write and sync.

    Raises:
        DirectoryLockedError: another instance works on this folder.
        JournalFormatError: a newer version of the service wrote it; nothing was changed.
    """

    def __init__(
        self,
        directory: Path,
        points: PointTable,
        *,
        most_mib: float = 2048,
        reserve_mib: float = 0,
        sync: Literal["second", "batch"] = "second",
        after: int = 0,
        disk: Disk | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._most_bytes = int(most_mib * _MIB)
        self._disk = disk or Disk()
        with ExitStack() as opened:
            opened.callback(DirectoryLock(directory).close)
            refuse_newer_formats(directory)
            self._readers = Readers(directory, self._disk)
            self._reserve = Reserve(directory, int(reserve_mib * _MIB), self._disk)
            self._spool = Spool(
                directory,
                points,
                segment_bytes=min(_SEGMENT_BYTES, self._most_bytes // 8),
                most_bytes=self._most_bytes,
                floor=max(after, self._readers.furthest),
                disk=self._disk,
                reserve=self._reserve,
            )
            self._opened = opened.pop_all()
        self._reserve.refill()
        self._free_bytes = self._disk.free_bytes(directory)
        self._pause_s = 1.0 if sync == "second" else 0.0
        self._clock: Clock | None = None
        self._growth = Growth(0.0, 0)
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
        self._readers.came(len(batch))
        self._changed.set()
        while oldest := self._spool.overfull():
            self._readers.lose_segment(oldest)
            self._spool.drop_oldest()
        return sequence

    def reader(self, name: str) -> Reader:
        """Open the reader called ``name`` where it stopped, a new one at the oldest batch.

        Segments are kept for it from now on, also while the service is down.
        """
        reader = Reader(self, name, self._readers.resume(name, self._spool.first))
        self._readers.add(reader)
        return reader

    def live_first_reader(self, name: str, live_rows: int = LIVE_ROWS) -> LiveFirstReader:
        """The like for a store that may be away for hours: live readings first, then the rest.

        Args:
            name: stands for the reader across restarts.
            live_rows: samples at the end of the journal that go first.
        """
        mark = self._readers.resume(name, self._spool.first)
        reader = LiveFirstReader(self, name, mark, live_rows)
        self._readers.add(reader)
        return reader

    def forget(self, name: str) -> None:
        """The reader called ``name`` will not come back; nothing is kept for it any more."""
        self._readers.forget(name)

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

    def samples_in(self, ranges: Iterable[tuple[int, int]]) -> int:
        """Samples that stand in these ascending ranges of sequences, ends inclusive."""
        return self._spool.samples_in(ranges)

    def newest_in(self, ranges: Iterable[tuple[int, int]]) -> int:
        """The newest time in these ascending ranges of sequences, ns; 1677 where there is none."""
        return self._spool.newest_in(ranges)

    def tail(self, rows: int) -> int:
        """The first sequence of the newest ``rows`` samples, or somewhat fewer."""
        return self._spool.tail(rows)

    def lose(self, sequences: list[int]) -> None:
        """Strike out entries that turned out to be unreadable, in every reader's account."""
        for sequence in sequences:
            self._readers.lose(sequence, self._spool.lose(sequence))

    def make_room(self) -> bool:
        """Give some of the reserve back to the disk, for a store that finds it full.

        Returns:
            False when there is nothing left but what the journal keeps for itself.
        """
        return self._reserve.release()

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
        self._clock = clock
        self._growth = Growth(clock.monotonic(), self._spool.appended_bytes)
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._growth = self._growth_now()
            due = clock.monotonic() + self._pause_s
            await asyncio.to_thread(self.sync)
            self._wake()
            await clock.sleep_until(due)

    def _wake(self) -> None:
        woken, self._synced = self._synced, asyncio.Event()
        woken.set()

    def _growth_now(self) -> Growth:
        if self._clock is None:
            return self._growth
        return self._growth.observed(self._clock.monotonic(), self._spool.appended_bytes)

    def sync(self) -> None:
        """Force the journal and its marks to disk and remove what is not needed; blocks."""
        failures = self._spool.sync()
        try:
            self._clear_away(self._readers.save())
            self._reserve.refill()
            self._free_bytes = self._disk.free_bytes(self._directory)
        except OSError as error:
            failures.append(error)
            if is_full(error):
                self._reserve.release()
        self._tell(failures)

    def _clear_away(self, upto: int | None) -> None:
        """Remove what every saved mark has passed, once it is certain that this will be known."""
        if upto is not None and self._spool.removable(upto):
            self._readers.force()
            self._spool.remove_upto(upto)

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
            bytes=self._spool.size_bytes,
            most_bytes=self._most_bytes,
            free_bytes=self._free_bytes,
            reserve_bytes=self._reserve.bytes,
            whole_reserve_bytes=self._reserve.whole_bytes,
            growth_bytes_per_s=self._growth_now().bytes_per_s,
            waiting=self._readers.waiting(),
            backlog=self._readers.backlog(),
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
