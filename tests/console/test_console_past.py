"""A point's past: asked for without waste, its gaps named, and how much of it came."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.drawing.steps import DAY, MINUTE, grid, midnight
from console.gaps import Gap, Seen, captured, gaps_of, seen_in_buckets, seen_in_series
from console.past import look, stretch_of
from historian.bucketing import Bucketing
from historian.entry import Entry
from historian.memory import MemoryStore
from historian.queries import BucketQuery, RangeQuery, Series
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.quality import GOOD, Reason, bad, uncertain
from tests.console.counting import CountingStore
from tests.console.house import SHANGHAI, START_NS, small_plan

POINTS = small_plan().points
LEVEL = POINTS.index("nanshan.level")
YEAR = 365 * DAY
EXPECTED = 60 * SECOND
COMM, TIMEOUT = bad(Reason.COMM), bad(Reason.TIMEOUT)


# How long a column lasts


@pytest.mark.parametrize(
    ("span", "columns", "step"),
    [
        pytest.param(60 * SECOND, 1_000, 60 * SECOND // 999 + 1, id="a-minute"),
        pytest.param(3_600 * SECOND, 1_000, 4 * SECOND, id="an-hour"),
        pytest.param(DAY, 1_800, MINUTE, id="a-day-is-the-stores-own-minutes"),
        pytest.param(DAY, 1_000, 2 * MINUTE, id="a-day"),
        pytest.param(30 * DAY, 1_000, 45 * MINUTE, id="a-month"),
        pytest.param(YEAR, 1_000, 720 * MINUTE, id="a-year"),
        pytest.param(100 * YEAR, 1_000, 37 * DAY, id="a-century"),
    ],
)
def test_a_column_lasts_whole_seconds_or_minutes_that_divide_a_day(
    span: int, columns: int, step: int
) -> None:
    assert grid(START_NS - span, START_NS, columns, SHANGHAI).step_ns == step


@given(
    start=st.integers(0, 2**62),
    span=st.integers(0, 40 * YEAR),
    most=st.integers(10, 5_000),
    zone=st.sampled_from(["Asia/Shanghai", "UTC", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_there_are_never_more_columns_than_room_and_not_many_fewer(
    start: int, span: int, most: int, zone: str
) -> None:
    found = grid(start, start + span, most, ZoneInfo(zone))
    query = BucketQuery(0, start, start + span, found.step_ns, found.origin)
    assert query.buckets <= most
    assert found.step_ns <= 2 * max(SECOND, -(-span // (most - 1)))
    assert found.step_ns < SECOND or found.step_ns % SECOND == 0
    assert found.step_ns < MINUTE or found.step_ns % MINUTE == 0


def test_columns_begin_at_the_citys_midnight() -> None:
    assert midnight(START_NS, SHANGHAI) == START_NS - 8 * 3_600 * SECOND
    assert midnight(midnight(START_NS, SHANGHAI), SHANGHAI) == midnight(START_NS, SHANGHAI)


def test_columns_stay_where_they_are_while_time_goes_on() -> None:
    def begins(now: int) -> set[int]:
        found = grid(now - 30 * DAY, now, 1_000, SHANGHAI)
        query = BucketQuery(0, now - 30 * DAY, now, found.step_ns, found.origin)
        return {query.first + i * found.step_ns for i in range(query.buckets)}

    early, late = begins(START_NS), begins(START_NS + 7 * SECOND)
    assert len(early & late) >= len(early) - 1


# Asking without waste


async def a_store(every_s: float, span: int, *, spike_at: int | None = None) -> CountingStore:
    """The level every so many seconds up to now."""
    time = np.arange(START_NS - span, START_NS, int(every_s * SECOND), dtype=np.int64)
    value = np.full(time.shape[0], 3.0)
    if spike_at is not None:
        value[spike_at] = 9.0
    memory = MemoryStore(len(POINTS))
    point = np.full(time.shape[0], LEVEL, dtype=np.int32)
    await memory.append([Entry(1, "test", Batch.of(point, time, value))])
    return CountingStore(memory)


@pytest.mark.parametrize(
    ("every_s", "span", "kinds", "rows"),
    [
        pytest.param(15, 3_600 * SECOND, [RangeQuery], 240, id="an-hour-is-had-sample-by-sample"),
        pytest.param(15, DAY, [RangeQuery], 5_760, id="a-day-of-15-s"),
        pytest.param(900, YEAR, [BucketQuery], 731, id="a-year-in-columns-and-nothing-else"),
        pytest.param(3_600, 30 * DAY, [BucketQuery, RangeQuery], 1_681, id="few-in-a-month"),
        pytest.param(1, DAY, [RangeQuery, BucketQuery], 10_720, id="faster-than-was-promised"),
    ],
)
async def test_the_past_is_asked_for_without_waste(
    every_s: float, span: int, kinds: list[type], rows: int
) -> None:
    store = await a_store(every_s, span)
    stretch = stretch_of(POINTS, LEVEL, (START_NS - span, START_NS), 1_000, SHANGHAI)
    await look(store, stretch)
    assert [type(query) for query in store.asked] == kinds
    assert store.rows == rows


async def test_a_spike_of_one_sample_is_seen_in_a_year() -> None:
    store = await a_store(900, YEAR, spike_at=20_000)
    stretch = stretch_of(POINTS, LEVEL, (START_NS - YEAR, START_NS), 1_000, SHANGHAI)
    found = (await look(store, stretch)).found
    assert not isinstance(found, Series)
    assert np.flatnonzero(found.maximum == 9.0).shape == (1,)
    assert float(np.nanmin(found.minimum)) == 3.0


@pytest.mark.parametrize("span", [3_600 * SECOND, 30 * DAY])
async def test_what_has_been_thinned_is_seen_in_columns(span: int) -> None:
    store = await a_store(1_800, span)
    store.thinned_before = START_NS - span // 2
    stretch = stretch_of(POINTS, LEVEL, (START_NS - span, START_NS), 1_000, SHANGHAI)
    found = await look(store, stretch)
    assert found.step_ns > 0
    assert store.asked[-1] == stretch.columns or store.asked[0] == stretch.columns
    assert not isinstance(found.found, Series)
    assert int(found.found.count.sum()) == span // (1_800 * SECOND)


async def test_thinning_before_the_stretch_takes_nothing_from_it() -> None:
    store = await a_store(15, 3_600 * SECOND)
    store.thinned_before = START_NS - DAY
    stretch = stretch_of(POINTS, LEVEL, (START_NS - 3_600 * SECOND, START_NS), 1_000, SHANGHAI)
    assert (await look(store, stretch)).step_ns == 0


async def test_where_nothing_was_ever_read_nothing_more_is_asked() -> None:
    store = CountingStore(MemoryStore(len(POINTS)))
    stretch = stretch_of(POINTS, LEVEL, (START_NS - YEAR, START_NS), 1_000, SHANGHAI)
    found = await look(store, stretch)
    assert len(store.asked) == 1
    assert found.gaps(START_NS) == [Gap(START_NS - YEAR, START_NS, None)]
    assert found.captured(START_NS) == 0.0


async def test_what_is_still_to_come_is_no_gap() -> None:
    store = await a_store(15, 3_600 * SECOND)
    interval = (START_NS - 3_600 * SECOND, START_NS + 6 * 3_600 * SECOND)
    found = await look(store, stretch_of(POINTS, LEVEL, interval, 1_000, SHANGHAI))
    assert found.gaps(START_NS) == []
    assert found.captured(START_NS) == 1.0
    assert found.captured(START_NS - DAY) is None
    assert found.gaps(START_NS - DAY) == []


# Gaps


def series(*samples: tuple[int, int]) -> Series:
    """Samples as (second, quality)."""
    return Series(
        np.array([t for t, _ in samples], dtype=np.int64) * SECOND,
        np.array([3.0 if q < TIMEOUT & 0xC0 else np.nan for _, q in samples]),
        np.array([q for _, q in samples], dtype=np.uint8),
    )


def in_seconds(gaps: list[Gap]) -> list[tuple[int, int, Reason | None]]:
    return [(gap.start // SECOND, gap.end // SECOND, gap.reason) for gap in gaps]


@pytest.mark.parametrize(
    ("samples", "gaps"),
    [
        pytest.param([(0, GOOD), (180, GOOD), (360, GOOD)], [], id="three-expected-intervals"),
        pytest.param([(0, GOOD), (181, GOOD), (360, GOOD)], [(0, 181, None)], id="a-pause"),
        pytest.param([(200, GOOD), (360, GOOD)], [(0, 200, None)], id="before-the-first"),
        pytest.param([(10, GOOD)], [(10, 400, None)], id="after-the-last"),
        pytest.param([], [(0, 400, None)], id="nothing-at-all"),
        pytest.param(
            [(0, GOOD), (60, TIMEOUT), (120, TIMEOUT), (180, GOOD), (300, GOOD)],
            [(60, 180, Reason.TIMEOUT)],
            id="bad-samples-up-to-the-next-good-one",
        ),
        pytest.param(
            [(0, GOOD), (60, TIMEOUT), (120, COMM), (180, GOOD), (300, GOOD)],
            [(60, 120, Reason.TIMEOUT), (120, 180, Reason.COMM)],
            id="another-reason-is-another-gap",
        ),
        pytest.param(
            [(0, COMM), (60, COMM), (120, COMM), (180, COMM), (240, COMM), (300, COMM)],
            [(0, 400, Reason.COMM)],
            id="bad-all-the-time",
        ),
        pytest.param(
            [(0, GOOD), (60, COMM), (70, COMM), (390, GOOD)],
            [(60, 70, Reason.COMM), (70, 390, None)],
            id="bad-and-then-silent",
        ),
        pytest.param(
            [(0, uncertain(Reason.MAINTENANCE)), (180, uncertain(Reason.STALE)), (360, GOOD)],
            [],
            id="uncertain-is-a-value",
        ),
    ],
)
def test_a_gap_is_named_with_its_reason(
    samples: list[tuple[int, int]], gaps: list[tuple[int, int, Reason | None]]
) -> None:
    assert in_seconds(gaps_of(seen_in_series(series(*samples)), EXPECTED, 0, 400 * SECOND)) == gaps


def in_buckets(found: Series, end_s: int, step_s: int) -> Seen:
    bucketing = Bucketing(BucketQuery(0, 0, end_s * SECOND, step_s * SECOND))
    bucketing.add(found)
    return seen_in_buckets(bucketing.result(), step_s * SECOND)


def test_empty_buckets_are_a_gap_when_they_last_too_long() -> None:
    found = series(*((t, GOOD) for t in range(0, 1_800, 15)), *((t, GOOD) for t in (3_000, 3_300)))
    gaps = gaps_of(in_buckets(found, 3_600, 300), EXPECTED, 0, 3_600 * SECOND)
    assert in_seconds(gaps) == [(1_800, 3_000, None)]


def test_buckets_narrower_than_the_pace_are_no_gaps() -> None:
    found = series(*((t, GOOD) for t in range(0, 3_600, 60)))
    assert gaps_of(in_buckets(found, 3_600, 5), EXPECTED, 0, 3_600 * SECOND) == []


def test_buckets_of_nothing_but_bad_samples_are_a_gap_with_its_reason() -> None:
    quality = [TIMEOUT if 1_200 <= t < 2_400 else GOOD for t in range(0, 3_600, 15)]
    found = series(*zip(range(0, 3_600, 15), quality, strict=True))
    for step_s in (5, 60, 600):
        gaps = gaps_of(in_buckets(found, 3_600, step_s), EXPECTED, 0, 3_600 * SECOND)
        assert in_seconds(gaps) == [(1_200, 2_400, Reason.TIMEOUT)]


@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.sampled_from([GOOD, COMM, TIMEOUT])),
        max_size=40,
        unique_by=lambda sample: sample[0],
    )
)
def test_gaps_never_overlap_nor_hide_a_value(samples: list[tuple[int, int]]) -> None:
    samples.sort()
    found = in_seconds(gaps_of(seen_in_series(series(*samples)), EXPECTED, 0, 5_000 * SECOND))
    ends = [end for _, end, _ in found]
    assert all(start >= end for end, (start, _, _) in zip(ends, found[1:], strict=False))
    assert all(0 <= start < end <= 5_000 for start, end, _ in found)
    values = [t for t, quality in samples if quality == GOOD]
    assert not [t for t in values for start, end, _ in found if start < t < end]


# How much of what was due came


def test_of_a_device_asked_more_often_than_expected_half_is_half() -> None:
    whole = series(*((t, GOOD) for t in range(0, 3_600, 15)))
    half = series(*((t, GOOD) for t in range(0, 1_800, 15)))
    assert captured(seen_in_series(whole), EXPECTED, 0, 3_600 * SECOND) == 1.0
    assert captured(seen_in_series(half), EXPECTED, 0, 3_600 * SECOND) == pytest.approx(
        0.5, abs=0.01
    )


def test_bad_samples_are_due_but_not_captured() -> None:
    found = series(*((t, COMM if t >= 2_700 else GOOD) for t in range(0, 3_600, 15)))
    for seen in (seen_in_series(found), in_buckets(found, 3_600, 60)):
        assert captured(seen, EXPECTED, 0, 3_600 * SECOND) == pytest.approx(0.75, abs=0.01)


def test_the_newest_value_may_still_be_on_its_way() -> None:
    found = series(*((t, GOOD) for t in range(0, 3_500, 15)))
    assert captured(seen_in_series(found), EXPECTED, 0, 3_600 * SECOND) == 1.0


def test_a_point_that_never_came_captured_nothing() -> None:
    assert captured(seen_in_series(series()), EXPECTED, 0, SECOND) == 0.0
    assert captured(seen_in_series(series((0, GOOD))), EXPECTED, 0, 0) is None


def test_a_change_of_pace_is_no_loss_and_hides_none() -> None:
    slow, fast = [(t, GOOD) for t in range(0, 3_000, 60)], [(t, GOOD) for t in range(3_000, 3_600)]
    assert captured(seen_in_series(series(*slow, *fast)), EXPECTED, 0, 3_600 * SECOND) == 1.0
    lossy = [sample for sample in slow if not 600 <= sample[0] < 1_200]
    share = captured(seen_in_series(series(*lossy, *fast)), EXPECTED, 0, 3_600 * SECOND)
    assert share == pytest.approx(640 / 650)


def test_a_single_value_that_never_came_is_missed() -> None:
    found = series(*((t, GOOD) for t in range(0, 3_600, 15) if t != 1_500))
    assert captured(seen_in_series(found), EXPECTED, 0, 3_600 * SECOND) == 239 / 240


def test_a_slow_point_is_never_excused_by_its_own_pace() -> None:
    found = series(*((t, GOOD) for t in range(0, 3_600, 120)))
    share = captured(seen_in_series(found), EXPECTED, 0, 3_600 * SECOND)
    assert share == pytest.approx(0.5, abs=0.02)
