"""Functions over windows: one row a window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from historian.influxql.filling import filled
from historian.influxql.functions import Result, field_of, of_pieces, of_samples, over_samples
from historian.influxql.rows import evaluate, page_of, table_of, written
from historian.influxql.syntax import Fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from historian.influxql.pieces import Field, Pieces, Samples
    from historian.influxql.planning import Group, Plan
    from historian.influxql.reading import Reading, Span
    from historian.influxql.rows import Cell, Table, Values
    from historian.influxql.syntax import Call
    from historian.influxql.windows import Windows

_NONE = Fill("none")


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What the functions of one group work on.

    Attributes:
        samples: single samples, or None where no function needs them.
        pieces: summaries of each field; empty where no function wants them.
    """

    samples: Samples | None
    pieces: Mapping[Field, Pieces]


async def gather(
    plan: Plan, group: Group, span: Span, windows: Windows, reading: Reading
) -> Gathered:
    """Ask the store for what the functions of a group need.

    Raises:
        StatementError: more samples than one statement may read.
    """
    known = [call for call in plan.heading.calls if field_of(call)]
    single = [over_samples(call, len(group.points)) for call in known]
    samples = await reading.all(group.points, span) if any(single) else None
    pieces: Mapping[Field, Pieces] = {}
    if not all(single):
        pieces = await reading.pieces(group.points, span, windows)
    return Gathered(samples, pieces)


def aggregated(
    plan: Plan, group: Group, gathered: Gathered, windows: Windows, write: Callable[[int], Cell]
) -> Table | None:
    """The rows of one group, or None where there are none."""
    results = {
        call: _result(call, gathered, windows, plan, len(group.points))
        for call in plan.heading.calls
    }
    values: Values = {call: result.value for call, result in results.items()}
    present = np.logical_or.reduce([result.present for result in results.values()])
    rows = np.flatnonzero(present)
    rows = rows[page_of(rows.shape[0], plan.select.page)]
    if not rows.shape[0]:
        return None
    times = windows.starts[:: -1 if plan.select.descending else 1][rows]
    return table_of(
        (group.measurement, group.tags),
        plan.heading,
        [write(time) for time in times.tolist()],
        [written(evaluate(one, values)[rows]) for one in plan.heading.expressions],
    )


def _result(call: Call, gathered: Gathered, windows: Windows, plan: Plan, points: int) -> Result:
    field = field_of(call)
    if field is None:
        nothing = np.zeros(len(windows), dtype=np.bool_)
        return Result(nothing, np.full(len(windows), np.nan), integer=False)
    if gathered.samples is not None and over_samples(call, points):
        result = of_samples(call, field, gathered.samples, windows)
    else:
        result = of_pieces(call, gathered.pieces[field], windows)
    if plan.select.descending:
        result = replace(result, present=result.present[::-1], value=result.value[::-1])
    fill = plan.select.fill if plan.every else _NONE
    return filled(result, fill, counts=call.name == "count")
