"""``/trends`` and ``/gaps``: what a chart draws, thinned on the way, and what is missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from console.api.answers import GapList, GapRow, Trend, TrendGap
from console.api.times import Instant, iso, to_ns
from console.context import Here
from console.drawing.columns import Columns, of_buckets, of_series
from console.gaps import PAUSES
from console.past import look, stretch_of
from console.session import Viewer
from historian.queries import MOST_BUCKETS, Series
from telemetry.clock import SECOND

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from console.context import Console
    from console.past import Past

router = APIRouter(tags=["trends"])
_MILLISECOND = 1_000_000
_MOST_LOOKED_AT = 100_000
"""Samples that are looked at one by one for gaps: a day of one second."""

Start = Annotated[Instant, Query(alias="from")]
End = Annotated[Instant, Query(alias="to")]


@router.get("/trends")
async def trend(
    here: Here,
    _: Viewer,
    point: str,
    start: Start,
    end: End,
    columns: Annotated[int, Query(ge=10, le=5000)] = 1000,
) -> Trend:
    """Every sample while there are at most 10,000, else one row a column of pixels."""
    plan, interval = here.ports.plan, (to_ns(start), to_ns(end))
    index = plan.points.index(point)
    stretch = stretch_of(plan.points, index, interval, columns, plan.timezone)
    return _answer(await look(here.ports.store, stretch), here)


@router.get("/gaps")
async def gaps(here: Here, _: Viewer, point: str, start: Start, end: End) -> GapList:
    """Where a point has no usable value, from when to when and why, up to now."""
    plan, now_ns = here.ports.plan, here.ports.clock.now()
    index, interval = plan.points.index(point), (to_ns(start), to_ns(end))
    stretch = stretch_of(plan.points, index, interval, MOST_BUCKETS, plan.timezone)
    past = await look(here.ports.store, stretch, _MOST_LOOKED_AT)
    return GapList(
        point=point,
        rows=[
            GapRow(
                start=str(iso(gap.start, plan.timezone)),
                end=str(iso(gap.end, plan.timezone)),
                reason=gap.word,
            )
            for gap in past.gaps(now_ns)
        ],
        resolution_s=past.step_ns / SECOND,
        captured=past.captured(now_ns),
    )


def drawn(past: Past) -> Columns:
    """The rows of a chart."""
    pause_ns = PAUSES * past.stretch.expected_ns
    if isinstance(past.found, Series):
        return of_series(past.found, pause_ns)
    return of_buckets(past.found, past.step_ns, pause_ns)


def _answer(past: Past, here: Console) -> Trend:
    point = here.ports.plan.points[past.stretch.point]
    now_ns, rows = here.ports.clock.now(), drawn(past)
    return Trend(
        point=point.name,
        unit=point.unit,
        decimals=point.decimals,
        title=here.ports.plan.title_of(point, here.settings.language),
        kind="columns" if rows.step_ns else "raw",
        step_ms=rows.step_ns / _MILLISECOND,
        start=past.stretch.start / _MILLISECOND,
        end=past.stretch.end / _MILLISECOND,
        time=(rows.time / _MILLISECOND).tolist(),
        first=_known(rows.first),
        min=_known(rows.minimum),
        max=_known(rows.maximum),
        last=_known(rows.last),
        worst=rows.worst.tolist(),
        gaps=[
            TrendGap(start=gap.start / _MILLISECOND, end=gap.end / _MILLISECOND, reason=gap.word)
            for gap in past.gaps(now_ns)
        ],
        captured=past.captured(now_ns),
    )


def _known(values: NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
