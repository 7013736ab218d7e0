"""Days of the year as water users live them: working, weekend, holiday; and the season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from math import cos, tau
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Day(Enum):
    """What kind of day it is for water use."""

    WORKING = auto()
    WEEKEND = auto()
    HOLIDAY = auto()


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of one year.

    Attributes:
        source: who decreed them.
        verified: whether the dates were compared with that source.
        off: first and last day of each holiday.
        worked: weekend days that are worked instead.
    """

    year: int
    source: str
    verified: bool
    off: tuple[tuple[date, date], ...]
    worked: frozenset[date]


HOLIDAYS_2026 = Holidays(
    year=2026,
    source="国务院办公厅关于2026年部分节假日安排的通知, 2025-11-04",
    verified=True,
    off=(
        (date(2026, 1, 1), date(2026, 1, 3)),
        (date(2026, 2, 15), date(2026, 2, 23)),
        (date(2026, 4, 4), date(2026, 4, 6)),
        (date(2026, 5, 1), date(2026, 5, 5)),
        (date(2026, 6, 19), date(2026, 6, 21)),
        (date(2026, 9, 25), date(2026, 9, 27)),
        (date(2026, 10, 1), date(2026, 10, 7)),
    ),
    worked=frozenset(
        {
            date(2026, 1, 4),
            date(2026, 2, 14),
            date(2026, 2, 28),
            date(2026, 5, 9),
            date(2026, 9, 20),
            date(2026, 10, 10),
        }
    ),
)

KNOWN_YEARS = {HOLIDAYS_2026.year: HOLIDAYS_2026}
"""Years not listed have weekends only."""


def kind_of_day(day: date) -> Day:
    """Working day, weekend or public holiday."""
    known = KNOWN_YEARS.get(day.year)
    if known is not None:
        if any(first <= day <= last for first, last in known.off):
            return Day.HOLIDAY
        if day in known.worked:
            return Day.WORKING
    return Day.WEEKEND if day.weekday() >= 5 else Day.WORKING


def season_factor(moment: datetime) -> float:
    """Water use against the year's mean: 10 % more at the end of July, 10 % less in January."""
    return 1.0 + 0.10 * warmth(moment)


def warmth(moment: datetime) -> float:
    """From -1 in the cold of late January to +1 in the heat of late July."""
    return -cos(tau * (moment.timetuple().tm_yday - 25) / 365.25)
