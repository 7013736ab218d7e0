"""``/trends``: what a chart draws, thinned to its pixels on the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from console.api.answers import Trend
from console.api.times import Instant, to_ns
from console.context import Here
from console.drawing.columns import MOST_RAW, Columns, of_buckets, of_series
from console.session import Viewer
from historian.queries import BucketQuery, RangeQuery

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from historian.store import Store
    from telemetry.points import Point, PointTable

router = APIRouter(tags=["trends"])
_MILLISECOND = 1_000_000
_PAUSES = 3
"""A line is broken when so many expected intervals pass without a sample."""


@router.get("/trends")
async def trend(
    here: Here,
    _: Viewer,
    point: str,
    start: Annotated[Instant, Query(alias="from")],
    end: Annotated[Instant, Query(alias="to")],
    columns: Annotated[int, Query(ge=10, le=5000)] = 1000,
) -> Trend:
    """Every sample while there are at most 10,000, else one row a column of pixels."""
    table = here.ports.plan.points
    index, begin, until = table.index(point), to_ns(start), to_ns(end)
    drawn = await thinned(here.ports.store, table, index, (begin, until), columns)
    return _answer(table[index], drawn, begin, until, here)


async def thinned(
    store: Store, table: PointTable, index: int, interval: tuple[int, int], columns: int
) -> Columns:
    """One point's past, ready to be drawn.

    Args:
        store: where the past is kept.
        table: the point table.
        index: which point.
        interval: begin and end, ns.
        columns: pixels that the chart has.

    Raises:
        QueryError: the interval ends before it begins.
    """
    begin, until = interval
    pause = _PAUSES * int(table.expected_ns[index])
    series = await store.query(RangeQuery(index, begin, until, MOST_RAW + 1))
    if len(series) <= MOST_RAW and not series.truncated:
        return of_series(series, pause)
    step = max(1, -(-(until - begin) // columns))
    return of_buckets(await store.query(BucketQuery(index, begin, until, step)), step, pause)


def _answer(point: Point, drawn: Columns, begin: int, until: int, here: Here) -> Trend:
    return Trend(
        point=point.name,
        unit=point.unit,
        decimals=point.decimals,
        title=here.ports.plan.title_of(point, here.settings.language),
        kind="columns" if drawn.step_ns else "raw",
        step_ms=drawn.step_ns / _MILLISECOND,
        start=begin / _MILLISECOND,
        end=until / _MILLISECOND,
        time=(drawn.time / _MILLISECOND).tolist(),
        first=_known(drawn.first),
        min=_known(drawn.minimum),
        max=_known(drawn.maximum),
        last=_known(drawn.last),
        worst=drawn.worst.tolist(),
    )


def _known(values: NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
