"""Parquet files by way of DuckDB: the only module that knows it."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from historian.embedded.columns import (
    columns_of_minutes,
    columns_of_rows,
    constants,
    minutes_of,
    rows_of,
)
from historian.errors import StoreError, StoreFullError, UnreadableError
from historian.journal.disk import sync_directory
from historian.minutes import Minutes
from historian.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.embedded.columns import Columns


_SAMPLES = "SELECT point, time_ns, value, quality, sequence FROM read_parquet(?) "
_ONE_POINT = "SELECT time_ns, value, quality FROM read_parquet(?) "
_MINUTES = (
    "SELECT time_ns, minimum, maximum, total, first, last, count, good, worst FROM read_parquet(?) "
)
_MINUTES = (
    "SELECT point, time_ns, minimum, maximum, total, first, last, count, good, worst, sequence "
    "FROM read_parquet(?) "
)

_OF_POINT = "WHERE point = ? AND time_ns >= ? AND time_ns < ?"

_SUMMED = (
    "SELECT min(time_ns) AS time_ns, min(minimum) AS minimum, max(maximum) AS maximum, "
    "sum(total) AS total, arg_min(first, time_ns) AS first, arg_max(last, time_ns) AS last, "
    "sum(count)::BIGINT AS count, sum(good)::BIGINT AS good, max(worst) AS worst "
    "FROM read_parquet(?) WHERE point = ? AND time_ns >= ? AND time_ns < ? "
    "GROUP BY (time_ns - ?) // ? ORDER BY time_ns"
)

# Version 2 has deltas for times. Small row groups: one point's day is one or two of them.
_COPY = (
    "COPY (SELECT * FROM arrays) TO $file "
    "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 61440)"
)

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Forcing:
    """The calls that force bytes to the platter, so that tests can make them fail.

    Attributes:
        sync: an open file.
        sync_names: the names in a folder.
    """

    sync: Callable[[int], None] = os.fsync
    sync_names: Callable[[Path], None] = sync_directory


_REAL = Forcing()


class Parquet:
    """Writes and reads segments. Any thread may call it; each call has a cursor of its own.

    Args:
        directory: the folder of the files.
        memory_mib: DuckDB's own bound.
        forcing: how files are forced to disk.
    """

    def __init__(self, directory: Path, memory_mib: int = 256, forcing: Forcing = _REAL) -> None:
        self._directory = directory
        self._forcing = forcing
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

    def write_samples(self, file: str, rows: Rows) -> int:
        """Write samples as they stand to ``file``; whole and on the platter, or not at all.

        Returns:
            CRC-32 of the file.

        Raises:
            StoreError: with the draft removed.
        """
        return self._write(file, columns_of_rows(rows))

    def write_minutes(self, file: str, minutes: Minutes) -> int:
        """Write minutes, like :meth:`write_samples`."""
        return self._write(file, columns_of_minutes(minutes))

    def _write(self, file: str, columns: Columns) -> int:
        draft = self._directory / f"{file}.draft"
        try:
            self._copy(draft, columns)
            with draft.open("rb") as written:
                crc = _crc(written.fileno())
                self._forcing.sync(written.fileno())
            draft.rename(self._directory / file)
            self._forcing.sync_names(self._directory)
        except (OSError, duckdb.Error) as error:
            draft.unlink(missing_ok=True)
            raise _explained(f"{self._directory / file} cannot be written", error) from error
        return crc

    def _copy(self, draft: Path, columns: Columns) -> None:
        with self._duckdb.cursor() as cursor:
            cursor.register("arrays", columns)
            cursor.execute(_COPY, {"file": str(draft)})
            cursor.unregister("arrays")

    def samples_of_point(self, files: Sequence[str], point: int, start: int, end: int) -> Rows:
        """The samples of one point within ``[start, end)`` in any of the files."""
        return self._samples(files, _OF_POINT, (point, start, end))

    def samples_in_one(self, file: str, sequence: int, point: int, start: int, end: int) -> Rows:
        """The same from a single file, whose rows are all taken to have ``sequence``.

        To fetch a column costs more than to read it: without two of them it is a third quicker.
        """
        found = self._fetch(_ONE_POINT + _OF_POINT, [file], (point, start, end))
        found |= constants(found, point, sequence)
        return rows_of(found)

    def samples_of_points(self, files: Sequence[str], points: NDArray[np.int32]) -> Rows:
        """The samples of these points, which are given in ascending order."""
        low, high = int(points[0]), int(points[-1])
        where = "WHERE point BETWEEN ? AND ?"
        if high - low + 1 == points.shape[0]:
            return self._samples(files, where, (low, high))
        where += " AND point IN (SELECT unnest(?))"
        return self._samples(files, where, (low, high, points.tolist()))

    def minutes_of_point(self, files: Sequence[str], point: int, start: int, end: int) -> Minutes:
        """The minutes of one point that begin within ``[start, end)`` in any of the files."""
        return self._minutes(files, _OF_POINT, (point, start, end))

    def summed_minutes(
        self, file: str, point: int, interval: tuple[int, int], grid: tuple[int, int]
    ) -> Minutes:
        """The same from a single file, put together by bucket; each has its first minute's time.

        It says once more in SQL what :func:`historian.sums.sums_of_sums` does, because fetching
        a year of minutes takes four times as long as summing it up where it lies.

        Args:
            file: its name; it has one row for a minute.
            point: stable number.
            interval: minutes that begin within ``[start, end)``, ns.
            grid: where some bucket begins, and the length of all, ns.
        """
        found = self._fetch(_SUMMED, [file], (point, *interval, *grid))
        found |= constants(found, point, 0)
        return minutes_of(found)

    def minutes_of_points(
        self, files: Sequence[str], low: int, high: int, start: int, end: int
    ) -> Minutes:
        """The minutes of points ``low`` to ``high`` (inclusive) within ``[start, end)``."""
        where = "WHERE point BETWEEN ? AND ? AND time_ns >= ? AND time_ns < ?"
        return self._minutes(files, where, (low, high, start, end))

    def _samples(self, files: Sequence[str], where: str, values: tuple[object, ...]) -> Rows:
        if not files:
            return Rows.empty()
        return rows_of(self._fetch(_SAMPLES + where, files, values))

    def _minutes(self, files: Sequence[str], where: str, values: tuple[object, ...]) -> Minutes:
        if not files:
            return Minutes.empty()
        return minutes_of(self._fetch(_MINUTES + where, files, values))

    def counts(self, files: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The points in the files, ascending, and how many rows each has."""
        statement = (
            "SELECT point, count(*) AS rows FROM read_parquet(?) GROUP BY point ORDER BY point"
        )
        found = self._fetch(statement, files, ())
        return found["point"], found["rows"]

    def _fetch(self, statement: str, files: Sequence[str], values: tuple[object, ...]) -> Columns:
        paths = [str(self._directory / file) for file in files]
        try:
            with self._duckdb.cursor() as cursor:
                return cursor.execute(statement, [paths, *values]).fetchnumpy()
        except duckdb.Error as error:
            what = f"segments in {self._directory} cannot be read: {error}"
            raise UnreadableError(what, files) from error

    def sound(self, file: str, crc: int | None) -> bool:
        """Whether a file is as it was written, as far as can be told.

        Args:
            file: its name.
            crc: what it should have; without one it is read from end to end.

        Raises:
            UnreadableError: the disk does not let it be read, which says nothing about it.
        """
        try:
            with (self._directory / file).open("rb") as written:
                if crc is not None:
                    return _crc(written.fileno()) == crc
        except OSError as error:
            raise UnreadableError(
                f"{self._directory / file} cannot be read: {error}", [file]
            ) from error
        return self._reads(file)

    def see_sound(self, file: str, crc: int | None) -> None:
        """See that a file is as it was written.

        Raises:
            UnreadableError: it is not, or cannot be read.
        """
        if not self.sound(file, crc):
            raise UnreadableError(f"{self._directory / file} is damaged", [file])

    def _reads(self, file: str) -> bool:
        path = str(self._directory / file)
        try:
            with self._duckdb.cursor() as cursor:
                cursor.execute("SELECT * FROM read_parquet(?)", [path])
                while cursor.fetchmany(10_000):
                    pass
        except duckdb.Error:
            return False
        return True

    def close(self) -> None:
        """Close DuckDB."""
        self._duckdb.close()


def _crc(fd: int) -> int:
    crc = 0
    while chunk := os.read(fd, _CHUNK):
        crc = zlib.crc32(chunk, crc)
    return crc


def _explained(what: str, error: Exception) -> StoreError:
    if "No space left" in str(error):
        return StoreFullError(f"{what}: no space is left; make room, nothing is lost meanwhile")
    return StoreError(f"{what}: {error}")
