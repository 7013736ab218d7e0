"""The segments of the journal together: written at one end, read anywhere, cut at the other.

Appending belongs to one thread (the event loop's); syncing, reading and removing may run in
others. The lock is held for the write of one frame or a look at the index, never for a sync.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from historian.errors import JournalWriteError
from historian.journal.disk import is_full, loss_reason
from historian.journal.fetching import Fetched, read_stretch
from historian.journal.frames import HEADER_BYTES, encode_frame
from historian.journal.looking import overlaps, tail
from historian.journal.ranges import Ranges
from historian.journal.recovery import recover
from historian.journal.segment import NEVER, segment_name
from historian.journal.tables import keep_table
from historian.journal.writer import SegmentWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from historian.journal.disk import Disk
    from historian.journal.reserve import Reserve
    from historian.journal.segment import Segment
    from telemetry.batch import Batch
    from telemetry.points import PointTable

_log = structlog.get_logger()


class Spool:
    """Frames on disk, in order of their sequence.

    Args:
        directory: holds the segments; exists and is ours alone.
        points: the table whose indices the batches use.
        segment_bytes: a segment is closed once it is larger.
        most_bytes: all segments together, by :meth:`overfull`.
        floor: sequences begin above this.
        disk: how to write and sync.
        reserve: where to go on when the disk is full.
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
        reserve: Reserve,
    ) -> None:
        self._directory = directory
        self._fingerprint = points.fingerprint
        self._segment_bytes = segment_bytes
        self._most_bytes = most_bytes
        self._disk = disk
        self._reserve = reserve
        self._segments = recover(directory, points)
        keep_table(directory / "tables", points)
        self.last = max(floor, self._segments[-1].last if self._segments else 0)
        self.synced = self.last
        self.appended_bytes = 0
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
    def size_bytes(self) -> int:
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
            frame = encode_frame(sequence, origin, batch)
            try:
                writer = self._write(sequence, frame, batch)
            except OSError as error:
                self._doubtful.add(sequence, sequence)
                raise self._write_error(error, sequence) from error
            self.appended_bytes += len(frame)
            if writer.segment.size >= self._segment_bytes:
                self._retire()
            return sequence

    def _write(self, sequence: int, frame: bytes, batch: Batch) -> SegmentWriter:
        try:
            writer = self._open_writer(sequence, len(frame))
            writer.write(sequence, frame, batch)
        except OSError as error:
            if not is_full(error):
                raise
            reserved = self._open_in_reserve(sequence, len(frame))
            if reserved is None:
                raise
            writer = reserved
            writer.write(sequence, frame, batch)
        return writer

    def _open_writer(self, sequence: int, frame_bytes: int) -> SegmentWriter:
        if self._writer is not None and not self._writer.holds(frame_bytes):
            self._retire()
        return self._writer or self._begin(sequence)

    def _begin(self, sequence: int, room: int | None = None) -> SegmentWriter:
        writer = SegmentWriter(self._directory, sequence, self._fingerprint, self._disk, room)
        self._writer = writer
        self._segments.append(writer.segment)
        return writer

    def _open_in_reserve(self, sequence: int, frame_bytes: int) -> SegmentWriter | None:
        """Go on in a piece of the reserve; None when there is none, or it is too small."""
        if HEADER_BYTES + frame_bytes > self._reserve.piece_bytes:
            return None
        writer = self._writer
        if writer is not None and writer.segment.last < writer.segment.first:
            writer.discard()  # it may have the very name that the piece is to get
            self._segments.pop()
            self._writer = None
        self._retire()
        if not self._reserve.take(self._directory / segment_name(sequence)):
            return None
        return self._begin(sequence, self._reserve.piece_bytes)

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
            if any(is_full(failure) for failure in failures):
                self._reserve.release()
            return failures

    def _sync_names(self, writers: list[SegmentWriter]) -> list[OSError]:
        if all(writer.named for writer in writers):
            return []
        try:
            self._disk.sync_names(self._directory)
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
            # A frame may have filled the file while it was being forced: it has its turn once more.
            done = not trusted or writer.synced >= writer.segment.last
            if done and writer in self._retired:
                self._retired.remove(writer)
                writer.close()
        return failure

    def doubts(self, sequence: int) -> bool:
        """Whether the disk failed to confirm this batch and never will."""
        with self._lock:
            return sequence in self._doubtful

    def tail(self, rows: int) -> int:
        """The first sequence of the newest ``rows`` samples, or somewhat fewer."""
        with self._lock:
            return tail(self._segments, rows, self.last + 1)

    def newest_in(self, ranges: Iterable[tuple[int, int]]) -> int:
        """The newest time that stands in these ranges of sequences, ns; or :data:`NEVER`."""
        with self._lock:
            parts = overlaps(self._segments, ranges)
            return max((s.newest_between(first, last) for s, first, last in parts), default=NEVER)

    def samples_in(self, ranges: Iterable[tuple[int, int]]) -> int:
        """Samples that stand in these ranges of sequences, ascending, ends inclusive."""
        with self._lock:
            parts = overlaps(self._segments, ranges)
            return sum(s.rows_between(first, last) for s, first, last in parts)

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

    def removable(self, sequence: int) -> bool:
        """Whether some segment could go if nobody needed anything up to ``sequence``."""
        with self._lock:
            return self._unneeded(sequence) > 0

    def remove_upto(self, sequence: int) -> None:
        """Remove the segments that nobody needs: all their frames are at or below ``sequence``."""
        with self._lock:
            count = self._unneeded(sequence)
            gone = self._segments[:count]
            del self._segments[:count]
        for segment in gone:
            self._remove(segment)

    def _unneeded(self, sequence: int) -> int:
        """How many of the oldest segments are at or below ``sequence`` and written no more."""
        writing = {w.segment.path for w in (*self._retired, self._writer) if w is not None}
        kept = (i for i, s in enumerate(self._segments) if s.last > sequence or s.path in writing)
        return next(kept, len(self._segments))

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
        self._remove(segment, reuse=False)

    def _remove(self, segment: Segment, *, reuse: bool = True) -> None:
        """Free the place of a segment; what the disk does not let go of, the next start finds.

        Args:
            segment: not listed any more.
            reuse: let the reserve have the file, which blocks while it is blanked.
        """
        try:
            if not (reuse and self._reserve.give_back(segment.path)):
                self._disk.remove(segment.path)
        except OSError as error:
            _log.warning(
                "a passed segment of the journal cannot be removed",
                file=segment.path.name,
                reason=error.strerror,
            )

    def close(self) -> list[OSError]:
        """Sync and close everything."""
        failures = self.sync()
        with self._lock:
            self._retire()
            for writer in self._retired:
                writer.close()
            self._retired.clear()
        return failures
