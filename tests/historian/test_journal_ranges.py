"""The set of sequences that the disk never confirmed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from historian.journal.ranges import Ranges

GIVEN = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), max_size=12)


@settings(deadline=None)
@given(GIVEN)
def test_what_was_doubted_and_nothing_else_is_doubted(spans: list[tuple[int, int]]) -> None:
    spans = sorted(((a, a + n) for a, n in spans), key=lambda s: s[1])
    ranges = Ranges()
    for first, last in spans:
        ranges.add(first, last)
    for sequence in range(60):
        assert (sequence in ranges) == any(a <= sequence <= b for a, b in spans)


@settings(deadline=None)
@given(GIVEN)
def test_a_bounded_set_may_doubt_more_but_never_less(spans: list[tuple[int, int]]) -> None:
    spans = sorted(((a, a + n) for a, n in spans), key=lambda s: s[1])
    ranges = Ranges(most=2)
    for first, last in spans:
        ranges.add(first, last)
    for first, last in spans:
        assert first in ranges
        assert last in ranges
