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


@dataclass(frozen=True, slots=True)
class Disk:
    """Writing at a position, and forcing a file to the platter."""

    write: Callable[[int, bytes, int], int] = os.pwrite
    sync: Callable[[int], None] = os.fdatasync


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


def loss_reason(error: OSError) -> str:
    """The account's word for a failed write: ``disk_full`` or ``disk_error``."""
    return "disk_full" if error.errno in _FULL else "disk_error"


def sync_directory(directory: Path) -> None:
    """Make names that were created or renamed in ``directory`` survive power loss."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_file(path: Path, text: str) -> None:
    """Replace a small text file so that a reader sees the old or the new one, never half."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
