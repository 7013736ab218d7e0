"""Single samples, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.influxql.pieces import Samples
from historian.influxql.reading import together
from historian.influxql.rows import column_of, page_of, table_of, tag_column
from historian.influxql.syntax import Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from historian.influxql.directory import Measurement
    from historian.influxql.pieces import Field
    from historian.influxql.planning import Group, Plan
    from historian.influxql.reading import Reading, Span
    from historian.influxql.rows import Cell, Table, Values


def field_wanted(plan: Plan) -> Field | None:
    """The field without which a sample makes no row; None where tags alone are selected."""
    if "quality" in plan.heading.variables:
        return "quality"
    return "value" if "value" in plan.heading.variables else None


async def gather_samples(plan: Plan, group: Group, span: Span, reading: Reading) -> Samples:
    """The samples of a group, no more than its page needs.

    Raises:
        StatementError: more samples than one statement may read.
    """
    field = field_wanted(plan)
    page = plan.select.page
    if field is None:
        return Samples.merged([])
    if not page.limit:
        return (await reading.all(group.points, span)).having(field)
    look = reading.newest if plan.select.descending else reading.oldest
    wanted = page.offset + page.limit
    return Samples.merged(await together(look(p, span, wanted, field) for p in group.points))


def listed(
    plan: Plan,
    group: Group,
    samples: Samples,
    measurement: Measurement,
    write: Callable[[int], Cell],
) -> Table | None:
    """The rows of one group, or None where there are none."""
    if plan.select.descending:
        samples = samples.take(np.arange(len(samples))[::-1])
    samples = samples.take(page_of(len(samples), plan.select.page))
    if not len(samples):
        return None
    values: Values = {
        Name("value"): samples.column("value"),
        Name("quality"): samples.column("quality"),
    }

    def text(key: str) -> list[Cell]:
        return tag_column(key, measurement, samples.point)

    columns = [column_of(one, values, text) for one in plan.heading.expressions]
    times = [write(time) for time in samples.time.tolist()]
    return table_of((group.measurement, group.tags), plan.heading, times, columns)
