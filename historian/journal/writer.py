"""Writing frames to the newest segment and forcing them to disk."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from historian.journal.disk import Disk, write_all
from historian.journal.frames import encode_header
from historian.journal.segment import Segment, segment_name

if TYPE_CHECKING:
    from pathlib import Path


class SegmentWriter:
    """The open end of the journal: one segment file that grows.

    Args:
        directory: where the file is created.
        first: sequence of the first frame to come.
        fingerprint: of the table whose indices the frames hold.
        disk: how to write and sync.

    Raises:
        OSError: the file cannot be created.
    """

    def __init__(self, directory: Path, first: int, fingerprint: str, disk: Disk) -> None:
        self.segment = Segment(directory / segment_name(first), first)
        self.named = False  # whether the file's name is known to survive power loss
        self.synced = first - 1
        self._disk = disk
        self._fd = os.open(
            self.segment.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644
        )
        try:
            write_all(disk, self._fd, encode_header(first, fingerprint), 0)
        except OSError:
            self.discard()
            raise

    def write(self, sequence: int, frame: bytes, rows: int) -> None:
        """Append a frame.

        Raises:
            OSError: it was not written; what was written of it is cut off again.
        """
        at = self.segment.size
        try:
            write_all(self._disk, self._fd, frame, at)
        except OSError:
            # Should even this fail, the next frame is written over what is left.
            with suppress(OSError):
                os.ftruncate(self._fd, at)
            raise
        self.segment.add(sequence, at, at + len(frame), rows)

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
