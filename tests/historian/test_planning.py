"""Which stretch of a question is answered from minutes, and which from samples."""

from __future__ import annotations

import numpy as np
import pytest

from historian.embedded.listing import Change, Content, DayRow, SegmentRow
from historian.embedded.live import Live, Span
from historian.embedded.planning import Source, fits_minutes, stretches
from historian.queries import BucketQuery
from historian.retention import DAY_NS, EVER

MINUTE = 60 * 10**9
MINUTES, SAMPLES, LATER = Source.MINUTES, Source.SAMPLES, Source.MINUTES_AND_LATER


def segment(kind: Content, day: int, through: int) -> SegmentRow:
    name, start = f"{kind}-{day}-{through}", day * DAY_NS
    return SegmentRow(name, kind, 1, 0, day, start, start + DAY_NS - 1, 1, 5, 1, through, rows=1)


def three_days(*, thinned_before: int = 0, late_on: int | None = None) -> Live:
    """Days 10 to 12 with samples; the minutes of the first two are complete."""
    rows = [segment(Content.SAMPLES, day, 3) for day in (10, 11, 12)]
    rows += [segment(Content.MINUTES, day, 3) for day in (10, 11)]
    if late_on is not None:
        rows.append(segment(Content.SAMPLES, late_on, 4))
    raw_from = np.full(6, thinned_before * DAY_NS if thinned_before else EVER, dtype=np.int64)
    days = [DayRow(day, through=3) for day in (10, 11)]
    live = Live(raw_from, np.full(6, EVER, dtype=np.int64))
    return live.after(Change(new=rows, days=days))


def plan(
    live: Live, start: int, end: int, *, fresh: tuple[int, ...] = (), fits: bool = True
) -> list[tuple[Source, int, int]]:
    found = stretches(live, Span(2, start, end), fresh, fits=fits)
    return [(stretch.source, stretch.start, stretch.end) for stretch in found]


def test_days_that_are_summed_up_are_one_stretch_and_today_is_another() -> None:
    assert plan(three_days(), 0, 99 * DAY_NS) == [
        (MINUTES, 10 * DAY_NS, 12 * DAY_NS),
        (SAMPLES, 12 * DAY_NS, 13 * DAY_NS),
    ]


def test_the_cut_minutes_at_both_ends_are_answered_from_samples() -> None:
    start, end = 10 * DAY_NS + 5, 11 * DAY_NS + MINUTE + 7
    assert plan(three_days(), start, end) == [
        (SAMPLES, start, 10 * DAY_NS + MINUTE),
        (MINUTES, 10 * DAY_NS + MINUTE, 11 * DAY_NS + MINUTE),
        (SAMPLES, 11 * DAY_NS + MINUTE, end),
    ]


def test_an_interval_within_one_minute_is_answered_from_samples() -> None:
    start = 10 * DAY_NS + 5
    assert plan(three_days(), start, start + 100) == [(SAMPLES, start, start + 100)]


def test_buckets_that_do_not_fit_are_answered_from_samples() -> None:
    found = plan(three_days(), 10 * DAY_NS, 12 * DAY_NS, fits=False)
    assert [source for source, _, _ in found] == [SAMPLES, SAMPLES]


@pytest.mark.parametrize("fresh", [(), (11,)])
def test_a_day_with_a_late_sample_is_answered_from_samples(fresh: tuple[int, ...]) -> None:
    live = three_days(late_on=None if fresh else 11)
    found = plan(live, 10 * DAY_NS, 12 * DAY_NS, fresh=fresh)
    assert found == [
        (MINUTES, 10 * DAY_NS, 11 * DAY_NS),
        (SAMPLES, 11 * DAY_NS, 12 * DAY_NS),
    ]


def test_a_thinned_day_is_answered_from_minutes_whatever_the_buckets_are() -> None:
    live = three_days(thinned_before=11, late_on=10)
    found = plan(live, 10 * DAY_NS + 5, 12 * DAY_NS, fits=False)
    assert found == [
        (LATER, 10 * DAY_NS + 5, 11 * DAY_NS),
        (SAMPLES, 11 * DAY_NS, 12 * DAY_NS),
    ]
    assert plan(three_days(thinned_before=11), 10 * DAY_NS + 5, 11 * DAY_NS, fits=False) == [
        (MINUTES, 10 * DAY_NS + 5, 11 * DAY_NS)
    ]


def test_days_without_anything_are_not_looked_at() -> None:
    assert plan(three_days(), 20 * DAY_NS, 30 * DAY_NS) == []
    assert plan(three_days(), 0, 10 * DAY_NS) == []


@pytest.mark.parametrize(
    ("start", "bucket", "origin", "fits"),
    [
        (MINUTE, MINUTE, None, True),
        (MINUTE + 5, MINUTE, 0, True),
        (MINUTE + 5, MINUTE, None, False),
        (0, 90 * 10**9, 0, False),
        (0, 5 * MINUTE, 30 * 10**9, False),
    ],
)
def test_only_buckets_of_whole_minutes_fit(
    start: int, bucket: int, origin: int | None, *, fits: bool
) -> None:
    assert fits_minutes(BucketQuery(0, start, 10 * MINUTE, bucket, origin)) is fits
