"""Parquet files by way of DuckDB: the only module that knows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from historian.errors import StoreError, StoreFullError
from historian.journal.disk import sync_directory
from historian.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_SELECT = "SELECT point, time_ns, value, quality, sequence FROM read_parquet(?)"


class Parquet:
    """Writes and reads segments. Any thread may call it; each call has a cursor of its own.

    Args:
        directory: the folder of the files.
        memory_mib: DuckDB's own bound.
    """

    def __init__(self, directory: Path, memory_mib: int = 256) -> None:
        self._directory = directory
        self._duckdb = duckdb.connect(
            ":memory:",
            config={
                "threads": 1,
                "memory_limit": f"{memory_mib}MiB",
                "temp_directory": str(directory / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._duckdb.execute("SET parquet_metadata_cache = true")

    def write(self, file: str, rows: Rows) -> None:
        """Write rows as they stand to ``file``; whole and on the platter, or not at all.

        Raises:
            StoreError: with the draft removed.
        """
        draft = self._directory / f"{file}.draft"
        try:
            self._copy(draft, rows)
            with draft.open("rb") as written:
                os.fsync(written.fileno())
            draft.rename(self._directory / file)
            sync_directory(self._directory)
        except (OSError, duckdb.Error) as error:
            draft.unlink(missing_ok=True)
            raise _explained(f"{self._directory / file} cannot be written", error) from error

    def _copy(self, draft: Path, rows: Rows) -> None:
        with self._duckdb.cursor() as cursor:
            cursor.register(
                "arrays",
                {
                    "point": rows.point,
                    "time_ns": rows.time,
                    "value": rows.value,
                    "quality": rows.quality,
                    "sequence": rows.sequence,
                },
            )
            cursor.execute(
                "COPY (SELECT * FROM arrays) TO $file (FORMAT parquet, COMPRESSION zstd)",
                {"file": str(draft)},
            )
            cursor.unregister("arrays")

    def of_point(self, files: Sequence[str], point: int, start: int, end: int) -> Rows:
        """The rows of one point within ``[start, end)`` in any of the files."""
        where = "WHERE point = ? AND time_ns >= ? AND time_ns < ?"
        return self._rows(files, where, (point, start, end))

    def of_points(self, files: Sequence[str], low: int, high: int, start: int) -> Rows:
        """The rows of points ``low`` to ``high`` (inclusive) from ``start`` on."""
        where = "WHERE point BETWEEN ? AND ? AND time_ns >= ?"
        return self._rows(files, where, (low, high, start))

    def _rows(self, files: Sequence[str], where: str, values: tuple[int, ...]) -> Rows:
        found = self._fetch(f"{_SELECT} {where}", files, values)
        # DuckDB takes NaN for NULL and gives it back under a mask, with 0 beneath.
        value = np.ma.filled(found["value"], np.nan)
        return Rows(found["point"], found["time_ns"], value, found["quality"], found["sequence"])

    def counts(self, files: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The points in the files, ascending, and how many rows each has."""
        statement = (
            "SELECT point, count(*) AS rows FROM read_parquet(?) GROUP BY point ORDER BY point"
        )
        found = self._fetch(statement, files, ())
        return found["point"], found["rows"]

    def _fetch(
        self, statement: str, files: Sequence[str], values: tuple[int, ...]
    ) -> dict[str, NDArray[Any]]:
        paths = [str(self._directory / file) for file in files]
        try:
            with self._duckdb.cursor() as cursor:
                return cursor.execute(statement, [paths, *values]).fetchnumpy()
        except duckdb.Error as error:
            what = f"segments in {self._directory} cannot be read"
            raise _explained(what, error) from error

    def close(self) -> None:
        """Close DuckDB."""
        self._duckdb.close()


def _explained(what: str, error: Exception) -> StoreError:
    if "No space left" in str(error):
        return StoreFullError(f"{what}: no space is left; make room, nothing is lost meanwhile")
    return StoreError(f"{what}: {error}")
