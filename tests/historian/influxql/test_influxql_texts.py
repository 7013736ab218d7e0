"""Texts: whatever is sent, it is answered or refused in a sentence."""

# ruff: noqa: S608
# The queries are InfluxQL for a read-only engine, not SQL.

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.influxql.engine import InfluxQL, Request
from historian.influxql.errors import InfluxQLError, ParseError, ReadOnlyError
from historian.influxql.parsing import LONGEST_TEXT, Parser
from historian.influxql.syntax import Binary, Call, Column, Name, Number, Select, Source
from historian.memory import MemoryStore
from tests.historian.influxql.asking import Asking
from tests.historian.influxql.city import NAMES

PARSER = Parser()
VOCABULARY = r"""
    SELECT FROM WHERE GROUP BY time fill ORDER LIMIT OFFSET SLIMIT tz AND OR AS SHOW TAG VALUES
    WITH KEY IN mean ( ) , ; * + - / % = != =~ !~ <= > . :: 'east' "zone" /a|b/ 5m 10 0.5 value
    pressure now() 1h30m '2026-01-01' INTO DROP -- \ é 水
"""
WORDS = VOCABULARY.split()


def _complaint(text: str) -> str:
    with pytest.raises(InfluxQLError) as caught:
        PARSER.parse(text)
    return str(caught.value)


def _said(text: str) -> str | None:
    """Why a text is refused, or None."""
    try:
        PARSER.parse(text)
    except InfluxQLError as refusal:
        return str(refusal)
    return None


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=200))
@settings(max_examples=400, deadline=None)
def test_any_text_is_parsed_or_refused_in_a_sentence(text: str) -> None:
    said = _said(text)
    assert said is None or len(said) > 10


def _damaged(text: str, random: Random) -> str:
    at, to = sorted(random.choices(range(len(text)), k=2))
    piece = random.choice((text[at:to], random.choice(WORDS), "", text[at:to] * 3))
    return text[:at] + piece + text[to if random.random() < 0.5 else at :]


async def test_a_damaged_query_is_answered_or_refused_in_a_sentence() -> None:
    influxql = InfluxQL(MemoryStore(len(NAMES)), NAMES)
    random, asking = Random(3), Asking(seed=3)
    outcomes: Counter[str] = Counter()
    for _ in range(600):
        text = _damaged(asking.next().text, random)
        try:
            await influxql.answer(Request(text, 0, "baotu", "ms"))
        except InfluxQLError:
            outcomes["refused"] += 1
        else:
            outcomes["answered"] += 1
    assert min(outcomes["refused"], outcomes["answered"]) > 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("selec x", "found selec, expected ;, SELECT, SHOW at line 1, char 1"),
        ("SELECT", "found EOF"),
        ("SELECT value", "found EOF, expected"),
        ("SELECT mean(value FROM pressure", "found FROM, expected"),
        ("SELECT value\nFROM pressure LIMIT -1", "found -, expected integer at line 2, char 21"),
        ("SELECT value FROM pressure LIMIT 1 LIMIT 2", "found LIMIT, expected"),
        ("SELECT value FROM pressure WHERE zone =~ 'x'", "found ', expected regex"),
        ("SELECT value FROM pressure WHERE time > now() - 5x", "found x, expected"),
        ("SELECT value FROM pressure ORDER BY value", "only ORDER BY time supported"),
        ("SELECT value FROM pressure fill(x)", "expected number argument in fill()"),
        (f"SELECT value FROM pressure LIMIT {10**30}", "too large a number"),
        (f"SELECT value * {'9' * 400}.0 FROM pressure", "too large a number"),
        ("SELECT value FROM x WHERE time > now() - 999999w", "longer than 292 years"),
        ("SELECT " + "(" * 65, "more than 64 parentheses"),
        ("SELECT " + "a + " * 65 + "a FROM b", "more than 64 operators"),
        ("SELECT a FROM b" + " " * LONGEST_TEXT, f"longer than {LONGEST_TEXT} characters"),
    ],
)
def test_the_sentence_says_what_is_wrong_and_where(text: str, said: str) -> None:
    assert said in _complaint(text)


@pytest.mark.parametrize(
    "text",
    [
        "DROP DATABASE baotu",
        "create database x",
        "DELETE FROM pressure",
        "INSERT pressure value=1",
        "SHOW DATABASES; DROP MEASUREMENT pressure",
        "SELECT value INTO other FROM pressure",
        "GRANT ALL TO grafana",
    ],
)
def test_what_would_change_something_is_refused_as_such(text: str) -> None:
    with pytest.raises(ReadOnlyError, match="questions only"):
        PARSER.parse(text)


def test_a_comment_an_escape_and_any_case_are_read() -> None:
    [statement] = PARSER.parse(
        'sElEcT MEAN("value") / 2 aS "it\\"s" -- the mean\nfrom "baotu".."pressure";;'
    )
    assert statement == Select(
        columns=(Column(Binary("/", Call("mean", (Name("value"),)), Number(2)), 'it"s'),),
        sources=(Source("pressure", "baotu"),),
    )


def test_a_long_choice_of_points_is_parsed() -> None:
    points = " OR ".join(f"\"point\" = 'north_{i:04}.pressure'" for i in range(1_500))
    [statement] = PARSER.parse(f"SELECT value FROM pressure WHERE ({points})")
    assert isinstance(statement, Select)


def test_nobody_says_anything() -> None:
    assert PARSER.parse(" ; ;") == ()
    influxql = InfluxQL(MemoryStore(len(NAMES)), NAMES)
    assert asyncio.run(influxql.answer(Request(";", 0))) == {}


def test_an_unknown_unit_of_time_is_refused() -> None:
    influxql = InfluxQL(MemoryStore(len(NAMES)), NAMES)
    with pytest.raises(ParseError, match="invalid epoch y"):
        asyncio.run(influxql.answer(Request("SHOW DATABASES", 0, epoch="y")))
