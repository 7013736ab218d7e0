"""Which segments are merged, and into what."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from historian.embedded.listing import Change, Content, DayRow, SegmentRow
from historian.embedded.live import Live
from historian.embedded.merging import MONTH, PART_OF_MONTH, YEAR, minutes_due, pieces, samples_due
from historian.retention import DAY_NS, EVER

NOBODY = np.full(10, EVER, dtype=np.int64)
NEW_YEAR = 20_454  # 2026-01-01


def row(
    run: int, level: int = 0, day: int = 20_000, piece: int = 0, through: int = 1
) -> SegmentRow:
    name = f"{day}-{level}-{run}-{piece}"
    time = day * DAY_NS
    return SegmentRow(
        name, Content.SAMPLES, run, level, day, time, time + 1, 1, 2, 1, through, rows=100
    )


def minutes(run: int, day: int, level: int = 0) -> SegmentRow:
    time = day * DAY_NS
    name = f"m-{day}-{level}-{run}"
    return SegmentRow(name, Content.MINUTES, run, level, day, time, time, 1, 2, 0, 1, rows=100)


def live(*rows: SegmentRow, days: tuple[DayRow, ...] = ()) -> Live:
    return Live(NOBODY, NOBODY).after(Change(new=rows, days=days))


def due(*rows: SegmentRow, days: tuple[DayRow, ...] = ()) -> list[SegmentRow]:
    return samples_due(live(*rows, days=days), 2, most_rows=1000)


def test_nothing_is_due_below_the_fan_in() -> None:
    assert samples_due(live(*(row(run) for run in range(11))), 12, 9999) == []
    assert len(samples_due(live(*(row(run) for run in range(12))), 12, 9999)) == 12


def test_pieces_of_one_writing_count_once() -> None:
    assert due(*(row(1, level=1, piece=i) for i in range(5))) == []


def test_days_and_levels_are_not_mixed_and_small_segments_go_first() -> None:
    found = due(row(1, level=1), row(2, level=1), row(3), row(4), row(5, day=20_001))
    assert {r.run for r in found} == {3, 4}


def test_the_newest_day_goes_before_older_ones() -> None:
    found = due(*(row(run, day=d) for d in (19_999, 20_001, 20_000) for run in (d, d + 50_000)))
    assert {r.day for r in found} == {20_001}


def test_a_merging_that_would_take_too_long_waits_for_the_end_of_the_day() -> None:
    many = [row(run) for run in range(11)]
    assert due(*many[:10]) == many[:10]
    assert due(*many) == []


def test_what_the_minutes_cover_is_not_mixed_with_what_came_later() -> None:
    covered, late = [row(1), row(2)], [row(3, through=9), row(4, through=9)]
    summed = DayRow(20_000, through=5)
    assert due(*covered, *late, days=(summed,)) == covered
    assert due(covered[0], *late, days=(summed,)) == late
    assert due(covered[0], late[0], days=(summed,)) == []
    under_way = DayRow(20_000, through=5, next_through=9, next_run=7)
    assert due(*covered, days=(under_way,)) == []


def test_a_day_that_is_one_file_is_left_alone() -> None:
    assert due(row(1, level=9), row(2, level=9)) == []


def test_minutes_of_this_month_are_merged_when_there_are_enough() -> None:
    days = [minutes(run, NEW_YEAR + run) for run in range(5)]
    assert minutes_due(days, 6).rows == ()
    found = minutes_due([*days, minutes(9, NEW_YEAR + 6)], 6)
    assert (len(found.rows), found.level) == (6, PART_OF_MONTH)


def test_a_month_that_is_over_becomes_one_and_late_days_join_it_in_crowds() -> None:
    january = [minutes(1, NEW_YEAR, PART_OF_MONTH), minutes(2, NEW_YEAR + 30)]
    february = minutes(3, NEW_YEAR + 31)
    found = minutes_due([*january, february], 3)
    assert (list(found.rows), found.level) == (january, MONTH)
    month = minutes(4, NEW_YEAR, MONTH)
    late = [minutes(run, NEW_YEAR + run) for run in (5, 6, 7)]
    assert minutes_due([month, february, *late[:2]], 3).rows == ()
    assert list(minutes_due([month, february, *late], 3).rows) == [month, *late]


def test_a_year_that_is_over_becomes_one() -> None:
    months = [minutes(month, NEW_YEAR + 31 * month, MONTH) for month in range(11)]
    assert minutes_due(months, 3).rows == ()
    found = minutes_due([*months, minutes(20, NEW_YEAR + 365)], 3)
    assert (list(found.rows), found.level) == (months, YEAR)


def test_pieces_cover_every_point_once_and_are_about_equal() -> None:
    points = np.arange(10, 20, dtype=np.int32)
    found = list(pieces(points, np.full(10, 100, dtype=np.int64), rows_per_file=250))
    assert found[0][0] == 10
    assert found[-1][-1] == 19
    assert all(left[-1] + 1 == right[0] for left, right in pairwise(found))
    assert all(200 <= len(piece) * 100 <= 300 for piece in found)


def test_a_point_with_more_rows_than_a_file_has_a_file_of_its_own() -> None:
    rows = np.array([100, 5000, 10], dtype=np.int64)
    found = pieces(np.array([1, 2, 3], np.int32), rows, rows_per_file=100)
    assert [piece.tolist() for piece in found] == [[1], [2], [3]]
