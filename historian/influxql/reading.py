"""Asking the store: many points at once, but never more than it can bear."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from historian.influxql.errors import StatementError
from historian.influxql.pieces import Pieces, Samples
from historian.influxql.windows import Windows
from historian.queries import BucketQuery, RangeQuery
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence
    from typing import Any

    from historian.influxql.pieces import Field
    from historian.queries import Buckets, Series
    from historian.store import Store

_T = TypeVar("_T")

FIRST_LOOK = 600 * SECOND
"""How far back the first look for the newest samples goes; each further one goes 8 times as far."""

_PARTS, _SHORTEST = 256, 60 * SECOND
_MARGIN = 64
"""Samples fetched beyond those wanted, because BAD ones have no value."""


class Span(NamedTuple):
    """``start <= time < end``, ns."""

    start: int
    end: int


async def together(work: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Run all at the same time; the first error ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one) for one in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in running]


@dataclass(slots=True, eq=False)
class Reading:
    """What one statement reads.

    Attributes:
        store: who is asked.
        gate: bounds the questions at the same time.
        most: samples that may be read.
        thinned_before: samples before this time were missing, because they have been thinned; 0
            where none were.
    """

    store: Store
    gate: asyncio.Semaphore
    most: int
    thinned_before: int = 0
    _read: int = field(default=0, init=False)

    async def range(self, point: int, span: Span, limit: int | None = None) -> Samples:
        """Samples of one point, oldest first.

        Args:
            point: which.
            span: of time.
            limit: at most so many; without one all, or the budget is exceeded.

        Raises:
            StatementError: the statement would read more samples than it may.
        """
        if span.end <= span.start:
            return Samples.merged([])
        left = self.most - self._read
        async with self.gate:
            series = await self.store.query(
                RangeQuery(point, span.start, span.end, min(limit or left + 1, left + 1))
            )
        self._note(series, span.start)
        return Samples.of(point, series)

    def _note(self, series: Series, start: int) -> None:
        self._read += len(series)
        if series.thinned_before is not None and start < series.thinned_before:
            self.thinned_before = max(self.thinned_before, series.thinned_before)
        if self._read > self.most:
            raise StatementError(
                f"max-select-point limit exceeded: ({self._read}/{self.most}); "
                "use a shorter interval, fewer series, or functions with GROUP BY time()"
            )

    async def all(self, points: Sequence[int], span: Span) -> Samples:
        """All samples of some points in the order of time."""
        return Samples.merged(await together(self.range(p, span) for p in points))

    async def buckets(self, point: int, span: Span, windows: Windows) -> Buckets:
        """Summaries of one point whose buckets fit into windows whole."""
        first = int(windows.starts[0])
        async with self.gate:
            return await self.store.query(
                BucketQuery(point, span.start, span.end, windows.piece_ns, first)
            )

    async def pieces(
        self, points: Sequence[int], span: Span, windows: Windows
    ) -> dict[Field, Pieces]:
        """Summaries of some points, of both fields."""
        found = await together(self.buckets(p, span, windows) for p in points)
        return {
            "value": Pieces.merged([Pieces.of_buckets(b, "value") for b in found]),
            "quality": Pieces.merged([Pieces.of_buckets(b, "quality") for b in found]),
        }

    async def oldest(self, point: int, span: Span, wanted: int, field: Field) -> Samples:
        """The first ``wanted`` samples of a point that have a field."""
        found: list[Samples] = []
        got = 0
        while got < wanted:
            limit = wanted - got + _MARGIN
            page = await self.range(point, span, limit)
            found.append(page.having(field))
            got += len(found[-1])
            if len(page) < limit:
                break
            span = span._replace(start=int(page.time[-1]) + 1)
        return Samples.merged(found).take(slice(0, wanted))

    async def newest(self, point: int, span: Span, wanted: int, field: Field) -> Samples:
        """The last ``wanted`` samples of a point that have a field, oldest first."""
        found: list[Samples] = []
        got, look = 0, FIRST_LOOK
        start, end = span.start, min(span.end, await self.end_of([point]))
        while got < wanted and start < end:
            begin = max(start, end - look)
            found.insert(0, (await self.range(point, Span(begin, end))).having(field))
            got += len(found[0])
            end, look = begin, look * 8
        return Samples.merged(found).take(slice(max(0, got - wanted), None))

    async def extreme(self, point: int, span: Span, *, highest: bool) -> Samples:
        """The first sample of a point with its highest or lowest value; empty where none is.

        Found by summaries of ever shorter stretches, so that a year need not be read. Where the
        sample itself has been thinned its minute stands for it.
        """
        while span.end > span.start:
            length = max(_SHORTEST, -(-(span.end - span.start) // _PARTS))
            parts = Windows.single(span.start, span.start + length)
            buckets = await self.buckets(point, span, parts)
            values = buckets.maximum if highest else -buckets.minimum
            if not np.isfinite(values).any():
                break
            at = int(np.nanargmax(values))
            begin, best = int(buckets.time[at]), float(values[at]) * (1 if highest else -1)
            span = Span(begin, min(span.end, begin + length))
            if length == _SHORTEST:
                samples = (await self.range(point, span)).having("value")
                rows = np.flatnonzero(samples.value == best)[:1]
                return samples.take(rows) if rows.shape[0] else _stand_in(point, begin, best)
        return Samples.merged([])

    async def end_of(self, points: Sequence[int]) -> int:
        """An end of time behind which some points have no sample."""
        latest = await self.store.latest(np.array(points, dtype=np.int32))
        return int(latest.time.max(initial=0)) + 1


def _stand_in(point: int, time_ns: int, value: float) -> Samples:
    return Samples(
        np.array([point], np.int32), np.array([time_ns]), np.array([value]), np.zeros(1, np.uint8)
    )
