"""Which segments are merged next.

Samples: several writings of one day and level become one of the next level. Once the minutes of
a day exist, what they cover and what has come later are never mixed, so that it can always be
told which samples are in the minutes.

Minutes: days grow together to months and months to years, so that one point's year lies in few
files.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.listing import DayRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from historian.embedded.listing import SegmentRow
    from historian.embedded.live import Live

WHOLE_DAY = 9
"""Level of the samples of a day that is over, all in one writing."""

PART_OF_MONTH, MONTH, YEAR = 1, 2, 3
"""Levels of minutes; 0 is one day."""


@dataclass(frozen=True, slots=True)
class MinutesDue:
    """Segments of minutes to be merged, and the level of the result."""

    rows: tuple[SegmentRow, ...] = ()
    level: int = 0


def samples_due(live: Live, fan_in: int, most_rows: int) -> list[SegmentRow]:
    """The samples to be merged next: of the newest day and lowest level that has enough.

    Args:
        live: the segments.
        fan_in: > 1.
        most_rows: what is more would take too long at once: it waits for the end of the day.

    Returns:
        Segments of one day and level, of at least ``fan_in`` writings; or none.
    """
    groups: defaultdict[tuple[int, int, bool], list[SegmentRow]] = defaultdict(list)
    for day, rows in live.samples.items():
        state = live.days.get(day, DayRow(day))
        for row in rows:
            if row.level < WHOLE_DAY and not state.next_through:
                groups[row.level, -day, row.max_sequence > state.through].append(row)
    due = (
        key
        for key, rows in groups.items()
        if _runs(rows) >= fan_in and sum(row.rows for row in rows) <= most_rows
    )
    first = min(due, default=None)
    return [] if first is None else groups[first]


def minutes_due(rows: Sequence[SegmentRow], fan_in: int) -> MinutesDue:
    """The minutes to be merged next.

    A month is merged as soon as there are minutes of a later one, a year likewise; before that,
    and for what comes late, whenever ``fan_in`` writings have come together.

    Args:
        rows: all segments of minutes.
        fan_in: > 1.
    """
    years = _grouped(rows, "Y")
    for year, of_year in years.items():
        if due := _period_due(of_year, YEAR, fan_in, over=year < max(years)):
            return due
    single = [row for row in rows if row.level <= MONTH]
    months = _grouped(single, "M")
    for month, of_month in months.items():
        if due := _period_due(of_month, MONTH, fan_in, over=month < max(months)):
            return due
    newest = months[max(months)] if months else []
    days = [row for row in newest if row.level == 0]
    return MinutesDue(tuple(days), PART_OF_MONTH) if _runs(days) >= fan_in else MinutesDue()


def _period_due(
    rows: Sequence[SegmentRow], level: int, fan_in: int, *, over: bool
) -> MinutesDue | None:
    """Whether the segments of one month, or year, become one."""
    smaller = [row for row in rows if row.level < level]
    merged = len(smaller) < len(rows)
    enough = fan_in if merged else 1
    if over and _runs(smaller) >= enough:
        return MinutesDue(tuple(rows), level)
    return None


def _grouped(rows: Sequence[SegmentRow], unit: str) -> dict[int, list[SegmentRow]]:
    """Segments by month (``M``) or year (``Y``), counted from 1970."""
    groups: defaultdict[int, list[SegmentRow]] = defaultdict(list)
    if rows:
        days = np.array([row.day for row in rows]).astype("datetime64[D]")
        periods = days.astype(f"datetime64[{unit}]").astype(np.int64).tolist()
        for period, row in zip(periods, rows, strict=True):
            groups[period].append(row)
    return dict(groups)


def _runs(rows: Sequence[SegmentRow]) -> int:
    return len({row.run for row in rows})


def pieces(
    points: NDArray[np.int32], rows: NDArray[np.int64], rows_per_file: int
) -> Iterator[NDArray[np.int32]]:
    """Cut points into stretches that hold about ``rows_per_file`` rows each.

    Args:
        points: ``int32[n]``, ascending.
        rows: ``int64[n]``, how many rows each point has.
        rows_per_file: exceeded by at most one point's rows.
    """
    if not points.shape[0]:
        return
    before = np.cumsum(rows) - rows
    begins = np.flatnonzero(np.diff(before // rows_per_file, prepend=-1))
    yield from np.split(points, begins[1:])
