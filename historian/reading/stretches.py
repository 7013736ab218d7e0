"""From which files a bucketed question is answered, stretch by stretch. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from historian.minutes import MINUTE_NS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from historian.queries import BucketQuery

DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of an interval, ``[start, end)`` ns, answered from minutes or from samples."""

    start: int
    end: int
    minutes: bool


def stretches(query: BucketQuery, raw_from: int, summarised: Sequence[int]) -> list[Stretch]:
    """Cut the interval of a question.

    Before ``raw_from`` there are minutes only. After it they serve where they are exact: on days
    whose minutes hold every sample, for buckets that begin and end with a minute.

    Args:
        query: the question.
        raw_from: from this time on every sample is kept, ns.
        summarised: UTC days whose minutes hold every sample, ascending, counted from 1970.
    """
    thinned_end = min(max(raw_from, query.start), query.end)
    by_minute = query.bucket_ns % MINUTE_NS == 0 and query.first % MINUTE_NS == 0
    found = [Stretch(query.start, thinned_end, minutes=True)]
    found += _kept(thinned_end, query.end, summarised if by_minute else ())
    return list(_joined(found))


def _kept(start: int, end: int, summarised: Sequence[int]) -> Iterator[Stretch]:
    for day in summarised:
        first = max(-(-start // MINUTE_NS), day * DAY_NS // MINUTE_NS) * MINUTE_NS
        last = min(end // MINUTE_NS * MINUTE_NS, (day + 1) * DAY_NS)
        if first < last:
            yield Stretch(start, first, minutes=False)
            yield Stretch(first, last, minutes=True)
            start = last
    yield Stretch(start, end, minutes=False)


def _joined(found: list[Stretch]) -> Iterator[Stretch]:
    """Neighbours of one sort as one; empty ones left out."""
    last: Stretch | None = None
    for stretch in found:
        if stretch.start >= stretch.end:
            continue
        if last is not None and last.minutes == stretch.minutes:
            last = Stretch(last.start, stretch.end, stretch.minutes)
            continue
        if last is not None:
            yield last
        last = stretch
    if last is not None:
        yield last
