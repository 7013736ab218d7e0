"""Looking for sequences in segments that stand one behind the other. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from historian.journal.segment import Segment


def tail(segments: Sequence[Segment], rows: int, end: int) -> int:
    """The first sequence of the longest tail that holds no more than ``rows`` samples.

    Args:
        segments: oldest first.
        rows: samples.
        end: the sequence behind the last one; the answer when not even one entry fits.
    """
    begin = end
    for segment in reversed(segments):
        if segment.rows > rows:
            return segment.tail(rows)
        begin, rows = segment.first, rows - segment.rows
    return begin


def overlaps(
    segments: Sequence[Segment], ranges: Iterable[tuple[int, int]]
) -> Iterator[tuple[Segment, int, int]]:
    """Each segment with each of the ranges that it shares sequences with.

    Args:
        segments: oldest first.
        ranges: ascending, ends inclusive.
    """
    at = 0
    for first, last in ranges:
        while at < len(segments) and segments[at].last < first:
            at += 1
        for segment in itertools.islice(segments, at, None):
            if segment.first > last:
                break
            yield segment, first, last
