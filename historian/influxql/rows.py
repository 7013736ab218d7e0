"""The rows of an answer, and how values are written in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from historian.influxql.syntax import Binary, Call, Name, Number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from historian.influxql.columns import Heading
    from historian.influxql.directory import Measurement
    from historian.influxql.syntax import Expression, Page

_EXACT = 2.0**53
Cell = float | int | str | None
Values = dict["Call | Name", "NDArray[np.float64]"]
"""What calls and fields give, ``float64[n]`` in the order of the rows, with NaN for null."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One series of an answer.

    Attributes:
        name: the measurement, or what a SHOW lists; the empty string is left out.
        columns: their names.
        rows: each as long as ``columns``.
        tags: of the series, or None.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    tags: Mapping[str, str] | None = None

    def document(self) -> dict[str, Any]:
        """As InfluxDB writes it."""
        document: dict[str, Any] = {"name": self.name} if self.name else {}
        if self.tags:
            document["tags"] = self.tags
        return document | {"columns": self.columns, "values": self.rows}


def table_of(
    group: tuple[str, Mapping[str, str]],
    heading: Heading,
    times: Sequence[Cell],
    columns: Sequence[Sequence[Cell]],
) -> Table:
    """A table whose first column is the time."""
    name, tags = group
    rows = [list(row) for row in zip(times, *columns, strict=True)]
    return Table(name, [heading.time, *heading.names], rows, tags)


def tag_column(key: str, measurement: Measurement, point: NDArray[np.int32]) -> list[Cell]:
    """The value of a tag in each row; null where the series lacks it.

    Args:
        key: of the tag.
        measurement: of the series.
        point: ``int32[n]``, whose row it is.
    """
    tag = {p: measurement.series[p].tag(key) or None for p in np.unique(point).tolist()}
    return [tag[p] for p in point.tolist()]


def page_of(rows: int, page: Page) -> slice:
    """Which of so many rows are wanted."""
    return slice(page.offset, page.offset + page.limit if page.limit else rows)


def column_of(
    expression: Expression, values: Values, text: Callable[[str], list[Cell]]
) -> list[Cell]:
    """A column in which tags may stand.

    Args:
        expression: what is in it.
        values: by call and field.
        text: the column of a tag.
    """
    if isinstance(expression, Name) and expression not in values:
        return text(expression.text)
    return written(evaluate(expression, values))


def written(values: NDArray[np.float64]) -> list[Cell]:
    """A column of an answer: whole numbers without decimals and NaN as null, as InfluxDB does."""
    return [_cell(value) for value in values.tolist()]


def _cell(value: float) -> Cell:
    if value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value if math.isfinite(value) else None


def evaluate(expression: Expression, values: Values) -> NDArray[np.float64]:
    """What an expression gives in each row; null with anything is null.

    Args:
        expression: of calls, fields, numbers and operators.
        values: by call and field.
    """
    match expression:
        case Number(value):
            return np.full(_length(values), float(value))
        case Call() | Name():
            found = values.get(expression)
            return np.full(_length(values), np.nan) if found is None else found
        case Binary(operator, left, right):
            return _computed(operator, evaluate(left, values), evaluate(right, values))
        case _:
            raise AssertionError("columns are checked when a query is planned")


def _length(values: Values) -> int:
    return next((array.shape[0] for array in values.values()), 0)


def carried(value: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The latest known value in each row; NaN before the first."""
    before = np.maximum.accumulate(np.where(known, np.arange(known.shape[0]), -1))
    result: NDArray[np.float64] = np.where(before >= 0, value[before], np.nan)
    return result


def _computed(
    operator: str, left: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                result = left / right
            case _:
                result = np.fmod(left, right)
    # InfluxDB divides by zero without complaint and gives zero.
    return np.where((right == 0) & ~np.isnan(left), 0.0, result)
