"""Lots on their way to a server that says all it can say."""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from historian.entry import Entry
from historian.influx.errors import InfluxError
from historian.influx.opening import open_influx
from historian.influx.quarantine import Quarantine
from historian.influx.sender import Delivery, Piece, Proof
from historian.influx.verdicts import Accepted, Refused, TooLarge, Wait
from historian.naming import series_names
from historian.settings import InfluxSettings
from telemetry.batch import Batch
from telemetry.clock import SECOND, VirtualClock
from telemetry.supervision import Backoff
from tests.historian.influx.double import BUCKET, ORG, TOKEN, InfluxDouble, Reply, trouble
from tests.historian.influx.line_parser import parse
from tests.historian.making import NOON, entry, numbered_table, until

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from historian.influx.opening import Influx

POINTS = numbered_table(5_000)
NAMES = series_names(POINTS, {})


class Line:
    """A writer at one end, the double at the other, and a clock between them."""

    def __init__(self, folder: Path, double: InfluxDouble | None = None, **settings: Any) -> None:
        self.double = double or InfluxDouble()
        self.clock = VirtualClock(NOON)
        self.folder = folder
        self.quarantine = folder / "refused.lines"
        chosen = {"org": ORG, "bucket": BUCKET, "token": TOKEN, "gzip": False, **settings}
        self.influx: Influx = open_influx(
            InfluxSettings(url="http://db", **chosen),
            NAMES,
            clock=self.clock,
            quarantine=self.quarantine,
            backoff=Backoff(rng=Random(1)),
            transport=self.double.transport(),
        )
        self.writer = self.influx.writer

    @property
    def arrived(self) -> int:
        """Readings that the double has; lines that only tried it are none."""
        return sum(not series.startswith("baotu_check") for series, _ in self.double.samples)

    async def through_time(self, delivery: Awaitable[Any], seconds: float) -> Any:
        """Let a delivery take place while time goes by."""
        task = asyncio.ensure_future(delivery)
        for _ in range(int(seconds * 10)):
            if task.done():
                break
            await self.clock.advance(0.1)
        else:
            await self.clock.advance(0)
        return await asyncio.wait_for(task, 5)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def lot(rows: int, bad: tuple[int, ...] = ()) -> Entry:
    """Rows of as many points; bad ones have a time that no server takes."""
    times = np.full(rows, NOON, dtype=np.int64)
    times[list(bad)] = 2**63 - 1
    return Entry(
        1, "modbus:lvyou", Batch.of(np.arange(rows, dtype=np.int32), times, np.arange(rows) / 8)
    )


async def test_everything_arrives_in_requests_of_the_chosen_size(line: Line) -> None:
    line = Line(line.folder, batch_rows=100)
    assert await line.writer.deliver([lot(250)]) == {}
    assert sorted(len(lines) for lines in line.double.writes) == [50, 100, 100]
    assert line.arrived == 250


async def test_of_equal_times_only_the_last_sample_is_sent(line: Line) -> None:
    await line.writer.deliver([entry(1, [0, 0], 1, [1, 2]), entry(2, [0], 1, 3)])
    ((sent,),) = line.double.writes
    assert parse(sent).fields["value"] == 3


async def test_compressed_requests_say_the_same(tmp_path: Path) -> None:
    line = Line(tmp_path, gzip=True)
    await line.writer.deliver([lot(500)])
    assert line.arrived == 500


async def test_one_bad_line_of_five_thousand_is_found_named_and_nothing_else_lost_S2(
    line: Line,
) -> None:
    assert await line.writer.deliver([lot(5_000, bad=(1_234,))]) == {"refused": 1}
    assert line.arrived == 4_999
    kept = line.quarantine.read_text().splitlines()
    assert kept[0].startswith("# unable to parse")
    assert "point=site.p1234.pressure" in kept[1]
    assert len(line.double.writes) <= 2 * 13 + 2


async def test_many_bad_lines_are_found(line: Line) -> None:
    bad = (0, 7, 8, 9, 500, 999)
    assert await line.writer.deliver([lot(1_000, bad)]) == {"refused": 6}
    assert line.arrived == 994
    assert len(line.quarantine.read_text().splitlines()) == 12


async def test_a_lone_bad_line_is_refused_once_the_server_took_a_good_one(line: Line) -> None:
    assert await line.writer.deliver([lot(1, bad=(0,))]) == {"refused": 1}
    ((series, _),) = line.double.samples
    assert series == "baotu_check"


async def test_a_server_that_refuses_everything_costs_nothing_but_time(line: Line) -> None:
    refusal = trouble(400, "invalid", "the database is not configured")
    line.double.script = deque([refusal] * 1_000)
    delivery = asyncio.ensure_future(line.writer.deliver([lot(200)]))
    await until(lambda: line.writer.trouble is not None)
    assert "refuses every line" in (line.writer.trouble or "")
    assert not line.quarantine.exists()
    asked = line.double.requests
    assert asked < 150
    line.double.script.clear()
    assert await line.through_time(delivery, 70) == {}
    assert line.arrived == 200
    assert line.writer.trouble is None


async def test_a_server_that_refuses_for_a_moment_makes_no_good_line_bad(line: Line) -> None:
    refusal = trouble(400, "invalid", "starting")
    line.double.script = deque([None, *[refusal] * 100])
    line = Line(line.folder, line.double, batch_rows=100)
    assert await line.through_time(line.writer.deliver([lot(1_000, bad=(950,))]), 200) == {
        "refused": 1
    }
    assert line.arrived == 999


async def test_lines_of_a_wrong_type_are_refused_without_halving_each(line: Line) -> None:
    line.double.types["pressure", "value"] = int
    rejected = await line.writer.deliver([lot(1_000)])
    assert rejected == {"refused": 1_000}
    # All of them, a line that is known to be good, and so once more.
    assert len(line.double.writes) == 4


async def test_samples_older_than_the_server_keeps_are_counted_by_their_own_reason(
    line: Line,
) -> None:
    line.double.oldest_ns = NOON + 5 * SECOND
    rejected = await line.writer.deliver([entry(1, [0] * 10, range(10), 1.0)])
    assert rejected == {"retention": 5}
    assert len(line.double.writes) == 1
    assert not line.quarantine.exists()


async def test_a_request_that_is_too_large_is_halved_and_the_next_is_smaller_at_once(
    line: Line,
) -> None:
    line.double.most_lines = 300
    await line.writer.deliver([lot(1_000)])
    assert line.arrived == 1_000
    requests = line.double.requests
    await line.writer.deliver([lot(1_000)])
    assert line.double.requests - requests == 4
    assert line.writer.lot_rows == 4 * 250


@pytest.mark.parametrize("header", ["20", "Thu, 01 Jan 2026 12:00:20 GMT"])
async def test_a_server_that_asks_for_time_gets_it(line: Line, header: str) -> None:
    line.double.script.append(trouble(429, "too many requests", "slow down", Retry_After=header))
    delivery = asyncio.ensure_future(line.writer.deliver([lot(10)]))
    await line.clock.advance(19.9)
    assert line.double.requests == 1
    await line.clock.advance(2.2)
    assert await asyncio.wait_for(delivery, 5) == {}
    assert line.double.requests == 2


async def test_only_what_is_missing_is_sent_again(tmp_path: Path) -> None:
    line = Line(tmp_path, batch_rows=100)
    line.double.script = deque([None, Reply(503), None])
    await line.through_time(line.writer.deliver([lot(300)]), 5)
    assert [len(lines) for lines in line.double.writes] == [100, 100, 100]
    assert line.double.requests == 4


async def test_pauses_grow_while_the_server_is_away_and_start_over_afterwards(line: Line) -> None:
    line.double.away = True
    delivery = asyncio.ensure_future(line.writer.deliver([lot(10)]))
    await line.clock.advance(3_600)
    assert not delivery.done()
    assert line.writer.trouble == (
        "http://db cannot be reached: connection refused; readings wait in the journal meanwhile"
    )
    line.double.away = False
    await line.through_time(delivery, 31)
    line.double.script.append(Reply(503))
    await line.through_time(line.writer.deliver([lot(10)]), 0.6)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": "wrong"}, "give [historian.influxdb] a token"),
        ({"bucket": "other"}, "baotu store init"),
        ({"org": "other"}, 'organization name "other" not found'),
    ],
)
async def test_a_refusal_of_us_is_a_sentence_and_the_reading_waits(
    tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    line = Line(tmp_path, **settings)
    delivery = asyncio.ensure_future(line.writer.deliver([lot(10)]))
    await line.clock.advance(9)
    assert words in (line.writer.trouble or "")
    assert line.double.requests <= 1
    line.double.buckets["b2"] = "other"
    delivery.cancel()
    await asyncio.gather(delivery, return_exceptions=True)
    assert not line.quarantine.exists()


async def test_a_bucket_that_is_made_later_gets_everything(tmp_path: Path) -> None:
    line = Line(tmp_path, bucket="later")
    delivery = asyncio.ensure_future(line.writer.deliver([lot(10)]))
    await line.clock.advance(100)
    line.double.buckets["b2"] = "later"
    assert await line.through_time(delivery, 40) == {}
    assert line.arrived == 10


async def test_an_answer_that_never_comes_ends_at_the_total_deadline(tmp_path: Path) -> None:
    async def silence(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    influx = open_influx(
        InfluxSettings(url="http://db", timeout_s=0.05),
        NAMES,
        clock=VirtualClock(NOON),
        transport=httpx.MockTransport(silence),
    )
    with pytest.raises(InfluxError, match=r"no answer within 0\.05 s"):
        await influx.store.append([lot(1)])


async def test_the_quarantine_is_bounded_and_the_account_is_not(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "bounded.lines"
    quarantine = Quarantine(path, most_bytes=1_000)
    for _ in range(50):
        quarantine.keep(b"m,point=a value=1,quality=0i 1\n", "no")
    text = path.read_text()
    assert 900 < len(text) <= 1_000
    assert text.endswith("\n")


async def test_a_quarantine_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    line = Line(tmp_path / "no such folder")
    assert await line.writer.deliver([lot(10, bad=(3,))]) == {"refused": 1}
    assert line.arrived == 9


servers = st.fixed_dictionaries(
    {
        "bad": st.sets(st.integers(0, 99), max_size=100),
        "largest": st.integers(1, 100),
        "refusing": st.booleans(),
    }
)


@given(st.integers(0, 100), st.integers(1, 100), st.integers(1, 8), servers)
def test_every_row_ends_up_written_or_refused_whatever_the_server_says(
    rows: int, most_rows: int, in_flight: int, server: dict[str, Any]
) -> None:
    delivery = Delivery(rows, most_rows)
    bad = {row for row in server["bad"] if row < rows}
    written: set[int] = set()
    steps = 0
    while not delivery.done:
        for step in delivery.take(in_flight):
            steps += 1
            assert steps < 5_000
            wait = delivery.answer(step, _verdict(step, bad, server, written))
            assert (wait is not None) == (server["refusing"] and isinstance(step, Proof))
            if wait is not None:
                assert delivery.rejected == {}
                server["refusing"] = False
    refused = {row for b in delivery.bad for row in range(b.piece.start, b.piece.stop)}
    assert refused == bad
    assert written == set(range(rows)) - bad
    assert delivery.rejected.get("refused", 0) == len(bad)


def _verdict(step: Any, bad: set[int], server: dict[str, Any], written: set[int]) -> Any:
    if server["refusing"]:
        return Refused("nothing is taken here", 0)
    if isinstance(step, Proof):
        return Accepted()
    if len(step) > server["largest"]:
        return TooLarge()
    rows = set(range(step.start, step.stop))
    written |= rows - bad  # what can be taken is taken, whatever is answered
    return Refused("unable to parse", 0) if rows & bad else Accepted()


def test_what_must_wait_is_sent_first_when_waiting_is_over() -> None:
    delivery = Delivery(10, 5)
    first, second = delivery.take(2)
    assert delivery.answer(first, Wait("busy", 3.0)) == Wait("busy", 3.0)
    delivery.answer(second, Accepted())
    assert delivery.take(2) == [Piece(0, 5)]
