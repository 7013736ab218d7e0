"""The functions: mean, min, max, count, first, last, sum, spread, median, percentile, stddev."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.influxql.errors import ParseError, StatementError
from historian.influxql.pieces import Pieces
from historian.influxql.syntax import Call, Name, Number, Pattern, Wildcard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.influxql.pieces import Field, Samples
    from historian.influxql.windows import Windows

SELECTORS = frozenset({"first", "last", "max", "min", "percentile"})
"""Functions that pick one of the samples, which has a time and tags of its own."""

_OVER_SAMPLES = frozenset({"median", "percentile", "stddev"})
_OVER_PIECES = frozenset({"count", "first", "last", "max", "mean", "min", "spread", "sum"})
_FLOAT = frozenset({"mean", "median", "stddev"})
_QUALITY_IN_BUCKETS = frozenset({"count", "max"})
_ELSEWHERE = frozenset(
    (
        *(
            "abs",
            "acos",
            "asin",
            "atan",
            "atan2",
            "bottom",
            "ceil",
            "cos",
            "derivative",
            "difference",
            "distinct",
            "elapsed",
            "exp",
            "floor",
            "histogram",
            "integral",
            "ln",
            "log",
            "log10",
            "log2",
            "mode",
            "pow",
            "round",
            "sample",
            "sin",
            "sqrt",
            "tan",
            "top",
        ),
        *(
            "cumulative_sum",
            "holt_winters",
            "moving_average",
            "non_negative_derivative",
            "non_negative_difference",
        ),
    )
)
"""InfluxDB knows them."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a function gives for each window.

    Attributes:
        present: ``bool[n]``, whether it gives anything; where not, ``fill()`` decides.
        value: ``float64[n]``, NaN where it gives null.
        integer: the values are whole numbers by type, which ``fill()`` keeps.
    """

    present: NDArray[np.bool_]
    value: NDArray[np.float64]
    integer: bool


def check_call(call: Call) -> None:
    """See that a call is one that can be answered.

    Raises:
        ParseError: InfluxDB knows the function, but it is not supported.
        StatementError: it does not know it either, or not with these arguments.
    """
    if call.name in _ELSEWHERE:
        known = ", ".join(sorted(_OVER_SAMPLES | _OVER_PIECES))
        raise ParseError(f"{call.name}() is not supported, only {known} are")
    if call.name not in _OVER_SAMPLES | _OVER_PIECES:
        raise StatementError(f"undefined function {call.name}()")
    wanted = 2 if call.name == "percentile" else 1
    if len(call.arguments) != wanted:
        raise StatementError(
            f"invalid number of arguments for {call.name}, expected {wanted}, "
            f"got {len(call.arguments)}"
        )
    if not isinstance(call.arguments[0], Name | Wildcard | Pattern):
        raise StatementError(f"expected field argument in {call.name}()")
    if wanted == 2 and not isinstance(call.arguments[1], Number):
        raise StatementError(f"expected float argument in {call.name}()")


def over_samples(call: Call, points: int) -> bool:
    """Whether single samples are needed, because summaries do not say enough.

    Args:
        call: of a field.
        points: how many are taken together; which of their first samples is the first is not
            known from summaries.
    """
    if call.name in _OVER_SAMPLES or (call.name in ("first", "last") and points > 1):
        return True
    return field_of(call) == "quality" and call.name not in _QUALITY_IN_BUCKETS


def field_of(call: Call) -> Field | None:
    """The field of a call, or None where it names another."""
    match call.arguments[0]:
        case Name("value"):
            return "value"
        case Name("quality"):
            return "quality"
        case _:
            return None


def is_integer(call: Call) -> bool:
    """Whether the result is a whole number by type."""
    return call.name == "count" or (field_of(call) == "quality" and call.name not in _FLOAT)


def of_pieces(call: Call, pieces: Pieces, windows: Windows) -> Result:
    """A function of summaries, for each window."""
    runs = _Runs.of(windows.of(pieces.time))
    return _spread_out(call, windows, runs.window, _reduced(call.name, pieces, runs))


def of_samples(call: Call, field: Field, samples: Samples, windows: Windows) -> Result:
    """A function of single samples, for each window."""
    samples = samples.having(field)
    if call.name in _OVER_PIECES:
        return of_pieces(call, Pieces.of_samples(samples, field), windows)
    number, value = windows.of(samples.time), samples.column(field)
    runs = _Runs.of(number)
    if call.name == "stddev":
        return _spread_out(call, windows, runs.window, _deviation(value, runs))
    ordered = value[np.lexsort((value, number))]
    if call.name == "median":
        size = runs.ends - runs.begins
        lower, upper = runs.begins + (size - 1) // 2, runs.begins + size // 2
        return _spread_out(call, windows, runs.window, (ordered[lower] + ordered[upper]) / 2)
    rank, there = _ranks(call, runs)
    return _spread_out(call, windows, runs.window[there], ordered[rank[there]])


def picked(call: Call, field: Field, samples: Samples, windows: Windows) -> NDArray[np.intp]:
    """Which sample a selector picks in each window where there is one: rows of ``samples``."""
    rows = np.flatnonzero(np.isfinite(samples.column(field)))
    value, number = samples.column(field)[rows], windows.of(samples.time[rows])
    runs = _Runs.of(number)
    match call.name:
        case "first":
            order = np.lexsort((-value, samples.time[rows], number))
            return rows[order[runs.begins]]
        case "last":
            order = np.lexsort((value, samples.time[rows], number))
            return rows[order[runs.ends - 1]]
        case "max":
            return rows[np.lexsort((-value, number))[runs.begins]]
        case "min":
            return rows[np.lexsort((value, number))[runs.begins]]
        case _:
            rank, there = _ranks(call, runs)
            return rows[np.lexsort((value, number))[rank[there]]]


def _ranks(call: Call, runs: _Runs) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The nearest rank of a percentile among the ordered values, and where there is one."""
    percentile = call.arguments[1]
    assert isinstance(percentile, Number)  # noqa: S101 - see check_call
    size = runs.ends - runs.begins
    asked = min(max(float(percentile.value), -100.0), 200.0)
    rank = np.floor(size * asked / 100.0 + 0.5).astype(np.intp) - 1
    return runs.begins + rank, (rank >= 0) & (rank < size)


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """The stretches of rows that lie in one window each; only windows with rows have one.

    Attributes:
        begins, ends: ``intp[m]``, half-open, rows.
        window: ``intp[m]``, its number.
    """

    begins: NDArray[np.intp]
    ends: NDArray[np.intp]
    window: NDArray[np.intp]

    @classmethod
    def of(cls, number: NDArray[np.intp]) -> _Runs:
        """Of ascending window numbers, one for each row."""
        begins = np.flatnonzero(np.diff(number, prepend=-1))
        ends = np.append(begins, number.shape[0])[1:]
        return cls(begins, ends, number[begins])


def _reduced(name: str, pieces: Pieces, runs: _Runs) -> NDArray[np.float64]:
    begins = runs.begins
    if not begins.shape[0]:
        return np.empty(0)
    match name:
        case "count":
            result = np.add.reduceat(pieces.count, begins).astype(np.float64)
        case "sum":
            result = _sum(pieces.total, begins)
        case "mean":
            result = _sum(pieces.total, begins) / np.add.reduceat(pieces.count, begins)
        case "min":
            result = _lowest(pieces.low, begins)
        case "max":
            result = _highest(pieces.high, begins)
        case "spread":
            result = _highest(pieces.high, begins) - _lowest(pieces.low, begins)
        case "first":
            result = _at_one_time(pieces.first, pieces.time, runs, begins)
        case _:
            result = _at_one_time(pieces.last, pieces.time, runs, runs.ends - 1)
    return result


def _sum(value: NDArray[np.float64], begins: NDArray[np.intp]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.add.reduceat(value, begins)
    return result


def _lowest(value: NDArray[np.float64], begins: NDArray[np.intp]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.minimum.reduceat(value, begins)
    return result


def _highest(value: NDArray[np.float64], begins: NDArray[np.intp]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.maximum.reduceat(value, begins)
    return result


def _at_one_time(
    value: NDArray[np.float64], time: NDArray[np.int64], runs: _Runs, rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """The largest value of those that stand at the time of ``rows``, as InfluxDB chooses."""
    low = np.maximum(np.searchsorted(time, time[rows], "left"), runs.begins)
    high = np.minimum(np.searchsorted(time, time[rows], "right"), runs.ends)
    if np.all(high - low == 1):
        return value[rows]
    return np.array([value[a:b].max() for a, b in zip(low, high, strict=True)])


def _deviation(value: NDArray[np.float64], runs: _Runs) -> NDArray[np.float64]:
    """Standard deviation of a sample; one value has none."""
    if not runs.begins.shape[0]:
        return np.empty(0)
    size = runs.ends - runs.begins
    mean = np.repeat(_sum(value, runs.begins) / size, size)
    squares = _sum((value - mean) ** 2, runs.begins)
    return np.sqrt(np.where(size > 1, squares / np.maximum(size - 1, 1), np.nan))


def _spread_out(
    call: Call, windows: Windows, filled: NDArray[np.intp], value: NDArray[np.float64]
) -> Result:
    present = np.zeros(len(windows), dtype=np.bool_)
    present[filled] = True
    values = np.full(len(windows), np.nan)
    values[filled] = value
    return Result(present, values, is_integer(call))
