"""Which intervals are due; pure.

Intervals begin at whole lengths since 1970 UTC. One is published ``delay`` after its end, so
that what was measured in it has had time to arrive and to be judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from feed.snapshot import Interval
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from feed.settings import FeedSettings

_DAY_NS = 86_400 * SECOND
MOST_BACK_NS = _DAY_NS
"""Published afterwards at most: so much after a standstill. What was not measured then is
published as a gap, not left out."""


def due_intervals(published_to: int | None, now: int, settings: FeedSettings) -> list[Interval]:
    """The intervals that can be published now and are not yet, oldest first.

    Args:
        published_to: end of the newest published interval, ns; None where there is none, and
            then the newest interval only is due.
        now: city time, ns.
        settings: length and delay.
    """
    length = round(settings.interval_s * SECOND)
    newest = (now - round(settings.delay_s * SECOND)) // length * length
    first = newest - length
    if published_to is not None:
        first = max(-(-published_to // length) * length, newest - MOST_BACK_NS // length * length)
    return [Interval(start, start + length) for start in range(first, newest, length)]


def until_next_s(now: int, settings: FeedSettings) -> float:
    """City seconds until the next interval is due, > 0."""
    length, delay = settings.interval_s, settings.delay_s
    return length - (now / SECOND - delay) % length
