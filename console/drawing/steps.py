"""How long a column of a chart lasts: whole seconds and minutes that divide a day. Pure.

Columns that begin at whole steps since the city's midnight stay where they are while time goes
on, so a chart does not flicker; and whole minutes are what a store has summed up beforehand, so
a year is answered without reading its samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from telemetry.clock import SECOND

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MINUTE = 60 * SECOND
DAY = 1_440 * MINUTE


def _divisors(of: int) -> list[int]:
    return [n for n in range(1, of + 1) if of % n == 0]


_STEPS = [
    *(n * SECOND for n in _divisors(60)[:-1]),
    *(n * MINUTE for n in _divisors(1_440)),
]
"""Ascending, one second to one day."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns over an interval.

    Attributes:
        step_ns: length of a column.
        origin: columns begin at this time, ns, and whole steps before and after it.
    """

    step_ns: int
    origin: int


def grid(start: int, end: int, most: int, timezone: ZoneInfo) -> Grid:
    """At most ``most`` columns over an interval, and not many fewer.

    Args:
        start: of the interval, ns.
        end: of the interval, ns.
        most: columns that there is room for, >= 2.
        timezone: the city's; columns are counted from its midnight before ``start``.
    """
    # One column more may be needed, since the first one begins before the interval does.
    shortest = max(1, -(-(end - start) // (most - 1)))
    return Grid(_step(shortest), midnight(start, timezone))


def _step(shortest_ns: int) -> int:
    if shortest_ns < SECOND:
        return shortest_ns
    return next((s for s in _STEPS if s >= shortest_ns), -(-shortest_ns // DAY) * DAY)


def midnight(time_ns: int, timezone: ZoneInfo) -> int:
    """The beginning of the city's day that holds a time, ns."""
    local = datetime.fromtimestamp(time_ns // SECOND, UTC).astimezone(timezone)
    return round(datetime.combine(local.date(), time(), timezone).timestamp()) * SECOND
