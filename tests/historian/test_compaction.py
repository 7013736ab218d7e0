"""Which segments are merged, and into what."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from historian.embedded.catalogue import SegmentRow
from historian.embedded.compaction import merge_due, pieces


def row(run: int, level: int = 0, day: int = 20_000, piece: int = 0) -> SegmentRow:
    name = f"{day}-{level}-{run}-{piece}"
    return SegmentRow(name, run, level, day, 0, 1, 1, 2, 1, 100)


def test_nothing_is_due_below_the_fan_in() -> None:
    assert merge_due([row(run) for run in range(11)], fan_in=12) == []
    assert len(merge_due([row(run) for run in range(12)], fan_in=12)) == 12


def test_pieces_of_one_writing_count_once() -> None:
    assert merge_due([row(1, level=1, piece=i) for i in range(30)], fan_in=2) == []


def test_days_and_levels_are_not_mixed_and_small_segments_go_first() -> None:
    live = [row(1, level=1), row(2, level=1), row(3), row(4), row(5, day=20_001)]
    assert {r.run for r in merge_due(live, fan_in=2)} == {3, 4}


def test_the_newest_day_goes_before_older_ones() -> None:
    live = [row(run, day=day) for day in (19_999, 20_001, 20_000) for run in (day, day + 50_000)]
    assert {r.day for r in merge_due(live, fan_in=2)} == {20_001}


def test_pieces_cover_every_point_once_and_are_about_equal() -> None:
    points = np.arange(10, 20, dtype=np.int32)
    rows = np.full(10, 100, dtype=np.int64)
    found = list(pieces(points, rows, rows_per_file=250))
    assert found[0][0] == 10
    assert found[-1][1] == 19
    assert all(end + 1 == begin for (_, end), (begin, _) in pairwise(found))
    assert all(200 <= (end - begin + 1) * 100 <= 300 for begin, end in found)


def test_a_point_with_more_rows_than_a_file_has_a_file_of_its_own() -> None:
    rows = np.array([100, 5000, 10], dtype=np.int64)
    found = list(pieces(np.array([1, 2, 3], np.int32), rows, rows_per_file=100))
    assert found == [(1, 1), (2, 2), (3, 3)]
