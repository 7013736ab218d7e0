"""The folder of the segments: how much is in it, what is removed and what is put aside."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from historian.embedded.parquet import Parquet

_log = structlog.get_logger()


class Folder:
    """Any thread may call it.

    Args:
        directory: the folder.
        parquet: writes into it, and takes files away.
    """

    def __init__(self, directory: Path, parquet: Parquet) -> None:
        self._directory = directory
        self._parquet = parquet
        self._lock = threading.Lock()
        self._bytes = sum(parquet.size(file) for file in self.files())

    @property
    def bytes(self) -> int:
        """In all files together."""
        return self._bytes

    @property
    def there(self) -> bool:
        """Whether the folder itself can be looked into."""
        return self._directory.is_dir()

    def files(self) -> set[str]:
        """The names of all files."""
        return {entry.name for entry in os.scandir(self._directory) if entry.is_file()}

    def tidy(self, listed: Collection[str], *, blank: bool) -> None:
        """Remove what an interrupted writing left; the journal still has it, or a merged file.

        Args:
            listed: files that the catalogue knows.
            blank: it has never seen a writing. Whole files may then also mean that somebody lost
                the catalogue: they are put aside, not deleted.

        Raises:
            OSError: they cannot be put aside.
        """
        for file in self.files().difference(listed):
            if blank and file.endswith(".parquet"):
                aside = self.put_aside(file, "orphans")
                _log.warning("a segment that no catalogue lists was put aside", file=str(aside))
            elif file.endswith((".parquet", ".draft")):
                self.remove(file)

    def added(self, file: str) -> None:
        """A file has been written."""
        self._grow(self._parquet.size(file))

    def remove(self, file: str) -> None:
        """Take away a file that nobody needs; one that cannot be removed costs only its space."""
        size = self._parquet.size(file)
        if self._parquet.remove(file):
            self._grow(-size)
        else:
            _log.warning("a file cannot be removed; the next start tries again", file=file)

    def put_aside(self, file: str, where: str) -> Path:
        """Move a file to a folder beside this one.

        Raises:
            OSError: it stays where it is.
        """
        aside = self._directory.parent / where
        aside.mkdir(exist_ok=True)
        size = self._parquet.size(file)
        moved = (self._directory / file).rename(aside / file)
        self._grow(-size)
        return moved

    def _grow(self, size: int) -> None:
        with self._lock:
            self._bytes += size
