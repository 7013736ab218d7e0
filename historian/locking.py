"""One process for one folder."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from historian.errors import DirectoryLockedError

if TYPE_CHECKING:
    from pathlib import Path


class DirectoryLock:
    """Holds a folder for this process until closed; the kernel lets go when the process dies.

    Args:
        directory: the folder, which must exist.

    Raises:
        DirectoryLockedError: another instance holds it, and the message names its process; or
            it is not ours to write in.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / "lock"
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise DirectoryLockedError(
                f"{path} cannot be opened: {error.strerror}; "
                "the folder must belong to the user that runs the service"
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._fd)
            raise DirectoryLockedError(
                f"{directory} is in use by process {holder}: stop that instance first, "
                "or give this one a data folder of its own"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode("ascii"), 0)

    def close(self) -> None:
        """Let the folder go."""
        os.close(self._fd)
