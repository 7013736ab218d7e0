"""Disk space set aside for the hour in which somebody else has filled the disk.

The reserve is a number of files with real blocks and nothing in them. When the disk is full,
the journal does not merely delete them, for whatever filled the disk would take the space
first: it renames one and writes its next segment **into** it. While more than half is left, one
more goes back to the file system each time, so that the store can write its segment, which is
ten times smaller than the journal's segments it sets free. A segment that was written into the
reserve goes back to it once every reader has passed it: with a store that is not on this disk
the journal goes round in its reserve for as long as the disk stays full.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from historian.journal.disk import write_all
from telemetry.supervision import Outage

if TYPE_CHECKING:
    from pathlib import Path

    from historian.journal.disk import Disk

_PIECES = 8
_BLOCK_BYTES = 4096
_SUFFIX = ".reserve"
_ZEROS = bytes(2**20)


class Reserve:
    """The pieces of the reserve; any thread may use it.

    Args:
        directory: the journal's own, so that taking a piece is a rename and needs no block.
        whole_bytes: about how large it should be; 0 for none.
        disk: how to write and allocate.
    """

    def __init__(self, directory: Path, whole_bytes: int, disk: Disk) -> None:
        self._directory = directory
        self._disk = disk
        self.piece_bytes = whole_bytes // _PIECES // _BLOCK_BYTES * _BLOCK_BYTES
        self._most = _PIECES if self.piece_bytes else 0
        self.whole_bytes = self._most * self.piece_bytes
        self._outage = Outage(f"reserve of the journal in {directory}")
        self._lock = threading.Lock()
        self._number = 0
        self._pieces: list[Path] = []
        for path in sorted(directory.glob("*" + _SUFFIX)):
            self._adopt(path)

    @property
    def bytes(self) -> int:
        """What is set aside now."""
        with self._lock:
            return len(self._pieces) * self.piece_bytes

    @property
    def whole(self) -> bool:
        """Whether all of it is there."""
        return len(self._pieces) >= self._most

    def take(self, path: Path) -> bool:
        """Give a piece the name ``path``, to be written into; False when none is left.

        Raises:
            OSError: it cannot be renamed.
        """
        self.release()
        with self._lock:
            if not self._pieces:
                return False
            self._pieces[-1].rename(path)
            self._pieces.pop()
            return True

    def release(self) -> bool:
        """Give a piece back to the file system, for those who write other files.

        Returns:
            False when only the journal's own half is left, which it keeps.
        """
        with self._lock:
            if len(self._pieces) <= self._most // 2:
                return False
            self._pieces.pop().unlink(missing_ok=True)
            return True

    def give_back(self, path: Path) -> bool:
        """Take a file that nobody needs any more as a piece; False when it does not serve.

        Blocks while the file is overwritten with zeros.

        Raises:
            OSError: the disk failed.
        """
        if self.whole or path.stat().st_size != self.piece_bytes:
            return False
        piece = self._next_path()
        path.rename(piece)
        self._adopt(piece)
        return True

    def refill(self) -> None:
        """Make what is missing, if as much again would be left free; else leave it for later.

        Blocks. The margin keeps a disk that is nearly full from being filled by the reserve.
        """
        missing = (self._most - len(self._pieces)) * self.piece_bytes
        if missing <= 0:
            return
        try:
            if self._disk.free_bytes(self._directory) < missing + self.whole_bytes:
                return
            while not self.whole:
                self._make()
        except OSError as error:
            self._outage.begins(str(error.strerror))
        else:
            self._outage.ends()

    def _make(self) -> None:
        path = self._next_path()
        draft = path.with_name(path.name + ".new")
        try:
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            try:
                self._disk.allocate(fd, 0, self.piece_bytes)
            finally:
                os.close(fd)
            draft.rename(path)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        with self._lock:
            self._pieces.append(path)

    def _next_path(self) -> Path:
        with self._lock:
            self._number += 1
            return self._directory / f"{self._number:08d}{_SUFFIX}"

    def _adopt(self, path: Path) -> None:
        """Take a file of an earlier run as a piece; old frames in it would be read as new ones."""
        number = path.name.removesuffix(_SUFFIX)
        self._number = max(self._number, int(number) if number.isdecimal() else 0)
        if self.whole or path.stat().st_size != self.piece_bytes:
            path.unlink()
            return
        self._blank(path)
        with self._lock:
            self._pieces.append(path)

    def _blank(self, path: Path) -> None:
        """Overwrite what is not zero, in place: the blocks stay ours."""
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            for at in range(0, self.piece_bytes, len(_ZEROS)):
                zeros = _ZEROS[: self.piece_bytes - at]
                if os.pread(fd, len(zeros), at) != zeros:
                    write_all(self._disk, fd, zeros, at)
        finally:
            os.close(fd)
