"""Which stretch of a question is answered from minutes and which from samples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from historian.embedded.live import Span, days_of
from historian.minutes import MINUTE_NS
from historian.retention import DAY_NS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from historian.embedded.live import Live
    from historian.queries import BucketQuery


class Source(Enum):
    """What answers a stretch."""

    SAMPLES = auto()
    MINUTES = auto()  # they cover all samples
    MINUTES_AND_LATER = auto()  # thinned: they, and samples that came after the thinning


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the interval; within one UTC day unless it is answered from minutes.

    Attributes:
        source: what answers it.
        start, end: ``[start, end)``, ns; of minutes, those that begin in it.
    """

    source: Source
    start: int
    end: int


def fits_minutes(query: BucketQuery) -> bool:
    """Whether every bucket begins at a whole minute and is whole minutes long."""
    return query.bucket_ns % MINUTE_NS == 0 and query.first % MINUTE_NS == 0


def stretches(live: Live, span: Span, fresh: Collection[int], *, fits: bool) -> list[Stretch]:
    """Cut an interval by what answers it, oldest first; pure.

    Minutes answer where they cover everything and the buckets are made of whole minutes. A day
    of which a sample came later is answered from its samples until it is summed up again. A
    thinned day is always answered from its minutes.

    Args:
        live: the segments.
        span: point and interval.
        fresh: days of which memory has samples that the minutes do not cover.
        fits: see :func:`fits_minutes`.
    """
    found: list[Stretch] = []
    for day in _days(live, span, fresh):
        today = span.within(day * DAY_NS, (day + 1) * DAY_NS)
        late = day in fresh or any(today.touches(row) for row in live.uncovered.get(day, ()))
        for stretch in _of_day(live, today, late=late, fits=fits):
            if stretch.start < stretch.end:
                _join(found, stretch)
    return found


def _days(live: Live, span: Span, fresh: Collection[int]) -> list[int]:
    """The days of an interval that may have something to say, ascending."""
    first, last = span.start // DAY_NS, (span.end - 1) // DAY_NS
    with_minutes = {
        day
        for row in live.minutes
        if span.touches(row)
        for day in days_of(row)
        if first <= day <= last
    }
    with_samples = {
        day
        for day, rows in live.samples.items()
        if first <= day <= last and day not in with_minutes and any(map(span.touches, rows))
    }
    return sorted(with_minutes | with_samples | {day for day in fresh if first <= day <= last})


def _of_day(live: Live, today: Span, *, late: bool, fits: bool) -> Iterator[Stretch]:
    day = today.start // DAY_NS
    if live.raw_from[today.point] > day * DAY_NS:
        source = Source.MINUTES_AND_LATER if late else Source.MINUTES
        yield Stretch(source, today.start, today.end)
    elif late or not fits or not live.through(day):
        yield Stretch(Source.SAMPLES, today.start, today.end)
    else:
        begin = min(-(-today.start // MINUTE_NS) * MINUTE_NS, today.end)
        stop = max(today.end // MINUTE_NS * MINUTE_NS, begin)
        yield Stretch(Source.SAMPLES, today.start, begin)
        yield Stretch(Source.MINUTES, begin, stop)
        yield Stretch(Source.SAMPLES, stop, today.end)


def _join(found: list[Stretch], stretch: Stretch) -> None:
    """Append a stretch; one of minutes grows the one before it."""
    if found and found[-1].source is stretch.source is Source.MINUTES:
        stretch = Stretch(Source.MINUTES, found.pop().start, stretch.end)
    found.append(stretch)
