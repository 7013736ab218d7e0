"""Segments as Parquet files, written by DuckDB from arrays."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from historian.embedded.columns import columns_of_minutes, columns_of_rows
from historian.embedded.files import SegmentFiles, crc_of, duckdb_config
from historian.errors import StoreError, StoreFullError
from historian.journal.disk import is_full, sync_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from historian.embedded.columns import Columns
    from historian.minutes import Minutes
    from historian.rows import Rows

# Version 2 has deltas for times. Small row groups: one point's day is one or two of them.
_COPY = (
    "COPY (SELECT * FROM arrays) TO $file "
    "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 61440)"
)


def _rename(path: Path, target: Path) -> None:
    path.rename(target)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class FileCalls:
    """The calls by which segments reach the platter and leave it, so that tests can make them fail.

    Attributes:
        sync: forces an open file.
        sync_names: forces the names in a folder.
        rename: gives a file another name.
        remove: takes a file away if it is there.
    """

    sync: Callable[[int], None] = os.fsync
    sync_names: Callable[[Path], None] = sync_directory
    rename: Callable[[Path, Path], None] = _rename
    remove: Callable[[Path], None] = _remove


class Parquet(SegmentFiles):
    """Writes segments, too. Any thread may call it.

    Args:
        directory: the folder of the files.
        memory_mib: DuckDB's own bound.
        calls: how files get to the disk and away from it.
    """

    def __init__(
        self, directory: Path, memory_mib: int = 256, calls: FileCalls | None = None
    ) -> None:
        super().__init__(directory, duckdb_config(memory_mib, str(directory / "spill")))
        self._calls = calls or FileCalls()

    def write_samples(self, file: str, rows: Rows) -> int:
        """Write samples as they stand to ``file``; whole and on the platter, or not at all.

        Returns:
            CRC-32 of the file.

        Raises:
            StoreError: with nothing left behind.
        """
        return self._write(file, columns_of_rows(rows))

    def write_minutes(self, file: str, minutes: Minutes) -> int:
        """Write minutes, like :meth:`write_samples`."""
        return self._write(file, columns_of_minutes(minutes))

    def _write(self, file: str, columns: Columns) -> int:
        path = self._directory / file
        draft = path.with_name(f"{file}.draft")
        try:
            self._copy(draft, columns)
            with draft.open("rb") as written:
                crc = crc_of(written.fileno())
                self._calls.sync(written.fileno())
            self._calls.rename(draft, path)
            self._calls.sync_names(self._directory)
        except (OSError, duckdb.Error) as error:
            for left in (draft, path):
                with suppress(OSError):
                    self._calls.remove(left)
            raise _explained(f"{path} cannot be written", error) from error
        return crc

    def _copy(self, draft: Path, columns: Columns) -> None:
        with self._duckdb.cursor() as cursor:
            cursor.register("arrays", columns)
            cursor.execute(_COPY, {"file": str(draft)})
            cursor.unregister("arrays")

    def size(self, file: str) -> int:
        """Bytes of a file; 0 when it is not there."""
        try:
            return (self._directory / file).stat().st_size
        except OSError:
            return 0

    def remove(self, file: str) -> bool:
        """Take a file away; False when the disk does not let us: the next start tries again."""
        try:
            self._calls.remove(self._directory / file)
        except OSError:
            return False
        return True


def _explained(what: str, error: Exception) -> StoreError:
    if "No space left" in str(error) or (isinstance(error, OSError) and is_full(error)):
        return StoreFullError(f"{what}: no space is left; make room, nothing is lost meanwhile")
    return StoreError(f"{what}: {error}")
