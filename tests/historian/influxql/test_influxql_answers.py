"""What an engineer can rely on, one fact at a time; InfluxDB itself is asked next door."""

# ruff: noqa: S608
# The queries are InfluxQL for a read-only engine, not SQL.

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from historian.influxql.errors import ParseError
from telemetry.quality import Reason, bad, uncertain
from tests.historian.influxql.conftest import NOON_S

if TYPE_CHECKING:
    from tests.historian.influxql.conftest import Desk

EAST_1, EAST_2, WEST, PUMP_1, PUMP_2, FLOW, _, LEVEL = range(8)
RECENT = "time >= now() - 10m"


async def test_now_is_the_time_that_the_city_has(desk: Desk) -> None:
    await desk.keep(LEVEL, [(299, 3.0), (301, 4.0)])
    assert await desk.rows("SELECT value FROM level WHERE time > now() - 5m") == [[NOON_S + 301, 4]]


async def test_a_bad_sample_has_a_quality_and_no_value(desk: Desk) -> None:
    await desk.keep(LEVEL, [(0, 3.0)])
    await desk.keep(LEVEL, [(60, 9.9)], bad(Reason.TIMEOUT))
    await desk.keep(LEVEL, [(120, 5.0)], uncertain(Reason.LATE))
    rows = await desk.rows(f"SELECT value, quality FROM level WHERE {RECENT}")
    assert [row[1:] for row in rows] == [[3, 0], [None, 130], [5, 82]]
    text = "SELECT count(value), count(quality), mean(value), max(value) FROM level"
    assert await desk.rows(f"{text} WHERE {RECENT}") == [[NOON_S, 2, 3, 4, 5]]


async def test_several_series_are_taken_together_by_their_samples(desk: Desk) -> None:
    await desk.keep(EAST_1, [(0, 1.0), (10, 1.0), (20, 1.0)])
    await desk.keep(EAST_2, [(5, 5.0)])
    await desk.keep(WEST, [(5, 9.0)])
    text = f"SELECT mean(value), first(value), last(value) FROM pressure WHERE {RECENT}"
    result = await desk.ask(f"{text} AND zone =~ /./ GROUP BY time(1m), zone fill(none)")
    assert [(series["tags"], series["values"]) for series in result["series"]] == [
        ({"zone": "east"}, [[NOON_S, 2, 1, 1]]),
        ({"zone": "west"}, [[NOON_S, 9, 9, 9]]),
    ]


async def test_a_selector_shows_when_and_where(desk: Desk) -> None:
    await desk.keep(EAST_1, [(0, 0.31), (60, 0.12), (120, 0.30)])
    await desk.keep(PUMP_1, [(60, 0.55)])
    rows = await desk.rows(f"SELECT min(value), point, device FROM pressure WHERE {RECENT}")
    assert rows == [[NOON_S + 60, 0.12, "east_01.pressure", None]]


@pytest.mark.parametrize(
    ("fill", "values"),
    [
        ("", [1, None, None, 4]),
        ("fill(null)", [1, None, None, 4]),
        ("fill(none)", [1, 4]),
        ("fill(previous)", [1, 1, 1, 4]),
        ("fill(linear)", [1, 2, 3, 4]),
        ("fill(0)", [1, 0, 0, 4]),
        ("fill(previous) ORDER BY time DESC", [4, 4, 4, 1]),
    ],
)
async def test_an_empty_window_is_filled_as_asked(
    desk: Desk, fill: str, values: list[float | None]
) -> None:
    await desk.keep(LEVEL, [(0, 1.0), (180, 4.0)])
    text = f"SELECT mean(value) FROM level WHERE {RECENT} AND time < now() - 6m"
    rows = await desk.rows(f"{text} GROUP BY time(1m) {fill}")
    assert [row[1] for row in rows] == values


async def test_a_day_begins_at_midnight_of_the_time_zone(desk: Desk) -> None:
    await desk.keep(LEVEL, [(-86_400, 1.0), (0, 2.0), (3 * 3_600, 3.0), (5 * 3_600, 4.0)])
    text = "SELECT sum(value) FROM level WHERE time >= '2025-12-31' AND time < '2026-01-03'"
    rows = await desk.rows(f"{text} GROUP BY time(1d) tz('Asia/Shanghai')", epoch="")
    assert rows == [
        ["2025-12-31T00:00:00+08:00", 1],
        ["2026-01-01T00:00:00+08:00", 5],
        ["2026-01-02T00:00:00+08:00", 4],
    ]


async def test_a_day_of_25_hours_is_one_day(desk: Desk) -> None:
    """Clocks in Berlin are put back on 2026-10-25."""
    hours = 298 * 24 - 12
    await desk.keep(LEVEL, [((hours + hour) * 3_600, 1.0) for hour in range(-60, 60)])
    text = "SELECT count(value) FROM level WHERE time >= '2026-10-24' AND time < '2026-10-27'"
    rows = await desk.rows(f"{text} GROUP BY time(1d) tz('Europe/Berlin')", epoch="")
    assert rows == [
        ["2026-10-24T00:00:00+02:00", 24],
        ["2026-10-25T00:00:00+02:00", 25],
        ["2026-10-26T00:00:00+01:00", 24],
    ]


async def test_times_are_written_in_the_unit_asked_for(desk: Desk) -> None:
    await desk.keep(LEVEL, [(0.5, 1.0)])
    instant = NOON_S * 10**9 + 500_000_000
    for epoch, time in {
        "": "2026-01-01T12:00:00.5Z",
        "ns": instant,
        "u": instant // 1_000,
        "ms": instant // 10**6,
        "s": NOON_S,
        "m": NOON_S // 60,
        "h": NOON_S // 3_600,
    }.items():
        assert await desk.rows(f"SELECT value FROM level WHERE {RECENT}", epoch) == [[time, 1]]


async def test_without_a_beginning_the_last_value_is_found_however_old(desk: Desk) -> None:
    await desk.keep(LEVEL, [(-86_400 * 400, 1.5), (-86_400 * 399, 2.5)])
    assert await desk.rows("SELECT last(value) FROM level") == [[NOON_S - 86_400 * 399, 2.5]]
    assert await desk.rows("SELECT first(value) FROM level") == [[NOON_S - 86_400 * 400, 1.5]]
    assert await desk.rows("SELECT count(value) FROM level") == [[0, 2]]
    newest = await desk.rows("SELECT value FROM level ORDER BY time DESC LIMIT 1")
    assert newest == [[NOON_S - 86_400 * 399, 2.5]]


async def test_bad_samples_do_not_hide_the_last_value(desk: Desk) -> None:
    await desk.keep(LEVEL, [(-7_000, 2.5)])
    await desk.keep(LEVEL, [(-6_900 + 10 * i, 0.0) for i in range(600)], bad(Reason.COMM))
    assert await desk.rows("SELECT last(value) FROM level") == [[NOON_S - 7_000, 2.5]]
    later = await desk.rows("SELECT value FROM level LIMIT 1")
    assert later == [[NOON_S - 7_000, 2.5]]


async def test_a_sample_ahead_of_the_clock_is_seen(desk: Desk) -> None:
    await desk.keep(LEVEL, [(86_400, 2.5)])
    assert await desk.rows("SELECT last(value) FROM level") == [[NOON_S + 86_400, 2.5]]


async def test_the_highest_of_a_year_is_found_with_its_time(desk: Desk) -> None:
    await desk.keep(LEVEL, [(-3_600.0 * hour, 1 + hour % 7 / 10) for hour in range(8_760)])
    await desk.keep(LEVEL, [(-12_345_678, 9.5), (-12_345_677, 9.5), (-23_456_789, -2.0)])
    assert await desk.rows("SELECT max(value) FROM level") == [[NOON_S - 12_345_678, 9.5]]
    assert await desk.rows("SELECT min(value) FROM level") == [[NOON_S - 23_456_789, -2]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT foo(value) FROM level", "undefined function foo()"),
        ("SELECT percentile(value) FROM level", "invalid number of arguments for percentile"),
        ("SELECT percentile(value, 'x') FROM level", "expected float argument in percentile()"),
        ("SELECT mean(mean(value)) FROM level", "expected field argument in mean()"),
        ("SELECT mean(value), value FROM level", "mixing aggregate and non-aggregate queries"),
        ("SELECT 1 FROM level", "field must contain at least one variable"),
        ("SELECT mean(*) * 2 FROM level", "unsupported expression with wildcard: mean()"),
        ("SELECT value FROM level GROUP BY time(1m)", "GROUP BY requires at least one aggregate"),
        ("SELECT mean(value) FROM level GROUP BY time", "time() is a function and expects"),
        ("SELECT mean(value) FROM level GROUP BY time(1m), time(2m)", "multiple time dimensions"),
        ("SELECT mean(value) FROM level GROUP BY time('x')", "must have duration argument"),
        ("SELECT mean(value) FROM level GROUP BY time(0s)", "must be longer than 0"),
        ("SELECT mean(value) FROM level GROUP BY hour(1)", "only time() calls allowed"),
        ("SELECT value FROM level WHERE time > 'x'", "time and *influxql.StringLiteral are not"),
        ("SELECT value FROM level WHERE time > '2026-13-01'", "is no time"),
        ("SELECT value FROM level WHERE time != 5", "invalid time comparison operator: !="),
        ("SELECT value FROM level WHERE time > value", "compared with something that is no time"),
        ("SELECT value FROM other..level", "database not found: other"),
        ("SELECT value FROM weekly.level", "retention policy not found: weekly"),
        ("SHOW TAG KEYS ON other", "database not found: other"),
    ],
)
async def test_a_statement_that_makes_no_sense_is_answered_in_influxdbs_words(
    desk: Desk, text: str, said: str
) -> None:
    assert said in (await desk.ask(text))["error"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT derivative(mean(value), 1s) FROM level", "derivative() is not supported, only"),
        ("SELECT value FROM level WHERE value > 1", "conditions on fields are not supported"),
        ("SELECT value FROM level WHERE zone = 'a' OR time > 5", "joined by AND only"),
        ("SELECT value FROM level WHERE zone > 'a'", "tags are compared with strings"),
        ("SELECT value FROM level WHERE zone", "tags are compared with strings"),
        ("SELECT value FROM level WHERE zone =~ /(/", "error parsing regexp: missing ): ("),
        ("SELECT value FROM level WHERE zone =~ /(?=a)/", "error parsing regexp"),
        ("SELECT value FROM level WHERE zone =~ /\\1/", "error parsing regexp"),
        ("SELECT 'a' FROM level", "only fields, tags, numbers, functions"),
        ("SELECT max(value) + quality FROM level", "a function and a field in one expression"),
        ("SELECT mean(value) FROM level GROUP BY time(1m)", "needs a beginning here"),
        ("SELECT mean(value) FROM level tz('Nowhere/X')", "unable to find time zone Nowhere/X"),
        ("SELECT mean(value) FROM level tz('../etc')", "unable to find time zone"),
    ],
)
async def test_what_is_not_supported_is_refused_in_a_sentence(
    desk: Desk, text: str, said: str
) -> None:
    with pytest.raises(ParseError) as caught:
        await desk.ask(text)
    assert said in str(caught.value)


async def test_without_a_database_nothing_can_be_asked(desk: Desk) -> None:
    for text in ("SELECT value FROM level", "SHOW MEASUREMENTS", "SHOW RETENTION POLICIES"):
        assert (await desk.ask(text, database=""))["error"] == "database name required"
    assert "series" in await desk.ask("SHOW TAG KEYS ON baotu", database="")


async def test_a_tag_that_no_series_has_is_empty(desk: Desk) -> None:
    await desk.keep(LEVEL, [(0, 1.0)])
    for condition in ("vendor = ''", "vendor != 'x'", "vendor =~ /^$/", "vendor !~ /x/"):
        assert await desk.rows(f"SELECT value FROM level WHERE {condition} LIMIT 1")
    for condition in ("vendor = 'x'", "vendor != ''", "vendor =~ /x/"):
        assert "series" not in await desk.ask(f"SELECT value FROM level WHERE {condition} LIMIT 1")


async def test_dividing_by_zero_gives_zero_and_null_stays_null(desk: Desk) -> None:
    await desk.keep(LEVEL, [(0, 3.0)])
    await desk.keep(LEVEL, [(60, 3.0)], bad(Reason.COMM))
    text = "SELECT value / 0, value % 2, quality % 0, value + quality FROM level LIMIT 2"
    assert [row[1:] for row in await desk.rows(text)] == [[0, 1, 0, 3], [None, None, 0, None]]


async def test_a_huge_number_is_still_a_number(desk: Desk) -> None:
    await desk.keep(LEVEL, [(0, 3.0)])
    times = " * 9000000000000000000" * 20
    [row] = await desk.rows(
        f"SELECT value{times} AS x, value{times} * 1000 AS y FROM level LIMIT 1"
    )
    assert row == [NOON_S, None, None]
    [row] = await desk.rows("SELECT value * 9000000000000000000 FROM level LIMIT 1")
    assert row == [NOON_S, 2.7e19]
