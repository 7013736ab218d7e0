"""Columns as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # pandas ships no types

from historian.reading.words import REASON_BITS, REASON_WORDS, SEVERITY_WORDS
from telemetry.quality import Severity, severities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from numpy.typing import NDArray

    from historian.queries import Buckets
    from historian.rows import Rows


def times(nanoseconds: NDArray[np.int64], zone: tzinfo) -> pd.DatetimeIndex:
    """Times in a zone; NaT where there is 0."""
    found = np.where(nanoseconds == 0, np.iinfo(np.int64).min, nanoseconds)
    return pd.DatetimeIndex(found.view("M8[ns]"), tz="UTC").tz_convert(zone)


def qualities(codes: NDArray[np.uint8]) -> pd.Categorical:
    """The severities of quality bytes as ordered words."""
    return pd.Categorical.from_codes(severities(codes), SEVERITY_WORDS, ordered=True)


def reasons(codes: NDArray[np.uint8]) -> pd.Categorical:
    """The reasons of quality bytes as words."""
    return pd.Categorical.from_codes(codes & (2**REASON_BITS - 1), REASON_WORDS)


def readings_frame(rows: Rows, zone: tzinfo) -> pd.DataFrame:
    """Value, quality and reason by time."""
    index = times(rows.time, zone).rename("time")
    columns = {
        "value": rows.value,
        "quality": qualities(rows.quality),
        "reason": reasons(rows.quality),
    }
    return pd.DataFrame(columns, index=index)


def long_frame(
    rows: Rows, names: Sequence[str], numbers: NDArray[np.int32], zone: tzinfo
) -> pd.DataFrame:
    """As :func:`readings_frame`, with the point's name in front.

    Args:
        rows: of the points.
        names: of each point, ``[k]``.
        numbers: of each point, ``int32[k]``.
        zone: of the times.
    """
    frame = readings_frame(rows, zone)
    order = np.argsort(numbers)
    codes = order[np.searchsorted(numbers, rows.point, sorter=order)]
    frame.insert(0, "point", pd.Categorical.from_codes(codes, names))
    return frame


def wide_frame(
    rows: Rows, names: Sequence[str], numbers: NDArray[np.int32], zone: tzinfo
) -> pd.DataFrame:
    """One column of values a point, in the order of the names; NaN where a reading is BAD."""
    moments = np.unique(rows.time)
    value = np.where(severities(rows.quality) < Severity.BAD, rows.value, np.nan)
    columns: dict[str, NDArray[np.float64]] = {}
    for name, number in zip(names, numbers.tolist(), strict=True):
        columns[name] = np.full(moments.shape[0], np.nan)
        own = rows.point == number
        columns[name][np.searchsorted(moments, rows.time[own])] = value[own]
    return pd.DataFrame(columns, index=times(moments, zone).rename("time"))


def bucket_frame(buckets: Buckets, zone: tzinfo) -> pd.DataFrame:
    """Min, mean, max, last, count and good by the time at which each bucket begins."""
    columns = {
        "min": buckets.minimum,
        "mean": buckets.mean,
        "max": buckets.maximum,
        "last": buckets.last,
        "count": buckets.count,
        "good": buckets.good,
    }
    return pd.DataFrame(columns, index=times(buckets.time, zone).rename("time"))
