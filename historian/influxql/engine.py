"""InfluxQL over a store: text in, InfluxDB's document out."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from historian.errors import QueryError
from historian.influxql.directory import Directory
from historian.influxql.errors import BusyError, ParseError, StatementError
from historian.influxql.limits import Limits
from historian.influxql.parsing import Parser
from historian.influxql.patterns import Patterns
from historian.influxql.planning import Plan, Planner
from historian.influxql.selecting import Selecting
from historian.influxql.showing import Showing
from historian.influxql.syntax import Select
from historian.influxql.times import EPOCHS, writer
from historian.influxql.working import Work
from telemetry.errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from historian.influxql.rows import Table
    from historian.influxql.syntax import Show, Statement
    from historian.naming import SeriesName
    from historian.store import Store

DATABASE = "baotu"
"""What the one database is called."""


@dataclass(frozen=True, slots=True)
class Request:
    """One query.

    Attributes:
        text: one statement or several, with semicolons between them.
        now_ns: what ``now()`` is: city time.
        database: of statements that name none.
        epoch: unit of the times in the answer, a key of :data:`historian.influxql.times.EPOCHS`;
            the empty string writes them as RFC 3339.
    """

    text: str
    now_ns: int
    database: str = ""
    epoch: str = ""


class InfluxQL:
    """Answers InfluxQL from a store; belongs to one event loop.

    Args:
        store: who is asked.
        names: the series of each point, in the order of the table.
        limits: what a query may cost.
        database: what the one database is called.
    """

    def __init__(
        self,
        store: Store,
        names: Sequence[SeriesName],
        limits: Limits | None = None,
        database: str = DATABASE,
    ) -> None:
        self._limits = limits or Limits()
        directory = Directory(names)
        self._parser = Parser()
        self._planner = Planner(database, directory, Patterns())
        gate = asyncio.Semaphore(self._limits.questions)
        self._work = Work()
        self._selecting = Selecting(store, directory, self._limits, gate, self._work)
        self._turn = asyncio.Semaphore(self._limits.queries)
        self._inside = 0

    async def answer(self, request: Request) -> dict[str, Any]:
        """The document with which InfluxDB would answer.

        What is wrong with one statement stands in its place; what follows it is not executed.

        Raises:
            ParseError: the text is no query, or asks for what is not supported.
            ReadOnlyError: it would change something.
            BusyError: too many queries wait already, or this one took too long.
        """
        if request.epoch and request.epoch not in EPOCHS:
            raise ParseError(f"invalid epoch {request.epoch}: use one of {', '.join(EPOCHS)}")
        async with self._place():
            try:
                async with asyncio.timeout(self._limits.deadline_s), self._turn:
                    return await self._answer(request)
            except TimeoutError:
                raise BusyError(
                    f"query-timeout limit exceeded: {self._limits.deadline_s:g} s; "
                    "use a shorter interval or fewer series"
                ) from None

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        most = self._limits.queries + self._limits.waiting
        if self._inside >= most:
            raise BusyError(f"max-concurrent-queries limit exceeded: ({self._inside}/{most})")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def _answer(self, request: Request) -> dict[str, Any]:
        planned = await self._work(lambda: self._prepared(request))
        results: list[dict[str, Any]] = []
        failed = False
        for number, statement in enumerate(planned):
            result: dict[str, Any] = {"statement_id": number}
            if failed:
                result["error"] = "not executed"
            else:
                result |= await self._result(statement, request)
                failed = "error" in result
            results.append(result)
        return {"results": results} if results else {}

    def _prepared(self, request: Request) -> list[Plan | Show | StatementError]:
        """Parse and plan everything, so that nothing is executed of a text that is no query."""
        statements = self._parser.parse(request.text)
        if len(statements) > self._limits.statements:
            raise ParseError(
                f"{len(statements)} statements in one query, at most {self._limits.statements} "
                "are answered: send several queries"
            )
        return [self._planned(statement, request) for statement in statements]

    def _planned(self, statement: Statement, request: Request) -> Plan | Show | StatementError:
        if not isinstance(statement, Select):
            return statement
        try:
            return self._planner.plan(statement, request.now_ns, request.database)
        except StatementError as error:
            return error

    async def _result(
        self, planned: Plan | Show | StatementError, request: Request
    ) -> dict[str, Any]:
        try:
            match planned:
                case StatementError():
                    raise planned
                case Plan():
                    write = writer(request.epoch, planned.zone)
                    tables, messages = await self._selecting.answer(planned, write)
                case _:
                    showing = Showing(self._planner, request.database, request.now_ns)
                    tables, messages = await self._work(lambda: showing.answer(planned)), []
        except ParseError:
            raise
        except (QueryError, AdapterError) as error:
            return {"error": str(error)}
        return _document(tables, messages)


def _document(tables: Sequence[Table], messages: Sequence[str]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if messages:
        document["messages"] = [{"level": "warning", "text": text} for text in messages]
    if tables:
        document["series"] = [table.document() for table in tables]
    return document
