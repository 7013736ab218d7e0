"""A disk that forgets, at a power failure, some of what was never forced to it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from historian.journal.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

SECTOR = 512


@dataclass
class File:
    """One file, by what is on the platter and what is only on its way there."""

    platter: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes]] = field(default_factory=list)

    def sync(self) -> None:
        for position, data in self.pending:
            _put(self.platter, position, data)
        self.pending.clear()

    def after_power_loss(self, chance: Random) -> bytes:
        """The platter, with any sectors of what was pending, in any order."""
        left = bytearray(self.platter)
        for position, data in self.pending:
            end = position + len(data)
            for sector in range(position // SECTOR * SECTOR, end, SECTOR):
                begin, stop = max(sector, position), min(sector + SECTOR, end)
                if chance.random() < 0.5:
                    _put(left, begin, data[begin - position : stop - position])
        # The length of a file may be on the platter before what it holds.
        longest = max([len(left), *(p + len(d) for p, d in self.pending)])
        return bytes(left).ljust(chance.randint(len(left), longest), b"\0")


def _put(into: bytearray, position: int, data: bytes) -> None:
    if len(into) < position + len(data):
        into.extend(bytes(position + len(data) - len(into)))
    into[position : position + len(data)] = data


class ForgetfulDisk:
    """The journal's calls to its disk, remembered.

    Args:
        directory: what stands here is on the platter.
        chance: what is lost.
    """

    def __init__(self, directory: Path, chance: Random) -> None:
        self._chance = chance
        self._names = _names(directory)
        self._files = {
            inode: File(bytearray((directory / name).read_bytes()))
            for name, inode in self._names.items()
        }

    @property
    def calls(self) -> Disk:
        return Disk(self._write, self._sync, self._sync_names, self._allocate)

    def _write(self, fd: int, data: bytes, position: int) -> int:
        self._file(fd).pending.append((position, bytes(data)))
        return os.pwrite(fd, data, position)

    def _sync(self, fd: int) -> None:
        self._file(fd).sync()

    def _allocate(self, fd: int, offset: int, length: int) -> None:
        os.posix_fallocate(fd, offset, length)
        _put(self._file(fd).platter, offset, bytes(length))

    def _sync_names(self, directory: Path) -> None:
        self._names = _names(directory)

    def _file(self, fd: int) -> File:
        status = os.fstat(fd)
        if status.st_size == 0:  # a new file, perhaps with the inode of one that is gone
            self._files[status.st_ino] = File()
        return self._files.setdefault(status.st_ino, File())

    def lose_power(self, directory: Path, left: Path) -> None:
        """Lay out in ``left`` what ``directory`` may look like when the power is back."""
        left.mkdir()
        shutil.copytree(directory / "tables", left / "tables")
        for mark in directory.glob("*.mark"):
            shutil.copy(mark, left)
        now = _names(directory)
        for inode in {*now.values(), *self._names.values()}:
            # A name is created, changed or removed as a whole, or not at all.
            names = self._chance.choice((now, self._names))
            for name in (name for name, one in names.items() if one == inode):
                file = self._files.get(inode, File())
                (left / name).write_bytes(file.after_power_loss(self._chance))


def _names(directory: Path) -> dict[str, int]:
    """The names of segments and pieces of the reserve, with their inodes."""
    wanted = {".journal", ".reserve"}
    if not directory.exists():
        return {}
    return {p.name: p.stat().st_ino for p in directory.iterdir() if p.suffix in wanted}
