"""Writing frames to the newest segment and forcing them to disk."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from historian.journal.disk import Disk, write_all
from historian.journal.frames import FrameHead, encode_header
from historian.journal.segment import NEVER, Segment, segment_name

if TYPE_CHECKING:
    from pathlib import Path

    from telemetry.batch import Batch


class SegmentWriter:
    """The open end of the journal: one segment file that grows.

    Args:
        directory: where the file is created.
        first: sequence of the first frame to come.
        fingerprint: of the table whose indices the frames hold.
        disk: how to write and sync.
        room: None to create a file that grows; else the file is there already, so many bytes
            large and blank, and is filled without needing the disk to have any room.

    Raises:
        OSError: the file cannot be created.
    """

    def __init__(
        self, directory: Path, first: int, fingerprint: str, disk: Disk, room: int | None = None
    ) -> None:
        self.segment = Segment(directory / segment_name(first), first)
        self.named = False  # whether the file's name is known to survive power loss
        self.synced = first - 1
        self._disk = disk
        self._room = room
        create = 0 if room is not None else os.O_CREAT | os.O_TRUNC
        self._fd = os.open(self.segment.path, os.O_WRONLY | os.O_CLOEXEC | create, 0o644)
        try:
            write_all(disk, self._fd, encode_header(first, fingerprint), 0)
        except OSError:
            self.discard()
            raise

    def holds(self, frame_bytes: int) -> bool:
        """Whether there is room for a frame of this size, as far as the file itself goes."""
        return self._room is None or self.segment.size + frame_bytes <= self._room

    def write(self, sequence: int, frame: bytes, batch: Batch) -> None:
        """Append the frame of a batch.

        Raises:
            OSError: it was not written; what was written of it is cut off again.
        """
        at = self.segment.size
        try:
            write_all(self._disk, self._fd, frame, at)
        except OSError:
            # Should even this fail, the next frame is written over what is left.
            if self._room is None:
                with suppress(OSError):
                    os.ftruncate(self._fd, at)
            raise
        rows = len(batch)
        newest_ns = int(batch.time.max()) if rows else NEVER
        self.segment.add(FrameHead(sequence, at, len(frame), rows), rows, newest_ns)

    def sync(self) -> None:
        """Force everything written so far to disk; raises OSError and is then not to be trusted."""
        last = self.segment.last
        self._disk.sync(self._fd)
        self.synced = last

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def discard(self) -> None:
        """Close and remove a file in which nothing stands."""
        self.close()
        self.segment.path.unlink(missing_ok=True)
