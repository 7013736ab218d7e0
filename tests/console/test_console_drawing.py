"""What is drawn: bars, the map, and the rows of a chart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.drawing.bars import bar_scale
from console.drawing.columns import of_buckets, of_series
from console.drawing.network_map import (
    Box,
    apart,
    fit,
    grown,
    height_for,
    hull,
    place_labels,
    text_width,
)
from console.ports import Band
from historian.bucketing import Bucketing
from historian.queries import BucketQuery, Buckets, Series
from telemetry.clock import SECOND
from telemetry.quality import GOOD, Reason, Severity, bad, severity_of

places = st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("band", "start", "end"),
    [
        pytest.param(Band(0.05, 2.0), 0.0, 2.975, id="both-limits-never-below-the-possible"),
        pytest.param(Band(0.14, None), 0.0, 0.42, id="low-limit-only"),
        pytest.param(Band(None, 1.0), 0.0, 1.5, id="high-limit-only"),
        pytest.param(Band(None, None), 0.0, 10.0, id="no-limit"),
        pytest.param(None, 0.0, 10.0, id="no-band"),
        pytest.param(Band(6.5, 8.5), 5.5, 9.5, id="margin-of-half-the-band"),
        pytest.param(Band(0.0, None), 0.0, 10.0, id="a-limit-of-zero-gives-no-scale"),
    ],
)
def test_a_bar_shows_the_limits_with_room_beside_them(
    band: Band | None, start: float, end: float
) -> None:
    scale = bar_scale(band, 0.0, 10.0)
    assert (scale.start, scale.end) == pytest.approx((start, end))


@given(low=st.floats(-100, 100), width=st.floats(0, 100), value=st.floats(-1e6, 1e6))
def test_a_bar_never_shows_a_value_beyond_its_ends(low: float, width: float, value: float) -> None:
    scale = bar_scale(Band(low, low + width), -1e3, 1e3)
    assert scale.start < scale.end
    assert 0.0 <= scale.share(value) <= 1.0


def test_the_normal_part_of_a_bar_lies_between_its_limits() -> None:
    begin, end = bar_scale(Band(6.5, 8.5), 0.0, 14.0).normal
    assert (begin, end) == pytest.approx((0.25, 0.75))


def test_a_bar_without_limits_is_normal_everywhere() -> None:
    assert bar_scale(None, 0.0, 1.0).normal == (0.0, 1.0)


@given(places)
def test_the_map_shows_every_place_inside_its_margin(where: list[tuple[float, float]]) -> None:
    projection = fit(where, 800, 600, 40)
    for x, y in where:
        left, top = projection.place(x, y)
        assert 39.8 <= left <= 760.2
        assert 39.8 <= top <= 560.2


def test_north_is_up_on_the_map() -> None:
    projection = fit([(0, 0), (100, 100)], 200, 200, 10)
    assert projection.place(0, 100)[1] < projection.place(0, 0)[1]


def test_the_map_is_as_high_as_the_city_needs_and_no_higher_than_allowed() -> None:
    assert height_for([(0, 0), (200, 100)], 800, 700, 50) == 450
    assert height_for([(0, 0), (100, 900)], 800, 700, 50) == 700
    assert height_for([(5, 5)], 800, 700, 50) == 700


@given(places)
def test_an_outline_surrounds_all_places_of_a_zone(where: list[tuple[float, float]]) -> None:
    outline = hull(where)
    assert set(outline) <= set(where)
    if len(outline) < 3:
        return
    pairs = list(zip(outline, outline[1:] + outline[:1], strict=True))
    for x, y in where:
        turns = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for (ax, ay), (bx, by) in pairs]
        assert min(turns) >= -1e-3


def test_an_outline_grows_away_from_its_middle() -> None:
    assert grown([(0, 0), (10, 0), (10, 10), (0, 10)], math.sqrt(2)) == [
        (-1, -1),
        (11, -1),
        (11, 11),
        (-1, 11),
    ]
    assert grown([], 5) == []


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400)), min_size=2, max_size=25))
def test_marks_of_near_places_are_moved_apart(where: list[tuple[float, float]]) -> None:
    named = {str(i): place for i, place in enumerate(where)}
    moved = apart(named, dict.fromkeys(named, (5.0, 5.0)))
    assert moved["0"] == named["0"]
    assert moved["1"] != moved["0"] or named["1"] != named["0"]
    for name, (x, y) in moved.items():
        assert math.hypot(x - named[name][0], y - named[name][1]) <= 60


def test_a_label_stands_where_it_covers_nothing() -> None:
    marks = {
        "a": ((100.0, 100.0), Box(90, 90, 110, 110)),
        "right of a": ((130.0, 100.0), Box(112, 90, 160, 110)),
    }
    placed = place_labels(marks, {"a": "Beiyuan"}, Box(0, 0, 400, 400))
    assert placed["a"].anchor != "start"


def test_a_label_stays_inside_the_picture() -> None:
    marks = {"a": ((390.0, 200.0), Box(385, 195, 395, 205))}
    assert place_labels(marks, {"a": "Donghu"}, Box(0, 0, 400, 400))["a"].anchor == "end"


def test_a_chinese_character_takes_the_room_of_two_letters() -> None:
    assert text_width("东湖") == text_width("abcd")


def _series(times_s: list[int], values: list[float], quality: list[int]) -> Series:
    return Series(
        np.array(times_s, dtype=np.int64) * SECOND,
        np.array(values),
        np.array(quality, dtype=np.uint8),
    )


def test_a_bad_sample_breaks_the_line_and_keeps_its_reason() -> None:
    code = bad(Reason.TIMEOUT)
    drawn = of_series(_series([0, 15, 30], [1.0, 5.0, 2.0], [GOOD, code, GOOD]), 60 * SECOND)
    assert np.isnan(drawn.first).tolist() == [False, True, False]
    assert drawn.worst.tolist() == [GOOD, code, GOOD]


def test_a_long_pause_breaks_the_line() -> None:
    drawn = of_series(_series([0, 15, 600], [1.0, 2.0, 3.0], [0, 0, 0]), 60 * SECOND)
    assert np.isnan(drawn.first).tolist() == [False, False, True, False]
    assert drawn.time.tolist() == sorted(drawn.time.tolist())
    assert severity_of(int(drawn.worst[2])) is Severity.BAD


def test_a_series_without_samples_draws_nothing() -> None:
    assert len(of_series(_series([], [], []), SECOND).time) == 0


def _buckets(times_s: list[int], values: list[float], end_s: int, step_s: int) -> Buckets:
    bucketing = Bucketing(BucketQuery(0, 0, end_s * SECOND, step_s * SECOND))
    bucketing.add(_series(times_s, values, [0] * len(values)))
    return bucketing.result()


@pytest.mark.parametrize(("times_s", "gap"), [([5, 25, 45], False), ([5, 25, 195], True)])
def test_empty_columns_are_a_gap_only_when_the_pause_is_long(times_s: list[int], gap: bool) -> None:
    drawn = of_buckets(_buckets(times_s, [1.0, 2.0, 3.0], 200, 10), 10 * SECOND, 60 * SECOND)
    assert bool(np.isnan(drawn.first).any()) is gap


def test_a_column_keeps_the_spike() -> None:
    drawn = of_buckets(_buckets([0, 1, 2, 3], [1, 9, 0.5, 2], 4, 4), 4 * SECOND, SECOND)
    kept = [drawn.first, drawn.minimum, drawn.maximum, drawn.last]
    assert [float(column[0]) for column in kept] == [1, 0.5, 9, 2]
