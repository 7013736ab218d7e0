"""What is written as line protocol is what is read back, by us and by a real server."""

from __future__ import annotations

import math
from itertools import pairwise

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from historian.influx.errors import LineError
from historian.influx.lines import LineEncoder
from historian.influx.writer import settled
from historian.naming import SeriesName
from historian.settings import InfluxSettings
from telemetry.batch import Batch
from telemetry.quality import Reason, Severity, bad, severity_of, uncertain
from tests.historian.influx.line_parser import Line, parse
from tests.historian.making import NOON, entry

PLAIN = SeriesName("pressure", "lvyou", "pump1", "lvyou.pump1.pressure", "high")
ADVERSARIAL = (
    "a b", "a,b", "a=b", " ", ",", "=", "a, b=c", "泉城路", "value=1", "a,value=9 1", '"quoted"',
    "'single'", "#comment", "é\u00a0x", " lead", "trail ", "==", ",,", "i", "1i",
    "tru\u2028e", "😀",
)  # fmt: skip

words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\\"), max_size=12
)
names = st.builds(
    SeriesName,
    measurement=st.sampled_from(["pressure", "free_chlorine", "with blank", "with,comma"]),
    site=words,
    device=words,
    point=words.filter(bool),
    zone=words,
)
values = st.floats(allow_nan=True, allow_infinity=True)
times = st.integers(1, 2**63 - 2)
qualities = st.integers(0, 191)


def encoded(names: list[SeriesName], batch: Batch) -> list[Line]:
    text = LineEncoder(names).encode(batch).decode()
    assert text.endswith("\n")
    assert "\r" not in text
    return [parse(line) for line in text[:-1].split("\n")]


@given(names, st.lists(st.tuples(times, values, qualities), min_size=1, max_size=20))
def test_what_is_written_is_what_is_read(
    name: SeriesName, samples: list[tuple[int, float, int]]
) -> None:
    time, value, quality = zip(*samples, strict=True)
    lines = encoded([PLAIN, name], Batch.of([1] * len(samples), time, value, quality))
    assert len(lines) == len(samples)
    for line, (at, number, code) in zip(lines, samples, strict=True):
        assert line.measurement == name.measurement
        assert line.tags == name.tags()
        assert list(line.tags) == sorted(line.tags)
        assert line.time == at
        assert line.fields["quality"] == code
        usable = severity_of(code) < Severity.BAD and math.isfinite(number)
        assert ("value" in line.fields) is usable
        if usable:
            assert isinstance(line.fields["value"], float)
            assert np.float64(line.fields["value"]).tobytes() == np.float64(number).tobytes()


@given(st.lists(names, min_size=1, max_size=5), st.data())
def test_samples_of_many_points_each_carry_their_own_name(
    many: list[SeriesName], data: st.DataObject
) -> None:
    order = data.draw(st.lists(st.integers(0, len(many) - 1), min_size=1, max_size=20))
    lines = encoded(many, Batch.of(order, NOON, 1.0))
    assert [line.tags for line in lines] == [many[point].tags() for point in order]


def test_a_line_looks_as_documented() -> None:
    batch = Batch.of(
        [0, 0, 0], NOON, [0.31, math.nan, 7], [0, bad(Reason.COMM), uncertain(Reason.LATE)]
    )
    tags = "device=pump1,point=lvyou.pump1.pressure,site=lvyou,zone=high"
    assert LineEncoder([PLAIN]).encode(batch).decode().split("\n") == [
        f"pressure,{tags} value=0.31,quality=0i {NOON}",
        f"pressure,{tags} quality=129i {NOON}",
        f"pressure,{tags} value=7.0,quality=82i {NOON}",
        "",
    ]


def test_a_bad_sample_that_holds_a_number_is_written_without_it() -> None:
    (line,) = encoded([PLAIN], Batch.of([0], NOON, 99.0, bad(Reason.SENSOR)))
    assert line.fields == {"quality": bad(Reason.SENSOR)}


def test_nothing_is_written_of_nothing() -> None:
    assert LineEncoder([PLAIN]).encode(Batch.empty()) == b""


@pytest.mark.parametrize(
    "name", ["line\nend", "carriage\rreturn", "tab\tstop", "back\\slash", "end\\", "\x7f", "\ud800"]
)
@pytest.mark.parametrize("place", ["site", "device", "point", "zone", "measurement"])
def test_a_name_that_some_server_would_read_otherwise_is_refused(name: str, place: str) -> None:
    parts = {"measurement": "m", "site": "s", "device": "d", "point": "p", "zone": "z", place: name}
    with pytest.raises(LineError, match="cannot be written as line protocol"):
        LineEncoder([SeriesName(**parts)])


@pytest.mark.parametrize("measurement", ["", "#pressure"])
def test_a_measurement_that_would_be_nothing_or_a_comment_is_refused(measurement: str) -> None:
    with pytest.raises(LineError, match="needs one that is not empty"):
        LineEncoder([SeriesName(measurement, "s", "", "p", "")])


@pytest.mark.system
def test_influxdb_reads_adversarial_names_and_numbers_as_they_were_written(
    http: httpx.Client, database: InfluxSettings
) -> None:
    many = [SeriesName("pressure", tag, tag, f"p{i}", tag) for i, tag in enumerate(ADVERSARIAL)]
    numbers = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e21, 1e-7, 123456789.123456789, 1 / 3]
    value = [numbers[i % len(numbers)] for i in range(len(many))]
    batch = Batch.of(range(len(many)), NOON, value)
    written = http.post(
        f"{database.url}/write?db={database.bucket}", content=LineEncoder(many).encode(batch)
    )
    assert (written.status_code, written.text) == (204, "")
    answer = http.get(
        f"{database.url}/query",
        params={"db": database.bucket, "epoch": "ns", "q": "SELECT * FROM pressure GROUP BY *"},
    )
    found = {series["tags"]["point"]: series for series in answer.json()["results"][0]["series"]}
    for name, number in zip(many, value, strict=True):
        series = found[name.point]
        row = dict(zip(series["columns"], series["values"][0], strict=True))
        assert series["tags"] == name.tags()
        assert (row["time"], row["quality"]) == (NOON, 0)
        assert row["value"] == number


def test_requests_are_sorted_so_that_equal_names_stand_together() -> None:
    rows = settled([entry(1, [1, 0, 1], [3, 2, 1], 1.0), entry(2, [0], 5, 1.0)])
    pairs = list(zip(rows.point.tolist(), rows.time.tolist(), strict=True))
    assert all(left < right for left, right in pairwise(pairs))
