"""Samples and minutes as the named columns of a Parquet file, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from historian.minutes import Minutes
from historian.rows import Rows
from historian.sums import Sums

Columns = dict[str, NDArray[Any]]
"""Columns of one length by their names."""


def columns_of_rows(rows: Rows) -> Columns:
    """The columns of a file of samples."""
    return {
        "point": rows.point,
        "time_ns": rows.time,
        "value": rows.value,
        "quality": rows.quality,
        "sequence": rows.sequence,
    }


def columns_of_minutes(minutes: Minutes) -> Columns:
    """The columns of a file of minutes; where all samples were BAD there are no extremes."""
    sums = minutes.sums
    empty = sums.good == 0
    return {
        "point": minutes.point,
        "time_ns": minutes.time,
        "minimum": np.where(empty, np.nan, sums.minimum),
        "maximum": np.where(empty, np.nan, sums.maximum),
        "total": sums.total,
        "first": sums.first,
        "last": sums.last,
        "count": sums.count.astype(np.int32),
        "good": sums.good.astype(np.int32),
        "worst": sums.worst,
        "sequence": minutes.sequence,
    }


def constants(found: Columns, point: int, sequence: int) -> Columns:
    """The columns that were not fetched."""
    rows = found["time_ns"].shape[0]
    return {
        "point": np.full(rows, point, dtype=np.int32),
        "sequence": np.full(rows, sequence, dtype=np.int64),
    }


def rows_of(found: Columns) -> Rows:
    """The samples that were fetched."""
    # DuckDB takes NaN for NULL and gives it back under a mask, with 0 beneath.
    value = np.ma.filled(found["value"], np.nan)
    return Rows(found["point"], found["time_ns"], value, found["quality"], found["sequence"])


def minutes_of(found: Columns) -> Minutes:
    """The minutes that were fetched."""
    sums = Sums(
        minimum=np.ma.filled(found["minimum"], np.inf),
        maximum=np.ma.filled(found["maximum"], -np.inf),
        total=found["total"],
        first=np.ma.filled(found["first"], np.nan),
        last=np.ma.filled(found["last"], np.nan),
        count=found["count"].astype(np.int64),
        good=found["good"].astype(np.int64),
        worst=found["worst"],
    )
    return Minutes(found["point"], found["time_ns"], sums, found["sequence"])
