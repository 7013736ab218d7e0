"""A storm of dashboards costs so much and no more."""

# ruff: noqa: S608
# The queries are InfluxQL for a read-only engine, not SQL.

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from historian.errors import StoreError
from historian.influxql.engine import Request
from historian.influxql.errors import BusyError, ParseError
from historian.influxql.limits import Limits
from historian.memory import MemoryStore
from historian.queries import RangeQuery, Series
from tests.historian.influxql.city import NAMES
from tests.historian.influxql.conftest import NOON_S, desk_of

if TYPE_CHECKING:
    from tests.historian.influxql.conftest import Desk

LEVEL = 7
RECENT = "time >= now() - 10m"


class Slow(MemoryStore):
    """Answers when it is told to, and counts who waits."""

    def __init__(self) -> None:
        super().__init__(len(NAMES))
        self.free = asyncio.Event()
        self.waiting = self.most = 0

    async def query(self, query: Any) -> Any:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await self.free.wait()
        self.waiting -= 1
        return await super().query(query)


class Broken(MemoryStore):
    """A store whose disk has gone."""

    async def query(self, query: Any) -> Any:
        raise StoreError(f"the segment of point {query.point} cannot be read")


class Thinned(MemoryStore):
    """A store that has only summaries of its past."""

    async def query(self, query: Any) -> Any:
        found = await super().query(query)
        if isinstance(query, RangeQuery):
            none = np.empty(0, np.int64)
            return Series(
                none,
                none.astype(np.float64),
                none.astype(np.uint8),
                thinned_before=NOON_S * 10**9 + 10**12,
            )
        return found


@pytest.mark.parametrize(
    ("limits", "text", "said"),
    [
        (
            Limits(values=100),
            f"SELECT mean(value) FROM level WHERE {RECENT} GROUP BY time(1s)",
            "max-select-buckets limit exceeded: (601/100)",
        ),
        (
            Limits(samples=50),
            f"SELECT median(value) FROM level WHERE {RECENT}",
            "max-select-point limit exceeded: (51/50)",
        ),
        (
            Limits(values=40),
            f"SELECT value FROM level WHERE {RECENT}",
            "max-select-point limit exceeded: (41/40)",
        ),
        (
            Limits(values=40),
            f"SELECT value FROM level WHERE {RECENT} LIMIT 60",
            "the answer would hold 60 values, at most 40",
        ),
        (
            Limits(series=4),
            f"SELECT mean(value) FROM pressure WHERE {RECENT}",
            "max-select-series limit exceeded: (5/4)",
        ),
        (
            Limits(endless=4),
            "SELECT mean(value) FROM pressure",
            "a function over all times of 5 series would read too much, at most 4",
        ),
    ],
)
async def test_a_statement_that_asks_too_much_is_refused(
    limits: Limits, text: str, said: str
) -> None:
    desk = desk_of(limits=limits)
    await desk.keep(LEVEL, [(second, 1.0) for second in range(60)])
    assert said in (await desk.ask(text))["error"]


async def test_too_many_statements_are_refused(desk: Desk) -> None:
    with pytest.raises(ParseError, match="101 statements in one query, at most 100"):
        await desk.ask("SHOW DATABASES;" * 101)


async def test_a_query_that_takes_too_long_is_given_up() -> None:
    desk = desk_of(Slow(), Limits(deadline_s=0.05))
    await desk.keep(LEVEL, [(0, 1.0)])
    with pytest.raises(BusyError, match=r"query-timeout limit exceeded: 0\.05 s"):
        await desk.ask(f"SELECT value FROM level WHERE {RECENT}")


async def test_a_storm_asks_the_store_a_few_questions_at_a_time(
    eventually: Any,
) -> None:
    store = Slow()
    limits = Limits(queries=2, waiting=3, questions=3)
    desk = desk_of(store, limits)
    text = f"SELECT mean(value) FROM pressure WHERE {RECENT} GROUP BY time(1m), point"
    storm = [asyncio.create_task(desk.ask(text)) for _ in range(5)]
    await eventually(lambda: store.waiting == 3, "three questions wait")
    with pytest.raises(BusyError, match="max-concurrent-queries limit exceeded"):
        await desk.ask(text)
    store.free.set()
    assert all("error" not in result for result in await asyncio.gather(*storm))
    assert store.most == 3
    assert "error" not in await desk.ask(text)


async def test_a_store_that_fails_is_said_in_the_answer_and_ends_it() -> None:
    desk = desk_of(Broken(len(NAMES)))
    await desk.keep(LEVEL, [(0, 1.0)])
    text = f"SHOW DATABASES; SELECT max(value) FROM level WHERE {RECENT}; SHOW DATABASES"
    document = await desk.influxql.answer(Request(text, (NOON_S + 600) * 10**9, "baotu"))
    assert [result.get("error") for result in document["results"]] == [
        None,
        "the segment of point 7 cannot be read",
        "not executed",
    ]


async def test_samples_that_have_been_thinned_are_missed_aloud() -> None:
    desk = desk_of(Thinned(len(NAMES)))
    await desk.keep(LEVEL, [(0, 1.0), (70, 3.0)])
    result = await desk.ask(f"SELECT median(value) FROM level WHERE {RECENT}")
    assert result["messages"][0]["level"] == "warning"
    assert "thinned to summaries by the minute" in result["messages"][0]["text"]
    assert "messages" not in await desk.ask(
        f"SELECT mean(value), sum(value) FROM level WHERE {RECENT}"
    )


async def test_the_minute_stands_for_a_highest_sample_that_has_been_thinned() -> None:
    desk = desk_of(Thinned(len(NAMES)))
    await desk.keep(LEVEL, [(0, 1.0), (70, 3.0), (130, 2.0)])
    [[time, value]] = await desk.rows("SELECT max(value) FROM level")
    assert value == 3
    assert NOON_S + 70 - 60 < time <= NOON_S + 70


async def test_an_evil_pattern_costs_no_more_than_its_length(desk: Desk) -> None:
    await desk.keep(LEVEL, [(0, 1.0)])
    evil = "(a*)*(a|a)*" * 20 + "b"
    result = await desk.ask(f"SELECT value FROM level WHERE site =~ /{evil}/ LIMIT 1")
    assert "series" not in result
