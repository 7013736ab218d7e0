"""One selector: the sample that it picks, with its own time, fields and tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.influxql.filling import filled
from historian.influxql.functions import Result, field_of, is_integer, picked
from historian.influxql.pieces import Samples
from historian.influxql.reading import together
from historian.influxql.rows import column_of, page_of, table_of, tag_column
from historian.influxql.syntax import Fill, Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from historian.influxql.directory import Measurement
    from historian.influxql.planning import Group, Plan
    from historian.influxql.reading import Reading, Span
    from historian.influxql.rows import Cell, Table, Values
    from historian.influxql.windows import Windows

_NOTHING = np.empty(0, dtype=np.intp)


async def gather_picks(plan: Plan, group: Group, span: Span, reading: Reading) -> Samples:
    """The samples among which the selector picks; as few as can be told without looking.

    Raises:
        StatementError: more samples than one statement may read.
    """
    [call] = plan.heading.calls
    field = field_of(call)
    if field is None:
        return Samples.merged([])
    if plan.every is None:
        points = group.points
        match call.name, field:
            case "first", _:
                work = [reading.oldest(p, span, 1, field) for p in points]
                return Samples.merged(await together(work))
            case "last", _:
                work = [reading.newest(p, span, 1, field) for p in points]
                return Samples.merged(await together(work))
            case (("max" | "min"), "value"):
                highest = call.name == "max"
                work = [reading.extreme(p, span, highest=highest) for p in points]
                return Samples.merged(await together(work))
    return await reading.all(group.points, span)


def picks(
    plan: Plan,
    group: Group,
    samples: Samples,
    windows: Windows,
    *,
    measurement: Measurement,
    write: Callable[[int], Cell],
) -> Table | None:
    """The rows of one group, or None where there are none."""
    [call] = plan.heading.calls
    field = field_of(call)
    chosen = picked(call, field, samples, windows) if field else _NOTHING
    if field is None or not chosen.shape[0]:
        return None
    fill = plan.select.fill if plan.every else Fill("none")
    shown = _Shown.of(samples, chosen, windows, plan)
    other = float(fill.number) if fill.how == "number" else np.nan
    result = Result(shown.there, shown.column(samples.column(field), np.nan), is_integer(call))
    values: Values = {
        call: filled(result, fill, counts=False).value,
        Name("value"): shown.column(samples.value, other),
        Name("quality"): shown.column(samples.column("quality"), np.trunc(other)),
    }
    wanted = page_of(shown.times.shape[0], plan.select.page)

    def text(key: str) -> list[Cell]:
        tags = tag_column(key, measurement, samples.point[shown.rows])
        instead = fill.number if fill.how == "number" else None
        return [
            tag if yes else instead for tag, yes in zip(tags, shown.there.tolist(), strict=True)
        ]

    columns = [column_of(one, values, text)[wanted] for one in plan.heading.expressions]
    times = [write(time) for time in shown.times[wanted].tolist()]
    place = (group.measurement, group.tags)
    return table_of(place, plan.heading, times, columns) if times else None


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """The picked sample of each row of the answer.

    Attributes:
        times: ``int64[n]`` of the rows, ns.
        rows: ``intp[n]`` into the samples.
        there: ``bool[n]``, whether there is one; where not, the row counts for nothing.
    """

    times: NDArray[np.int64]
    rows: NDArray[np.intp]
    there: NDArray[np.bool_]

    @classmethod
    def of(cls, samples: Samples, chosen: NDArray[np.intp], windows: Windows, plan: Plan) -> _Shown:
        if plan.every is None:
            return cls(samples.time[chosen], chosen, np.ones(chosen.shape[0], dtype=np.bool_))
        rows = np.full(len(windows), -1)
        rows[windows.of(samples.time[chosen])] = chosen
        step = -1 if plan.select.descending else 1
        times, rows = windows.starts[::step], rows[::step]
        match plan.select.fill.how:
            case "none":
                times, rows = times[rows >= 0], rows[rows >= 0]
            case "previous":
                before = np.maximum.accumulate(np.where(rows >= 0, np.arange(rows.shape[0]), -1))
                rows = np.where(before >= 0, rows[before], -1)
        return cls(times, np.maximum(rows, 0), rows >= 0)

    def column(self, of_samples: NDArray[np.float64], other: float) -> NDArray[np.float64]:
        return np.where(self.there, of_samples[self.rows], other)
