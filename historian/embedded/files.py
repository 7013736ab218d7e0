"""Parquet files read by way of DuckDB, by the store itself and by other processes."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from historian.embedded.columns import constants, minutes_of, rows_of
from historian.errors import UnreadableError
from historian.minutes import Minutes
from historian.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from historian.embedded.columns import Columns
    from historian.embedded.listing import SegmentRow

_SAMPLES = "SELECT point, time_ns, value, quality, sequence FROM read_parquet(?) "
_ONE_POINT = "SELECT time_ns, value, quality FROM read_parquet(?) "
_MINUTES = (
    "SELECT point, time_ns, minimum, maximum, total, first, last, count, good, worst, sequence "
    "FROM read_parquet(?) "
)
_EXTENTS = "SELECT point, count(*) AS rows, min(time_ns) AS earliest FROM read_parquet(?) "

_SUMMED = (
    "SELECT min(time_ns) AS time_ns, min(minimum) AS minimum, max(maximum) AS maximum, "
    "sum(total) AS total, arg_min(first, time_ns) AS first, arg_max(last, time_ns) AS last, "
    "sum(count)::BIGINT AS count, sum(good)::BIGINT AS good, max(worst) AS worst "
    "FROM read_parquet(?) WHERE point = ? AND time_ns >= ? AND time_ns < ? "
    "GROUP BY (time_ns - ?) // ? ORDER BY time_ns"
)

_OF_POINT = "WHERE point = ? AND time_ns >= ? AND time_ns < ?"

_CHUNK = 1 << 20


def duckdb_config(memory_mib: int, spill: str = "") -> dict[str, Any]:
    """Settings of a DuckDB that fetches nothing from anywhere.

    Args:
        memory_mib: its own bound.
        spill: folder for what does not fit; without one it writes nothing it is not told to.
    """
    return {
        "threads": 1,
        "memory_limit": f"{memory_mib}MiB",
        "temp_directory": spill,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Extents:
    """One row for each point that has some, ``[k]`` each, ascending.

    Attributes:
        point: numbers; rows: how many; earliest: time, ns.
    """

    point: NDArray[np.int32]
    rows: NDArray[np.int64]
    earliest: NDArray[np.int64]


class SegmentFiles:
    """Reads segments of one folder. Any thread may call it; each call has a cursor of its own.

    All that read raise :class:`historian.errors.UnreadableError` with the files in question.

    Args:
        directory: the folder of the files.
        config: from :func:`duckdb_config`.
    """

    def __init__(self, directory: Path, config: dict[str, Any]) -> None:
        self._directory = directory
        self._duckdb = duckdb.connect(":memory:", config=config)
        self._duckdb.execute("SET parquet_metadata_cache = true")

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

    def samples_of_points(
        self,
        files: Sequence[str],
        points: NDArray[np.int32],
        interval: tuple[int, int] | None = None,
    ) -> Rows:
        """The samples of these points, which are given in ascending order.

        Args:
            files: names in the folder.
            points: ``int32[k]``, k > 0.
            interval: ``[start, end)``, ns; None for all times.
        """
        return self._samples(files, *_of_points(points, interval))

    def minutes_of_point(self, files: Sequence[str], point: int, start: int, end: int) -> Minutes:
        """The minutes of one point that begin within ``[start, end)`` in any of the files."""
        return self._minutes(files, _OF_POINT, (point, start, end))

    def summed_minutes(
        self, files: Sequence[str], point: int, interval: tuple[int, int], grid: tuple[int, int]
    ) -> Minutes:
        """The same put together by bucket; each has its first minute's time.

        It says once more in SQL what :func:`historian.sums.sums_of_sums` does, because fetching
        a year of minutes takes four times as long as summing it up where it lies.

        Args:
            files: together they have one row for a minute.
            point: stable number.
            interval: minutes that begin within ``[start, end)``, ns.
            grid: where some bucket begins, and the length of all, ns.
        """
        if not files:
            return Minutes.empty()
        found = self._fetch(_SUMMED, files, (point, *interval, *grid))
        found |= constants(found, point, 0)
        return minutes_of(found)

    def minutes_of_points(
        self, files: Sequence[str], low: int, high: int, start: int, end: int
    ) -> Minutes:
        """The minutes of points ``low`` to ``high`` (inclusive) within ``[start, end)``."""
        where = "WHERE point BETWEEN ? AND ? AND time_ns >= ? AND time_ns < ?"
        return self._minutes(files, where, (low, high, start, end))

    def counts(self, files: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The points in the files, ascending, and how many rows each has."""
        found = self._fetch(f"{_EXTENTS} GROUP BY point ORDER BY point", files, ())
        return found["point"], found["rows"]

    def extents(
        self, files: Sequence[str], points: NDArray[np.int32], interval: tuple[int, int]
    ) -> Extents:
        """How many rows some of these points have there, of samples or of minutes."""
        where, values = _of_points(points, interval)
        found = self._fetch(f"{_EXTENTS} {where} GROUP BY point ORDER BY point", files, values)
        return Extents(found["point"], found["rows"], found["earliest"])

    def _samples(self, files: Sequence[str], where: str, values: tuple[object, ...]) -> Rows:
        if not files:
            return Rows.empty()
        return rows_of(self._fetch(_SAMPLES + where, files, values))

    def _minutes(self, files: Sequence[str], where: str, values: tuple[object, ...]) -> Minutes:
        if not files:
            return Minutes.empty()
        return minutes_of(self._fetch(_MINUTES + where, files, values))

    def _fetch(self, statement: str, files: Sequence[str], values: tuple[object, ...]) -> Columns:
        paths = [str(self._directory / file) for file in files]
        try:
            with self._duckdb.cursor() as cursor:
                return cursor.execute(statement, [paths, *values]).fetchnumpy()
        except duckdb.Error as error:
            what = f"segments in {self._directory} cannot be read: {error}"
            raise UnreadableError(what, files) from error

    def there(self, file: str) -> bool:
        """Whether a file is in the folder at all."""
        return (self._directory / file).exists()

    def sound(self, file: str, crc: int | None) -> bool:
        """Whether a file is as it was written, as far as can be told.

        Args:
            file: its name.
            crc: what it should have; without one it is read from end to end.

        Raises:
            UnreadableError: it cannot be looked at now, which says nothing about it.
        """
        try:
            with (self._directory / file).open("rb") as written:
                if crc is not None:
                    return crc_of(written.fileno()) == crc
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

    def unsound(self, rows: Iterable[SegmentRow]) -> list[SegmentRow]:
        """Those of the segments that are damaged or gone.

        Raises:
            UnreadableError: the disk says nothing about one of them.
        """
        lost: list[SegmentRow] = []
        for row in rows:
            try:
                if not self.sound(row.file, row.crc):
                    lost.append(row)
            except UnreadableError:
                if self.there(row.file):
                    raise
                lost.append(row)
        return lost

    def _reads(self, file: str) -> bool:
        path = str(self._directory / file)
        try:
            with self._duckdb.cursor() as cursor:
                cursor.execute("SELECT * FROM read_parquet(?)", [path])
                while cursor.fetchmany(10_000):
                    pass
        except (duckdb.ConnectionException, duckdb.OutOfMemoryException) as error:
            # It is we who cannot read, whatever the file is like.
            raise UnreadableError(f"{path} cannot be read now: {error}", [file]) from error
        except duckdb.Error:
            return False
        return True

    def close(self) -> None:
        """Close DuckDB."""
        self._duckdb.close()


def crc_of(fd: int) -> int:
    """CRC-32 of the rest of an open file."""
    crc = 0
    while chunk := os.read(fd, _CHUNK):
        crc = zlib.crc32(chunk, crc)
    return crc


def _of_points(
    points: NDArray[np.int32], interval: tuple[int, int] | None
) -> tuple[str, tuple[object, ...]]:
    """What is asked of ascending points, and the values for it."""
    low, high = int(points[0]), int(points[-1])
    where = "WHERE point BETWEEN ? AND ?"
    values: tuple[object, ...] = (low, high)
    if interval is not None:
        where, values = f"{where} AND time_ns >= ? AND time_ns < ?", (*values, *interval)
    if high - low + 1 == points.shape[0]:
        return where, values
    return f"{where} AND point IN (SELECT unnest(?))", (*values, points.tolist())
