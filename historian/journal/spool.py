"""The segments of the journal together: written at one end, read anywhere, cut at the other.

Appending belongs to one thread (the event loop's); syncing, reading and removing may run in
others. The lock is held for the write of one frame or a look at the index, never for a sync.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from historian.errors import JournalWriteError
from historian.journal.disk import loss_reason, sync_directory
from historian.journal.fetching import Fetched, read_stretch
from historian.journal.frames import encode_frame
from historian.journal.ranges import Ranges
from historian.journal.recovery import recover
from historian.journal.tables import keep_table
from historian.journal.writer import SegmentWriter

if TYPE_CHECKING:
    from pathlib import Path

    from historian.journal.disk import Disk
    from historian.journal.segment import Segment
    from telemetry.batch import Batch
    from telemetry.points import PointTable


class Spool:
    """Frames on disk, in order of their sequence.

    Args:
        directory: holds the segments; exists and is ours alone.
        points: the table whose indices the batches use.
        segment_bytes: a segment is closed once it is larger.
        most_bytes: all segments together, by :meth:`overfull`.
        floor: sequences begin above this.
        disk: how to write and sync.
    """

    def __init__(
        self,
        directory: Path,
        points: PointTable,
        *,
        segment_bytes: int,
        most_bytes: int,
        floor: int,
        disk: Disk,
    ) -> None:
        self._directory = directory
        self._fingerprint = points.fingerprint
        self._segment_bytes = segment_bytes
        self._most_bytes = most_bytes
        self._disk = disk
        keep_table(directory / "tables", points)
        self._segments = recover(directory, points)
        self.last = max(floor, self._segments[-1].last if self._segments else 0)
        self.synced = self.last
        self._doubtful = Ranges()
        self._writer: SegmentWriter | None = None
        self._retired: list[SegmentWriter] = []
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()

    @property
    def first(self) -> int:
        """The oldest sequence that may be here."""
        with self._lock:
            return self._segments[0].first if self._segments else self.last + 1

    @property
    def bytes(self) -> int:
        """Bytes in all segments."""
        with self._lock:
            return sum(segment.size for segment in self._segments)

    def append(self, origin: str, batch: Batch) -> int:
        """Write one batch; the operating system has it when this returns, the disk later.

        Raises:
            JournalWriteError: it could not be written; its sequence is spent nevertheless.
        """
        with self._lock:
            self.last += 1
            sequence = self.last
            try:
                writer = self._open_writer(sequence)
                writer.write(sequence, encode_frame(sequence, origin, batch), len(batch))
            except OSError as error:
                self._doubtful.add(sequence, sequence)
                raise self._write_error(error, sequence) from error
            if writer.segment.size >= self._segment_bytes:
                self._retire()
            return sequence

    def _open_writer(self, sequence: int) -> SegmentWriter:
        if self._writer is None:
            self._writer = SegmentWriter(self._directory, sequence, self._fingerprint, self._disk)
            self._segments.append(self._writer.segment)
        return self._writer

    def _retire(self) -> None:
        if self._writer is not None:
            self._retired.append(self._writer)
            self._writer = None

    def _write_error(self, error: OSError, sequence: int) -> JournalWriteError:
        reason = loss_reason(error)
        if reason == "disk_error":
            self._retire()  # what a failing file still takes is not to be relied on
        return JournalWriteError(
            f"the journal in {self._directory} cannot be written: {error.strerror}; readings are "
            "shown and judged but not kept: make room or see to the disk",
            sequence,
            reason,
        )

    def sync(self) -> list[OSError]:
        """Force everything to disk; blocks.

        A file whose sync failed is never synced again, because the kernel would report success
        for pages it has already given up: its unconfirmed frames stay in doubt for good and
        writing goes on in a new file.

        Returns:
            The failures.
        """
        with self._sync_lock:
            with self._lock:
                upto = self.last
                writers = [*self._retired, *([self._writer] if self._writer else [])]
            failures = self._sync_names(writers)
            for writer in writers:
                if error := self._sync_one(writer):
                    failures.append(error)
            with self._lock:
                self.synced = upto
            return failures

    def _sync_names(self, writers: list[SegmentWriter]) -> list[OSError]:
        if all(writer.named for writer in writers):
            return []
        try:
            sync_directory(self._directory)
        except OSError as error:
            return [error]
        for writer in writers:
            writer.named = True
        return []

    def _sync_one(self, writer: SegmentWriter) -> OSError | None:
        failure = None
        confirmed = writer.synced
        try:
            if confirmed < writer.segment.last:
                writer.sync()
        except OSError as error:
            failure = error
        with self._lock:
            trusted = failure is None and writer.named
            if not trusted and confirmed < writer.segment.last:
                self._doubtful.add(confirmed + 1, writer.segment.last)
            if not trusted and writer is self._writer:
                self._retire()
            if writer in self._retired:
                self._retired.remove(writer)
                writer.close()
        return failure

    def doubts(self, sequence: int) -> bool:
        """Whether the disk failed to confirm this batch and never will."""
        with self._lock:
            return sequence in self._doubtful

    def samples_after(self, sequence: int) -> int:
        """Samples that stand here behind ``sequence``."""
        with self._lock:
            return sum(s.rows_after(sequence) for s in self._segments if s.last > sequence)

    def fetch(self, first: int, most_rows: int) -> Fetched:
        """Read entries from ``first`` on, about ``most_rows`` samples; blocks on the disk."""
        with self._lock:
            found = (s.stretch(first, most_rows) for s in self._segments if s.last >= first)
            stretch = next((s for s in found if s is not None), None)
            last = self.last
        return Fetched(last) if stretch is None else read_stretch(stretch)

    def lose(self, sequence: int) -> int:
        """Strike out an entry that cannot be read; returns how many samples it held."""
        with self._lock:
            holder = next((s for s in self._segments if s.first <= sequence <= s.last), None)
            return 0 if holder is None else holder.lose(sequence)

    def remove_upto(self, sequence: int) -> None:
        """Remove the segments that nobody needs: all their frames are at or below ``sequence``."""
        for segment in self._pop_upto(sequence):
            segment.path.unlink(missing_ok=True)

    def _pop_upto(self, sequence: int) -> list[Segment]:
        with self._lock:
            writing = {w.segment.path for w in (*self._retired, self._writer) if w is not None}
            gone = []
            for segment in self._segments:
                if segment.last > sequence or segment.path in writing:
                    break
                gone.append(segment)
            del self._segments[: len(gone)]
            return gone

    def overfull(self) -> Segment | None:
        """The oldest closed segment while the spool is larger than it may be."""
        with self._lock:
            size = sum(segment.size for segment in self._segments)
            if size <= self._most_bytes or len(self._segments) < 2:
                return None
            return self._segments[0]

    def drop_oldest(self) -> None:
        """Remove the oldest segment, read or not."""
        with self._lock:
            segment = self._segments.pop(0)
        segment.path.unlink(missing_ok=True)

    def close(self) -> list[OSError]:
        """Sync and close everything."""
        failures = self.sync()
        with self._lock:
            self._retire()
            for writer in self._retired:
                writer.close()
            self._retired.clear()
        return failures
