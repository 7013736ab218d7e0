"""What a chart needs of a series: one column a pixel, or every sample; pure.

A column keeps first, least, most and last, because an average alone hides the spike that
somebody is looking for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telemetry.quality import Severity, quality, severities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.queries import Buckets, Series

_GAP = quality(Severity.BAD)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Rows of a chart, ascending in time.

    Attributes:
        time: ``int64[n]`` ns; where the column begins.
        first, minimum, maximum, last: ``float64[n]``; NaN is a gap.
        worst: ``uint8[n]``, the worst quality byte.
        step_ns: width of a column; 0 when every row is a sample.
    """

    time: NDArray[np.int64]
    first: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    last: NDArray[np.float64]
    worst: NDArray[np.uint8]
    step_ns: int


def of_series(series: Series, longest_pause_ns: int) -> Columns:
    """Every sample as a row; a pause longer than expected gets a row that breaks the line.

    Args:
        series: samples of one point.
        longest_pause_ns: a longer pause between two samples is a gap.
    """
    bad = severities(series.quality) >= Severity.BAD
    value = np.where(bad, np.nan, series.value)
    after = np.flatnonzero(np.diff(series.time) > longest_pause_ns) + 1
    time = np.insert(series.time, after, series.time[after - 1] + 1)
    value = np.insert(value, after, np.nan)
    worst = np.insert(series.quality, after, np.uint8(_GAP))
    return Columns(time, value, value, value, value, worst, 0)


def of_buckets(buckets: Buckets, step_ns: int, longest_pause_ns: int) -> Columns:
    """Every bucket as a row.

    Args:
        buckets: of one point, without holes.
        step_ns: their width.
        longest_pause_ns: an empty bucket between two full ones is no gap while the pause is
            shorter than this, so that columns narrower than the poll interval draw a line.
    """
    empty = buckets.count == 0
    full = np.flatnonzero(~empty)
    start = np.zeros(len(buckets), dtype=np.bool_)
    if full.size:
        pauses = np.diff(buckets.time[full])
        broken = full[:-1][pauses > longest_pause_ns + step_ns] + 1
        start[broken] = True
    keep = ~empty | start
    return Columns(
        buckets.time[keep],
        buckets.first[keep],
        buckets.minimum[keep],
        buckets.maximum[keep],
        buckets.last[keep],
        buckets.worst[keep],
        step_ns,
    )
