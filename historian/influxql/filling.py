"""fill(): what stands in the windows in which there is nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from historian.influxql.rows import carried

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.influxql.functions import Result
    from historian.influxql.syntax import Fill


def filled(result: Result, fill: Fill, *, counts: bool) -> Result:
    """The result with its empty windows filled.

    A function that gives nothing at all in the whole interval makes no rows: where others do,
    only a number stands in for it.

    Args:
        result: in the order of the answer's rows: the previous window is the one shown before.
        fill: how.
        counts: it is a count, whose nothing is 0 and not null.
    """
    if fill.how == "none":
        return result
    if not result.present.any():
        nothing = fill.number if fill.how == "number" else np.nan
        return replace(result, value=np.full_like(result.value, nothing))
    value = result.value.copy()
    empty = ~result.present
    match fill.how:
        case "null":
            value[empty] = 0.0 if counts else np.nan
        case "number":
            value[empty] = int(fill.number) if result.integer else fill.number
        case "previous":
            value[empty] = carried(result.value, result.present)[empty]
        case "linear":
            value[empty] = _linear(result)[empty]
    return replace(result, present=np.ones_like(result.present), value=value)


def _linear(result: Result) -> NDArray[np.float64]:
    row = np.arange(result.present.shape[0])
    known = np.flatnonzero(result.present)
    after = np.searchsorted(known, row, "right")
    inside = (after > 0) & (after < known.shape[0])
    left = known[np.maximum(after - 1, 0)]
    right = known[np.minimum(after, known.shape[0] - 1)]
    rise = result.value[right] - result.value[left]
    slope = rise / np.maximum(right - left, 1)
    value = np.where(inside, slope * (row - left) + result.value[left], np.nan)
    # InfluxDB cuts the decimals of a whole number off instead of rounding it.
    return np.trunc(value) if result.integer else value
