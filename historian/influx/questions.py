"""The store's questions as InfluxQL, and its answers as arrays. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.influx.dialects import literal, source
from historian.influx.errors import InfluxError
from historian.influx.lines import LEAST_BAD
from historian.queries import Buckets, Series
from telemetry.quality import Severity, quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from historian.influx.client import Table
    from historian.naming import SeriesName
    from historian.queries import BucketQuery
    from historian.settings import InfluxSettings

_NO_SAMPLE = quality(Severity.BAD)
_AGGREGATES = ("min", "max", "mean", "first", "last", "count")


@dataclass(frozen=True, slots=True)
class Questions:
    """Writes questions about series of one server.

    A sample that was good and was then corrected to BAD keeps its old ``value`` in InfluxDB,
    because a write never takes a field away; so every question leaves values out whose quality
    is BAD instead of trusting that there are none.
    """

    settings: InfluxSettings

    def samples(self, name: SeriesName, start: int, end: int, limit: int) -> str:
        """The first ``limit`` samples within ``[start, end)``, oldest first."""
        table = source(self.settings, name.measurement)
        where = _of(name, start, end)
        return _select(
            '"value", "quality"', table, f"WHERE {where} ORDER BY time ASC LIMIT {limit}"
        )

    def buckets(self, name: SeriesName, query: BucketQuery, start: int) -> str:
        """Two statements: aggregates of the values that are not BAD, and of all qualities."""
        table = source(self.settings, name.measurement)
        offset = query.first % query.bucket_ns
        where = _of(name, start, query.end)
        group = f"GROUP BY time({query.bucket_ns}ns, {offset}ns) fill(none)"
        values = ", ".join(
            f'{f}("value")' for f in ("min", "max", "mean", "first", "last", "count")
        )
        usable = _select(values, table, f'WHERE {where} AND "quality" < {LEAST_BAD} {group}')
        every = _select('count("quality"), max("quality")', table, f"WHERE {where} {group}")
        return f"{usable}; {every}"

    def newest(self, measurement: str) -> str:
        """The newest sample of every point of a measurement."""
        table = source(self.settings, measurement)
        return _select('last("quality"), "value"', table, 'GROUP BY "point"')

    def counts(self, measurement: str, start: int, end: int) -> str:
        """How many samples of every point of a measurement lie within ``[start, end)``."""
        table = source(self.settings, measurement)
        where = f'WHERE time >= {start} AND time < {end} GROUP BY "point"'
        return _select('count("quality")', table, where)


def _select(columns: str, table: str, rest: str) -> str:
    # Names and texts in it come from dialects.identifier and dialects.literal, which escape.
    return f"SELECT {columns} FROM {table} {rest}"  # noqa: S608 - InfluxQL, see above


def _of(name: SeriesName, start: int, end: int) -> str:
    return f'"point" = {literal(name.point)} AND time >= {start} AND time < {end}'


def series_from(tables: Sequence[Table]) -> Series:
    """The samples of an answer to :meth:`Questions.samples`.

    A point that was moved to another zone has two series there; should both hold one instant,
    one of the two is taken.
    """
    rows = _rows(tables, "time", "value", "quality")
    time = np.array([row[0] for row in rows], dtype=np.int64)
    codes = _codes([row[2] for row in rows])
    value = np.where(codes < LEAST_BAD, _floats([row[1] for row in rows]), np.nan)
    once = np.ones(time.shape[0], dtype=np.bool_)
    once[:-1] = time[1:] != time[:-1]
    return Series(time[once], value[once], codes[once])


def buckets_from(query: BucketQuery, values: Sequence[Table], all_: Sequence[Table]) -> Buckets:
    """The buckets of the two answers to :meth:`Questions.buckets`, the empty ones put in."""
    n = query.buckets
    numbers, columns = _by_bucket(query, values, _AGGREGATES)
    aggregates = np.full((6, n), np.nan)
    aggregates[:, numbers] = columns
    numbers, columns = _by_bucket(query, all_, ("count", "max"))
    count = np.zeros(n, dtype=np.int64)
    count[numbers] = columns[0]
    worst = np.full(n, _NO_SAMPLE, dtype=np.uint8)
    worst[numbers] = columns[1]
    minimum, maximum, mean, first, last, good = aggregates
    return Buckets(
        time=query.first + np.arange(n, dtype=np.int64) * query.bucket_ns,
        minimum=minimum,
        maximum=maximum,
        mean=mean,
        first=first,
        last=last,
        count=count,
        good=np.nan_to_num(good).astype(np.int64),
        worst=worst,
    )


def _by_bucket(
    query: BucketQuery, tables: Sequence[Table], columns: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which buckets the rows are, and their columns, ``float64[columns, k]``."""
    rows = _rows(tables, "time", *columns)
    if not rows:
        return np.empty(0, np.int64), np.empty((len(columns), 0))
    time = np.array([row[0] for row in rows], dtype=np.int64)
    table = np.array([row[1:] for row in rows], dtype=np.float64)
    return (time - query.first) // query.bucket_ns, table.T


def newest_from(table: Table) -> tuple[int, float, int]:
    """Time, value and quality of one table of an answer to :meth:`Questions.newest`."""
    time, code, value = _rows([table], "time", "last", "value")[0]
    good = value is not None and code < LEAST_BAD
    return int(time), float(value) if good else float("nan"), int(_codes([code])[0])


def counts_from(tables: Sequence[Table]) -> dict[str, int]:
    """Samples by point, from an answer to :meth:`Questions.counts`."""
    return {
        table.tags["point"]: int(count)
        for table in tables
        for _, count in _rows([table], "time", "count")
    }


def _rows(tables: Sequence[Table], *columns: str) -> list[list[Any]]:
    """The rows of all tables, which must have the columns that were asked for."""
    for table in tables:
        if table.columns != columns:
            raise InfluxError(
                f"the server answers columns {', '.join(table.columns)} where "
                f"{', '.join(columns)} were asked for: it does not speak InfluxQL; keep the "
                "embedded store for questions and feed this server beside it"
            )
    return [row for table in tables for row in table.rows]


def _floats(column: list[Any]) -> NDArray[np.float64]:
    return np.array([np.nan if cell is None else cell for cell in column], dtype=np.float64)


def _codes(column: list[Any]) -> NDArray[np.uint8]:
    """Quality bytes; a row that somebody else wrote without one is BAD."""
    codes = np.array([_NO_SAMPLE if cell is None else cell for cell in column], dtype=np.int64)
    if ((codes < 0) | (codes > 255)).any():
        raise InfluxError(
            "the server holds a quality outside 0 to 255: somebody else writes to the "
            "measurements of this service; give it a bucket of its own"
        )
    return codes.astype(np.uint8)
