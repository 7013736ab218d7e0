"""Answers a planned SELECT: the store is asked on the event loop, rows are made in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from historian.influxql.aggregating import Gathered, aggregated, gather
from historian.influxql.columns import Shape
from historian.influxql.errors import StatementError
from historian.influxql.listing import gather_samples, listed
from historian.influxql.picking import gather_picks, picks
from historian.influxql.pieces import Samples
from historian.influxql.reading import Reading, Span, together
from historian.influxql.rows import page_of
from historian.influxql.windows import Windows, windows_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from historian.influxql.directory import Directory
    from historian.influxql.limits import Limits
    from historian.influxql.planning import Group, Plan
    from historian.influxql.rows import Cell, Table
    from historian.influxql.working import Work
    from historian.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Selecting:
    """Answers SELECTs from one store.

    Attributes:
        store: who is asked.
        directory: the series.
        limits: what one statement may cost.
        gate: bounds the questions to the store at the same time.
        work: runs what takes long in a thread.
    """

    store: Store
    directory: Directory
    limits: Limits
    gate: asyncio.Semaphore
    work: Work

    async def answer(
        self, plan: Plan, write: Callable[[int], Cell]
    ) -> tuple[list[Table], list[str]]:
        """The tables of a SELECT, and what should be known about them.

        Args:
            plan: of the SELECT.
            write: how times are written.

        Raises:
            StatementError: it would cost more than one statement may.
            StoreError: the samples cannot be read now.
        """
        self._check(plan)
        reading = Reading(self.store, self.gate, self._most_samples(plan))
        if not plan.groups:
            return [], []
        span = await self._span(plan, reading)
        if span.end <= span.start:
            return [], []
        windows = self._windows(plan, span)
        gathered = await together(
            self._gather(plan, group, span, windows, reading) for group in plan.groups
        )
        tables = await self.work(lambda: self._tables(plan, gathered, windows, write))
        return tables, _messages(reading)

    def _check(self, plan: Plan) -> None:
        points = sum(len(group.points) for group in plan.groups)
        if points > self.limits.series:
            raise StatementError(
                f"max-select-series limit exceeded: ({points}/{self.limits.series}); "
                "ask for fewer series by a condition on tags"
            )
        if plan.shape is Shape.AGGREGATE and plan.start is None and points > self.limits.endless:
            raise StatementError(
                f"a function over all times of {points} series would read too much, at most "
                f"{self.limits.endless} are allowed: add e.g. time >= now() - 6h"
            )

    def _most_samples(self, plan: Plan) -> int:
        if plan.shape is not Shape.RAW or plan.select.page.limit:
            return self.limits.samples
        return self.limits.values // len(plan.heading.names)

    async def _span(self, plan: Plan, reading: Reading) -> Span:
        """The interval, cut to where samples can be: from 1970 to the newest of all."""
        start = max(0, plan.start or 0)
        if plan.every is not None and plan.end is not None:
            return Span(start, plan.end)
        end = await reading.end_of([p for group in plan.groups for p in group.points])
        return Span(start, end if plan.end is None else min(end, plan.end))

    def _windows(self, plan: Plan, span: Span) -> Windows:
        if plan.every is None:
            return Windows.single(*span)
        most = self.limits.values // (len(plan.heading.names) * len(plan.groups))
        return windows_of(*span, plan.every, plan.zone, most)

    async def _gather(
        self,
        plan: Plan,
        group: Group,
        span: Span,
        windows: Windows,
        reading: Reading,
    ) -> Gathered | Samples:
        match plan.shape:
            case Shape.RAW:
                return await gather_samples(plan, group, span, reading)
            case Shape.PICK:
                return await gather_picks(plan, group, span, reading)
            case Shape.AGGREGATE:
                return await gather(plan, group, span, windows, reading)

    def _tables(
        self,
        plan: Plan,
        gathered: Sequence[Gathered | Samples],
        windows: Windows,
        write: Callable[[int], Cell],
    ) -> list[Table]:
        self._check_rows(plan, gathered)
        tables = [
            self._table(plan, group, found, windows, write)
            for group, found in zip(plan.groups, gathered, strict=True)
        ]
        return [table for table in tables if table is not None]

    def _check_rows(self, plan: Plan, gathered: Sequence[Gathered | Samples]) -> None:
        """Refuse too long an answer before it is made; windows were counted before."""
        if plan.every is not None:
            return
        raw = plan.shape is Shape.RAW
        sizes = [len(found) if raw and isinstance(found, Samples) else 1 for found in gathered]
        rows = sum(len(range(size)[page_of(size, plan.select.page)]) for size in sizes)
        values = rows * len(plan.heading.names)
        if values > self.limits.values:
            raise StatementError(
                f"the answer would hold {values} values, at most {self.limits.values} are "
                "given: use LIMIT or a shorter interval"
            )

    def _table(
        self,
        plan: Plan,
        group: Group,
        found: Gathered | Samples,
        windows: Windows,
        write: Callable[[int], Cell],
    ) -> Table | None:
        if isinstance(found, Gathered):
            return aggregated(plan, group, found, windows, write)
        measurement = self.directory.get(group.measurement)
        assert measurement is not None  # noqa: S101 - groups are made of measurements
        if plan.shape is Shape.PICK:
            return picks(plan, group, found, windows, measurement=measurement, write=write)
        return listed(plan, group, found, measurement, write)


def _messages(reading: Reading) -> list[str]:
    if not reading.thinned_before:
        return []
    return [
        "samples of the beginning of this interval have been thinned to summaries by the minute "
        "and are missing here: use mean, min, max, first, last, count or sum with GROUP BY time()"
    ]
