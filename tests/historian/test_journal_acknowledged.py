"""What is confirmed out of order: the mark never passes a gap, and no gap is forgotten."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from historian.journal.acknowledged import Acknowledged

MOST = 60
RANGES = st.lists(st.tuples(st.integers(1, MOST), st.integers(0, 12)), max_size=25)


def confirmed_below(everything: set[int], mark: int) -> int:
    while mark + 1 in everything:
        mark += 1
    return mark


@given(st.integers(0, 10), RANGES)
def test_the_mark_stands_before_the_first_number_that_nobody_confirmed(
    mark: int, ranges: list[tuple[int, int]]
) -> None:
    acknowledged, model = Acknowledged(mark), set(range(mark + 1))
    for first, length in ranges:
        acknowledged.add(first, first + length - 1)
        model |= set(range(first, first + length))
        assert acknowledged.mark == confirmed_below(model, mark)
        assert {n for n in range(2 * MOST) if n in acknowledged} == model


@given(st.integers(0, 10), RANGES, st.integers(0, 2 * MOST))
def test_gaps_and_confirmed_ranges_make_up_everything(
    mark: int, ranges: list[tuple[int, int]], upto: int
) -> None:
    acknowledged = Acknowledged(mark)
    for first, length in ranges:
        acknowledged.add(first, first + length - 1)
    gaps = list(acknowledged.gaps(upto))
    missing = [n for first, last in gaps for n in range(first, last + 1)]
    assert missing == [n for n in range(1, upto + 1) if n not in acknowledged]
    assert all(first <= last for first, last in gaps)
    found = acknowledged.ranges()
    assert len(found) == len(acknowledged)
    edges = [acknowledged.mark, *(edge for pair in found for edge in pair)]
    assert edges == sorted(edges)
    assert all(first > before + 1 for before, first in zip(edges[::2], edges[1::2], strict=False))


@given(st.integers(0, 10), RANGES, st.integers(0, 2 * MOST))
def test_what_the_journal_takes_away_counts_as_passed(
    mark: int, ranges: list[tuple[int, int]], lost: int
) -> None:
    acknowledged = Acknowledged(mark)
    model = set(range(max(mark, lost) + 1))
    for first, length in ranges:
        acknowledged.add(first, first + length - 1)
        model |= set(range(first, first + length))
    acknowledged.pass_upto(lost)
    assert acknowledged.mark == confirmed_below(model, mark)
