"""``/readings``: the past of one point, every sample or summed up per bucket."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query

from console.api.answers import Readings, Row
from console.api.times import Instant, iso, to_ns
from console.context import Here
from console.session import Viewer
from historian.queries import BucketQuery, RangeQuery
from telemetry.clock import SECOND
from telemetry.quality import severity_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from historian.queries import Buckets, Series

router = APIRouter(tags=["readings"])

RAW_COLUMNS = ["time", "value", "quality"]
BUCKET_COLUMNS = ["time", "min", "mean", "max", "last", "count", "good"]
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BUCKET = re.compile(r"(?P<number>\d{1,6})(?P<unit>[smhd])")


@router.get("/readings")
async def readings(
    *,
    here: Here,
    _: Viewer,
    point: str,
    start: Annotated[Instant, Query(alias="from")],
    end: Annotated[Instant, Query(alias="to")],
    bucket: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 100_000,
) -> Readings:
    """Readings with ``from <= time < to``; ``bucket`` (``60s``, ``15m``, ``1h``) sums them up."""
    plan = here.ports.plan
    index, begin, until = plan.points.index(point), to_ns(start), to_ns(end)
    unit = plan.points[index].unit
    if bucket is None:
        series = await here.ports.store.query(RangeQuery(index, begin, until, limit))
        rows = raw_rows(series, plan.timezone)
        return Readings(
            point=point, unit=unit, columns=RAW_COLUMNS, rows=rows, truncated=series.truncated
        )
    # A bucket longer than the interval is cut short by its end, so nothing depends on how much.
    length_ns = min(bucket_ns(bucket), max(1, until - begin))
    buckets = await here.ports.store.query(BucketQuery(index, begin, until, length_ns))
    return Readings(
        point=point,
        unit=unit,
        columns=BUCKET_COLUMNS,
        truncated=False,
        rows=bucket_rows(buckets, plan.timezone),
    )


def bucket_ns(text: str) -> int:
    """The length of a bucket in ns.

    Args:
        text: e.g. ``60s``, ``15m``, ``1h``, ``1d``.

    Raises:
        HTTPException: 422, with what was expected.
    """
    found = _BUCKET.fullmatch(text)
    if found is None or int(found["number"]) == 0:
        raise HTTPException(422, f"bucket {text!r} is no length: write e.g. 60s, 15m, 1h or 1d")
    return int(found["number"]) * _SECONDS[found["unit"]] * SECOND


def raw_rows(series: Series, timezone: ZoneInfo) -> list[Row]:
    """One row a sample."""
    columns = zip(series.time.tolist(), series.value.tolist(), series.quality.tolist(), strict=True)
    return [[iso(t, timezone), known(v), severity_of(q).word] for t, v, q in columns]


def bucket_rows(buckets: Buckets, timezone: ZoneInfo) -> list[Row]:
    """One row a bucket."""
    numbers = (buckets.minimum, buckets.mean, buckets.maximum, buckets.last)
    columns = zip(*(column.tolist() for column in numbers), strict=True)
    counts = zip(buckets.count.tolist(), buckets.good.tolist(), strict=True)
    return [
        [iso(t, timezone), *(known(n) for n in row), *both]
        for t, row, both in zip(buckets.time.tolist(), columns, counts, strict=True)
    ]


def known(value: float) -> float | None:
    """A number, or None for NaN."""
    return None if math.isnan(value) else value
