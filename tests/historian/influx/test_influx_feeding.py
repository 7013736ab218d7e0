"""From the journal to the server and back to the account, whatever happens between them."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest

from historian.filling import fill_store
from historian.influx.feeding import feed_influx
from historian.influx.opening import open_influx
from historian.memory import MemoryStore
from historian.naming import series_names
from historian.settings import InfluxSettings
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.clock import VirtualClock
from telemetry.quality import Reason, bad
from telemetry.supervision import Backoff
from tests.historian.influx.double import BUCKET, ORG, TOKEN, InfluxDouble, Reply
from tests.historian.influx.line_parser import parse
from tests.historian.making import NOON, SECOND, numbered_table, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from historian.entry import Entry
    from historian.influx.opening import Influx
    from historian.journal.journal import Journal
    from telemetry.accounting import PathFigures
    from tests.historian.conftest import JournalFolder

POINTS = numbered_table(10)
PATH = "store:influxdb"


class Feed:
    """A journal, a fed server, and the account between them."""

    def __init__(self, journal: Journal, double: InfluxDouble) -> None:
        self.journal = journal
        self.double = double
        self.clock = VirtualClock(NOON)
        self.accounting = Accounting()
        self.seen: list[Entry] = []
        self.second = 0

    def open(self, **settings: Any) -> Influx:
        chosen = {"org": ORG, "bucket": BUCKET, "token": TOKEN, "gzip": False, "batch_rows": 20}
        return open_influx(
            InfluxSettings(url="http://db", **{**chosen, **settings}),
            series_names(POINTS, {}),
            clock=self.clock,
            backoff=Backoff(rng=Random(1)),
            transport=self.double.transport(),
        )

    def arrive(self, value: float = 1.0, second: int | None = None) -> None:
        """All points report once."""
        self.second += 1
        at = NOON + (self.second if second is None else second) * SECOND
        self.journal.append("modbus:lvyou", Batch.of(range(10), at, value))

    @property
    def figures(self) -> PathFigures:
        return self.accounting.figures()[PATH]

    def holds(self, *, stored: int) -> bool:
        figures = self.figures
        assert figures.missing == 0, figures
        return figures.stored >= stored

    def seconds_written(self) -> list[list[int]]:
        """The seconds that each request was about, in the order of the requests."""
        times = [{parse(line).time or 0 for line in lines} for lines in self.double.writes]
        return [sorted((time - NOON) // SECOND for time in one) for one in times]


@asynccontextmanager
async def feeding(feed: Feed, *, live_rows: int = 40, **settings: Any) -> AsyncIterator[Influx]:
    """Feed within the block; then stop as a process that is killed does, without a farewell."""
    influx = feed.open(**settings)
    task = asyncio.create_task(
        feed_influx(
            "influxdb",
            feed.journal,
            influx.writer,
            accounting=feed.accounting,
            clock=feed.clock,
            seen=feed.seen.extend,
            live_rows=live_rows,
        )
    )
    await until(lambda: PATH in feed.accounting.figures())
    yield influx
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def feed(folder: JournalFolder) -> Feed:
    return Feed(folder.open(points=POINTS), InfluxDouble())


async def passing(feed: Feed, *, stored: int, most_s: int = 60) -> None:
    """Let time go by until so many samples are stored; the identity holds all the while."""
    for _ in range(most_s * 10):
        if feed.holds(stored=stored):
            return
        await feed.clock.advance(0.1)
        await asyncio.sleep(0.001)  # the journal is read in a thread
    assert feed.holds(stored=stored), feed.figures


async def test_what_arrives_is_written_acknowledged_and_counted(feed: Feed) -> None:
    async with feeding(feed):
        feed.arrive()
        feed.arrive()
        await until(lambda: feed.holds(stored=20))
    assert len(feed.double.samples) == 20
    assert feed.figures.buffered == 0


async def test_nothing_is_acknowledged_before_the_server_answered(feed: Feed) -> None:
    feed.double.away = True
    async with feeding(feed) as influx:
        feed.arrive()
        await until(lambda: influx.writer.trouble is not None)
        assert feed.figures.stored == 0
        assert feed.figures.buffered == 10
        feed.double.away = False
        await passing(feed, stored=10)


async def test_a_server_that_was_away_gets_everything_live_readings_first_S1(feed: Feed) -> None:
    async with feeding(feed, batch_rows=10, in_flight=2) as influx:
        feed.arrive()
        await until(lambda: feed.holds(stored=10))
        feed.double.away = True
        for _ in range(60):
            for _ in range(2):
                feed.arrive()
            await feed.clock.advance(60)
            assert feed.figures.missing == 0
        assert influx.writer.trouble is not None
        assert feed.figures.buffered == 1_200
        feed.double.away = False
        await passing(feed, stored=1_210)
    assert len(feed.double.samples) == 1_210
    order = feed.seconds_written()
    newest_at = next(i for i, seconds in enumerate(order) if 121 in seconds)
    backlog_end_at = next(i for i, seconds in enumerate(order) if 100 in seconds)
    assert newest_at < backlog_end_at, "live readings waited for the backlog"
    backlog = [seconds[0] for seconds in order if 10 < seconds[0] < 100]
    assert backlog == sorted(backlog), "the backlog is oldest first"


async def test_readings_that_arrive_during_the_drain_are_not_behind_it_S1(feed: Feed) -> None:
    feed.double.away = True
    async with feeding(feed, batch_rows=10, in_flight=1):
        for _ in range(200):
            feed.arrive()
        await feed.clock.advance(60)
        feed.double.away = False
        await passing(feed, stored=1_000)
        feed.arrive(value=7.0, second=10_000)
        await passing(feed, stored=2_010)
    order = feed.seconds_written()
    assert order.index([10_000]) < len(order) - 10


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_no_refusal_of_the_server_loses_a_reading(feed: Feed, status: int) -> None:
    feed.double.script = deque([Reply(status)] * 3)
    async with feeding(feed):
        for _ in range(5):
            feed.arrive()
        await passing(feed, stored=50, most_s=400)
    assert len(feed.double.samples) == 50
    assert feed.figures.rejected == {}


@pytest.mark.parametrize(
    ("status", "person"), [(401, True), (404, True), (429, False), (503, False)]
)
async def test_who_watches_is_told_whether_a_person_must_see_to_it(
    feed: Feed, status: int, person: bool
) -> None:
    feed.double.script = deque([Reply(status)] * 3)
    async with feeding(feed) as influx:
        feed.arrive()
        await until(lambda: influx.writer.trouble is not None)
        assert influx.writer.refused is person
        await passing(feed, stored=10, most_s=400)
        assert influx.writer.trouble is None
        assert not influx.writer.refused


async def test_what_the_server_refuses_for_good_is_rejected_and_the_rest_is_stored(
    feed: Feed,
) -> None:
    async with feeding(feed):
        feed.journal.append("mqtt", Batch.of([0, 1], [NOON, 2**63 - 1], 1.0))
        feed.arrive()
        await passing(feed, stored=11)
    assert feed.figures.rejected == {"refused": 1}
    assert feed.figures.received == 12


async def test_a_kill_in_the_middle_sends_twice_and_that_is_harmless_S5(
    folder: JournalFolder,
) -> None:
    double = InfluxDouble()
    first = Feed(folder.open(points=POINTS), double)
    async with feeding(first) as influx:
        for value in (1.0, 2.0):
            first.arrive(value)
        await until(lambda: first.holds(stored=20))
        double.script = deque([Reply(503)] * 100)
        first.arrive(3.0)
        await until(lambda: influx.writer.trouble is not None)
    folder.crash()
    double.script.clear()
    again = Feed(folder.open(points=POINTS), double)
    again.second = first.second
    async with feeding(again):
        again.arrive(4.0)
        await passing(again, stored=again.figures.received)
    values = sorted(fields["value"] for fields in double.samples.values())
    assert values == [1.0] * 10 + [2.0] * 10 + [3.0] * 10 + [4.0] * 10


async def test_a_correction_that_overtook_its_original_wins_in_the_end(feed: Feed) -> None:
    feed.double.away = True
    async with feeding(feed, batch_rows=10, in_flight=1):
        for _ in range(100):
            feed.arrive(1.0)
        feed.arrive(9.0, second=50)
        await feed.clock.advance(60)
        feed.double.away = False
        await passing(feed, stored=1_010)
    at = NOON + 50 * SECOND
    corrected = [f["value"] for (_, time), f in feed.double.samples.items() if time == at]
    assert corrected == [9.0] * 10


async def test_a_bad_correction_leaves_the_old_value_beside_the_new_quality(feed: Feed) -> None:
    """InfluxDB's own way: a write never takes a field away; our questions leave it out."""
    async with feeding(feed):
        feed.arrive(1.0)
        await passing(feed, stored=10)
        batch = Batch.of([0], NOON + SECOND, np.nan, bad(Reason.SENSOR))
        feed.journal.append("manual", batch)
        await passing(feed, stored=11)
    at = NOON + SECOND
    (fields,) = [f for (s, t), f in feed.double.samples.items() if "p0." in s and t == at]
    assert fields == {"value": 1.0, "quality": bad(Reason.SENSOR)}


async def test_what_the_server_has_is_told_to_who_answers_questions(feed: Feed) -> None:
    feed.double.script.append(Reply(503))
    async with feeding(feed) as influx:
        feed.arrive(3.5)
        await until(lambda: influx.writer.trouble is not None)
        assert feed.seen == []
        await passing(feed, stored=10)
        await until(lambda: len(feed.seen) == 1)
    assert feed.seen[0].batch.value.tolist() == [3.5] * 10


async def test_a_slow_server_does_not_slow_the_store_beside_it_S2(feed: Feed) -> None:
    answering = asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        await answering.wait()
        return httpx.Response(204)

    influx = open_influx(
        InfluxSettings(url="http://db", gzip=False, timeout_s=60),
        series_names(POINTS, {}),
        clock=feed.clock,
        transport=httpx.MockTransport(slow),
    )
    memory = MemoryStore(len(POINTS))
    shared: dict[str, Any] = {"accounting": feed.accounting, "clock": feed.clock}
    tasks = [
        asyncio.create_task(feed_influx("influxdb", feed.journal, influx.writer, **shared)),
        asyncio.create_task(fill_store("embedded", feed.journal, memory, **shared)),
    ]
    await until(lambda: len(feed.accounting.figures()) == 2)
    for _ in range(20):
        feed.arrive()
    figures = feed.accounting.figures
    await until(lambda: figures()["store:embedded"].stored == 200)
    assert figures()[PATH].stored == 0
    assert figures()[PATH].missing == 0
    answering.set()
    await until(lambda: figures()[PATH].stored == 200)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
