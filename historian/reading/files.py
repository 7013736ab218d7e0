"""Live Parquet files, read by many points at once and without writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from historian.errors import StoreError
from historian.minutes import Minutes
from historian.rows import Rows
from historian.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.reading.wanted import Wanted

_WHERE = (
    "FROM read_parquet(?) WHERE point BETWEEN ? AND ? AND time_ns >= ? AND time_ns < ? "
    "AND point IN (SELECT unnest(?))"
)

_AGGREGATES = ("minimum", "maximum", "total", "first", "last")
_MINUTES = f"SELECT point, time_ns, {', '.join(_AGGREGATES)}, count, good, worst, sequence"


@dataclass(frozen=True, slots=True, eq=False)
class Extents:
    """One row for each point that has some, ``[k]`` each, ascending.

    Attributes:
        point: numbers; rows: how many; earliest: time, ns.
    """

    point: NDArray[np.int32]
    rows: NDArray[np.int64]
    earliest: NDArray[np.int64]


class SegmentGoneError(StoreError):
    """A file was replaced while it was read; the catalogue of now lists its successor."""


class SegmentFiles:
    """Reads the segments of one folder; any thread may call it.

    Args:
        folder: holds the files.
        memory_mib: DuckDB's own bound.
    """

    def __init__(self, folder: Path, memory_mib: int = 256) -> None:
        self._folder = folder
        self._duckdb = duckdb.connect(":memory:", config=read_only_config(memory_mib))

    def rows(self, files: Sequence[str], wanted: Wanted) -> Rows:
        """The rows that are wanted, in no particular order.

        Args:
            files: names in the folder.
            wanted: at least one point.

        Raises:
            SegmentGoneError: look at the catalogue again.
            StoreError: a file cannot be read.
        """
        what = "SELECT point, time_ns, value, quality, sequence"
        found = self._fetch(what, "", files, wanted)
        # DuckDB takes NaN for NULL and gives it back under a mask, with 0 beneath.
        value = np.ma.filled(found["value"], np.nan)
        return Rows(found["point"], found["time_ns"], value, found["quality"], found["sequence"])

    def minutes(self, files: Sequence[str], wanted: Wanted) -> Minutes:
        """The minutes that begin within what is wanted, in no particular order.

        Raises:
            StoreError: as :meth:`rows`.
        """
        found = self._fetch(_MINUTES, "", files, wanted)
        value = {name: np.ma.filled(found[name], np.nan) for name in _AGGREGATES}
        sums = Sums(
            **value,
            count=found["count"].astype(np.int64),
            good=found["good"].astype(np.int64),
            worst=found["worst"],
        )
        return Minutes(found["point"], found["time_ns"], sums, found["sequence"])

    def extents(self, files: Sequence[str], wanted: Wanted) -> Extents:
        """How many rows each point has there, and the earliest; of samples or of minutes.

        Raises:
            StoreError: as :meth:`rows`.
        """
        what = "SELECT point, count(*) AS rows, min(time_ns) AS earliest"
        found = self._fetch(what, "GROUP BY point ORDER BY point", files, wanted)
        return Extents(found["point"], found["rows"], found["earliest"])

    def _fetch(
        self, what: str, how: str, files: Sequence[str], wanted: Wanted
    ) -> dict[str, NDArray[Any]]:
        paths = [str(self._folder / file) for file in files]
        points = wanted.points.tolist()
        values = [paths, points[0], points[-1], wanted.start, wanted.end, points]
        try:
            with self._duckdb.cursor() as cursor:
                return cursor.execute(f"{what} {_WHERE} {how}", values).fetchnumpy()
        except duckdb.Error as error:
            missing = [path for path in files if not (self._folder / path).exists()]
            if missing:
                raise SegmentGoneError(f"{self._folder / missing[0]} is not there") from error
            raise StoreError(f"segments in {self._folder} cannot be read: {error}") from error

    def close(self) -> None:
        """Close DuckDB."""
        self._duckdb.close()


def read_only_config(memory_mib: int) -> dict[str, Any]:
    """Settings of a DuckDB that fetches nothing and writes nothing beside what it is told to."""
    return {
        "threads": 1,
        "memory_limit": f"{memory_mib}MiB",
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
