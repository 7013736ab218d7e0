"""The few calls by which the journal touches the disk, so that tests can make them fail."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def sync_directory(directory: Path) -> None:
    """Make names that were created or renamed in ``directory`` survive power loss."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _free_bytes(directory: Path) -> int:
    space = os.statvfs(directory)
    return space.f_bavail * space.f_frsize


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the journal's bytes go.

    Attributes:
        write: of an open file, some bytes, at a position; returns how many it took.
        sync: forces an open file to the platter.
        sync_names: forces the names in a folder to the platter.
        allocate: gives an open file real blocks, from an offset on, so many bytes.
        free_bytes: what the service's user may still take of the disk under a folder.
        remove: takes a file away if it is there.
    """

    write: Callable[[int, bytes, int], int] = os.pwrite
    sync: Callable[[int], None] = os.fdatasync
    sync_names: Callable[[Path], None] = sync_directory
    allocate: Callable[[int, int, int], None] = os.posix_fallocate
    free_bytes: Callable[[Path], int] = _free_bytes
    remove: Callable[[Path], None] = _remove


def write_all(disk: Disk, fd: int, data: bytes, position: int) -> None:
    """Write all of ``data`` at ``position``; a short write is continued until it fails or ends.

    Raises:
        OSError: not all could be written.
    """
    done = disk.write(fd, data, position)
    while done < len(data):
        more = disk.write(fd, data[done:], position + done)
        if more == 0:
            raise OSError(errno.EIO, "the disk takes no more bytes and gives no reason")
        done += more


def is_full(error: OSError) -> bool:
    """Whether the disk, or our share of it, is full."""
    return error.errno in _FULL


def loss_reason(error: OSError) -> str:
    """The account's word for a failed write: ``disk_full`` or ``disk_error``."""
    return "disk_full" if is_full(error) else "disk_error"


def replace_file(path: Path, text: str) -> None:
    """Replace a small text file so that a reader sees the old or the new one, never half.

    After power loss too: the text is on the platter before it gets its name.
    """
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
