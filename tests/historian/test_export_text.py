"""What a file says is what was read: parse(export(x)) = x, whatever names and values are."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.exporting.csv_text import CsvEncoder, quality_words
from historian.exporting.lines_text import LineText
from historian.exporting.parquet_file import ParquetSink
from historian.exporting.table import Table
from historian.exporting.text import guarded, unguarded
from historian.reading.facts import PointFacts
from historian.reading.times import iso_text, length_ns, midnight_before, time_ns
from historian.rows import Rows
from telemetry.quality import Reason, Severity, quality, severity_of
from tests.historian.making import NOON, SECOND, folder_in_memory, table
from tests.historian.outside import city_of

if TYPE_CHECKING:
    from pathlib import Path

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
_FORMULAS = st.sampled_from(["=cmd|'/c calc'!A1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
_NAMES = _TEXTS | _FORMULAS
_VALUES = st.floats(allow_nan=True, allow_infinity=False)
_CODES = st.builds(quality, st.sampled_from(Severity), st.sampled_from(Reason))
_TIMES = st.integers(1, 2**62)
_ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "America/St_Johns", "Europe/Berlin"])
_WORDS = {quality_words(code): code for code in range(256)}


@st.composite
def readings(draw: st.DrawFn) -> tuple[dict[int, PointFacts], Table]:
    """Any points and readings of them."""
    names = draw(st.lists(_NAMES, min_size=1, max_size=4, unique=True))
    units = draw(st.lists(_NAMES | st.just(""), min_size=len(names), max_size=len(names)))
    facts = {
        7 * i: PointFacts(name, "flow" if i % 2 else "", unit)
        for i, (name, unit) in enumerate(zip(names, units, strict=True))
    }
    numbers = st.sampled_from(sorted(facts))
    rows = draw(st.lists(st.tuples(numbers, _TIMES, _VALUES, _CODES), max_size=8))
    point, time, value, code = (list(c) for c in zip(*rows, strict=True)) if rows else [[]] * 4
    columns = Rows(
        np.array(point, np.int32),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.array(code, np.uint8),
        np.zeros(len(rows), np.int64),
    )
    return facts, Table.of_readings(columns)


def as_rows(facts: dict[int, PointFacts], found: Table) -> list[tuple[object, ...]]:
    """What must be read back; NaN is None."""
    assert found.quality is not None
    return [
        (int(t), facts[int(p)].name, facts[int(p)].kind, None if np.isnan(v) else float(v), int(q))
        for p, t, v, q in zip(
            found.point, found.time, found.numbers["value"], found.quality, strict=True
        )
    ]


def _ns_of(text: str) -> int:
    """Nanoseconds of an ISO time with up to nine decimals."""
    found = re.fullmatch(r"([\dT:-]{19})(?:\.(\d{3,9}))?([+-]\d\d:\d\d)", text)
    assert found is not None, text
    whole = datetime.fromisoformat(found[1] + found[3])
    seconds = (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return seconds * SECOND + int((found[2] or "0").ljust(9, "0"))


@settings(deadline=None)
@given(readings(), _ZONES)
def test_csv_reads_back_as_it_was_H4(
    given_: tuple[dict[int, PointFacts], Table], zone: str
) -> None:
    facts, written = given_
    encoder = CsvEncoder("readings", facts, ZoneInfo(zone))
    text = (encoder.header() + encoder.encode(written)).decode()
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    found = [
        (
            _ns_of(line["time"]),
            unguarded(line["point"]),
            unguarded(line["kind"]),
            float(line["value"]) if line["value"] else None,
            _WORDS[line["quality"], line["reason"]],
        )
        for line in lines
    ]
    assert found == as_rows(facts, written)
    units = {one.name: one.unit for one in facts.values()}
    assert all(units[unguarded(line["point"])] == unguarded(line["unit"]) for line in lines)


@settings(deadline=None)
@given(_NAMES)
def test_no_text_of_a_cell_begins_like_a_formula_H4(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(guarded(text)) == text


def test_a_negative_number_is_no_formula_and_stays_a_number_H4() -> None:
    facts = {1: PointFacts("a.b", "temperature", "°C")}
    rows = Rows(*(np.array(c) for c in ([1], [NOON], [-0.5], [0], [0])))
    encoder = CsvEncoder("readings", facts, UTC)
    line = encoder.encode(Table.of_readings(rows)).decode()
    assert line == "2026-01-01T12:00:00+00:00,a.b,temperature,°C,-0.5,good,none\n"


@settings(max_examples=40, deadline=None)
@given(readings())
def test_parquet_reads_back_as_it_was(given_: tuple[dict[int, PointFacts], Table]) -> None:
    facts, written = given_
    with folder_in_memory() as folder:
        path = f"{folder}/x.parquet"
        _write_parquet(path, facts, written)
        found = duckdb.execute(
            "SELECT epoch_ns(time), point, coalesce(kind, ''), value, quality, reason "
            "FROM read_parquet($path)",
            {"path": path},
        ).fetchall()
    expected = as_rows(facts, written)
    assert [(*row[:4], _WORDS[row[4], row[5]]) for row in found] == expected


def _write_parquet(path: str, facts: dict[int, PointFacts], written: Table) -> None:
    from pathlib import Path

    with ParquetSink(Path(path), "readings", facts) as sink:
        half = len(written) // 2
        for part in (slice(0, half), slice(half, None)):
            sink.write(_part(written, part))
        sink.finish()


def _part(whole: Table, rows: slice) -> Table:
    assert whole.quality is not None
    numbers = {name: column[rows] for name, column in whole.numbers.items()}
    return Table(whole.point[rows], whole.time[rows], numbers, whole.quality[rows])


def test_a_parquet_file_says_what_its_columns_are(tmp_path: Path) -> None:
    with ParquetSink(tmp_path / "x.parquet", "buckets", {}) as sink:
        sink.finish()
    file = str(tmp_path / "x.parquet")
    described = dict(
        duckdb.execute(
            "SELECT decode(key), decode(value) FROM parquet_kv_metadata($file)",
            {"file": file},
        ).fetchall()
    )
    assert described["origin"] == "baotu"
    assert "0 is a gap" in described["columns"]
    columns = duckdb.read_parquet(file).columns
    assert columns == [
        "time",
        "point",
        "kind",
        "unit",
        "min",
        "mean",
        "max",
        "last",
        "count",
        "good",
    ]


_PARTS = st.text(st.sampled_from("abc =,é水-"), min_size=1, max_size=5)


@settings(deadline=None)
@given(
    st.lists(_PARTS, min_size=3, max_size=4),
    _PARTS,
    st.lists(st.tuples(_TIMES, _VALUES, _CODES), min_size=1, max_size=6),
)
def test_line_protocol_reads_back_as_it_was_H4(
    parts: list[str], zone: str, rows: list[tuple[int, float, int]]
) -> None:
    name = ".".join(["site", *parts])
    city = city_of(table(name), zone)
    time, value, code = (list(column) for column in zip(*rows, strict=True))
    columns = Rows(
        np.full(len(rows), 3, np.int32),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.array(code, np.uint8),
        np.zeros(len(rows), np.int64),
    )
    encoder = LineText({3: PointFacts(name, "", "")}, city)
    lines = encoder.encode(Table.of_readings(columns)).decode().splitlines()
    assert len(lines) == len(rows)
    for line, (t, v, q) in zip(lines, rows, strict=True):
        measurement, tags, fields, when = _parse_line(line)
        usable = severity_of(q) < Severity.BAD and not np.isnan(v)
        assert measurement == "pressure"
        assert tags == {
            "site": "site",
            "device": ".".join(parts[:-1]),
            "point": name,
            "zone": zone,
        }
        assert fields == {"quality": f"{q}i"} | ({"value": fields["value"]} if usable else {})
        assert not usable or float(fields["value"]) == v
        assert when == t


def _parse_line(line: str) -> tuple[str, dict[str, str], dict[str, str], int]:
    """Line protocol as InfluxDB's reference describes it."""
    key, fields, when = re.split(r"(?<!\\) ", line)
    measurement, *tags = re.split(r"(?<!\\),", key)
    pairs = [re.split(r"(?<!\\)=", tag) for tag in tags]
    assert [pair[0] for pair in pairs] == sorted(pair[0] for pair in pairs)
    plain = {k: re.sub(r"\\([,= ])", r"\1", v) for k, v in pairs}
    return measurement, plain, dict(f.split("=") for f in fields.split(",")), int(when)


@pytest.mark.parametrize(
    ("zone", "time", "text"),
    [
        ("Asia/Shanghai", "2026-01-01T00:00:00+08:00", "2026-01-01T00:00:00+08:00"),
        ("Europe/Berlin", "2026-03-29T00:59:59+00:00", "2026-03-29T01:59:59+01:00"),
        ("Europe/Berlin", "2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00"),
        ("Europe/Berlin", "2026-10-25T00:30:00+00:00", "2026-10-25T02:30:00+02:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00+00:00", "2026-10-25T02:30:00+01:00"),
        ("America/St_Johns", "2026-01-01T00:00:00+00:00", "2025-12-31T20:30:00-03:30"),
    ],
)
def test_times_carry_the_offset_of_their_day_S7(zone: str, time: str, text: str) -> None:
    moment = time_ns(time, UTC)
    assert iso_text(moment, ZoneInfo(zone)) == text


def test_decimals_are_as_many_as_the_times_need() -> None:
    texts = [iso_text(NOON + ns, UTC) for ns in (0, 5 * 10**8, 5 * 10**5, 7)]
    assert [text.removeprefix("2026-01-01T12:00:00") for text in texts] == [
        "+00:00",
        ".500+00:00",
        ".000500+00:00",
        ".000000007+00:00",
    ]


def test_midnight_is_the_citys() -> None:
    assert midnight_before(NOON, ZoneInfo("Asia/Shanghai")) == NOON - 20 * 3_600 * SECOND
    assert length_ns("15min") == 900 * SECOND
