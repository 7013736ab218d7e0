"""The double judges every line as InfluxDB 1.6.7 does; what tests learn from it is true there."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.historian.influx.double import BUCKET, ORG, TOKEN, InfluxDouble
from tests.historian.influx.line_parser import BadLineError, Line, parse

if TYPE_CHECKING:
    import httpx

    from historian.settings import InfluxSettings

CASES = Path(__file__).parents[2] / "cases" / "historian" / "lines"
GOOD = (CASES / "good.txt").read_text().splitlines()
BAD = (CASES / "bad.txt").read_text().splitlines()


@pytest.mark.parametrize("line", BAD)
def test_the_parser_refuses(line: str) -> None:
    with pytest.raises(BadLineError):
        parse(line)


@pytest.mark.parametrize("line", GOOD)
def test_the_parser_reads(line: str) -> None:
    assert parse(line).fields


def verdict_of_influxdb(
    http: httpx.Client, database: InfluxSettings, line: str
) -> tuple[bool, list[dict[str, Any]]]:
    """Whether it takes the line, and all rows it then has; empties the database."""
    target = f"{database.url}/write?db={database.bucket}"
    taken = http.post(target, content=line.encode() + b"\n").status_code == 204
    question = {"db": database.bucket, "epoch": "ns", "q": "SELECT * FROM /.*/ GROUP BY *"}
    answer = http.get(f"{database.url}/query", params=question).json()["results"][0]
    rows = [
        {"name": s["name"], "tags": s.get("tags", {}), **dict(zip(s["columns"], row, strict=True))}
        for s in answer.get("series", [])
        for row in s["values"]
    ]
    drop = {"db": database.bucket, "q": "DROP SERIES FROM /.*/"}
    http.post(f"{database.url}/query", data=drop).raise_for_status()
    return taken, rows


def verdict_of_double(line: str) -> bool:
    double = InfluxDouble()
    headers = {"authorization": f"Token {TOKEN}"}
    target = f"/api/v2/write?org={ORG}&bucket={BUCKET}&precision=ns"
    return double.answer("POST", target, headers, line.encode() + b"\n").status == 204


@pytest.mark.system
def test_influxdb_agrees_about_every_line_of_the_collection(
    http: httpx.Client, database: InfluxSettings
) -> None:
    for number, line in enumerate([*GOOD, *BAD]):
        own = line.replace("m", f"m{number}", 1) if line.startswith("m") else line
        taken, rows = verdict_of_influxdb(http, database, own)
        assert verdict_of_double(own) == taken, own
        if taken:
            same_row(parse(own), rows)


def same_row(line: Line, rows: list[dict[str, Any]]) -> None:
    (row,) = rows
    time = row.pop("time")
    assert (row.pop("name"), row.pop("tags")) == (line.measurement, line.tags)
    assert line.time in (None, time)
    assert row == line.fields


_measurements = (f"m{number}" for number in itertools.count())
_signs = ["a", "b", ",", "=", " ", "\\,", "\\=", "\\ ", "value=", "1", "1.5", "i", "e5", "-", "t"]
pieces = st.lists(st.sampled_from([*_signs, ",q=", " 1767268800", "#"]), max_size=12).map("".join)


@pytest.mark.system
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tags=pieces, fields=pieces)
def test_influxdb_agrees_about_lines_that_nobody_thought_of(
    http: httpx.Client, database: InfluxSettings, tags: str, fields: str
) -> None:
    # A measurement of its own: a server remembers the types of fields.
    line = f"{next(_measurements)},t={tags} value=1,f={fields} 1767268800000000000"
    taken, rows = verdict_of_influxdb(http, database, line)
    assert verdict_of_double(line) == taken, line
    if taken:
        same_row(parse(line), rows)
