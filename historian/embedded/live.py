"""What is live at one moment: segments by day, how far minutes go, what has been forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from historian.embedded.catalogue import Change, Content, DayRow, SegmentRow
from historian.retention import DAY_NS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows are looked for.

    Attributes:
        point: stable number; start, end: ``[start, end)``, ns.
        not_after: only segments that hold a sample up to this sequence.
    """

    point: int
    start: int
    end: int
    not_after: int = 2**63 - 1

    def within(self, start: int, end: int) -> Span:
        """The part of it within ``[start, end)``."""
        return replace(self, start=max(self.start, start), end=min(self.end, end))

    def touches(self, row: SegmentRow) -> bool:
        """Whether a segment may hold such rows."""
        return (
            row.min_point <= self.point <= row.max_point
            and row.min_time < self.end
            and row.max_time >= self.start
            and row.min_sequence <= self.not_after
        )


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """Never changes; every change makes another one.

    Attributes:
        samples: segments of samples by UTC day.
        minutes: segments of minutes.
        days: how far the minutes of a day go.
        uncovered: of the segments of samples, those with samples that minutes do not cover.
        raw_from: ``int64[points]`` by stable number, whole UTC days, ns: samples before it have
            been thinned to minutes.
        keep_from: likewise, any time: nothing before it is shown.
    """

    raw_from: NDArray[np.int64]
    keep_from: NDArray[np.int64]
    samples: Mapping[int, tuple[SegmentRow, ...]] = field(default_factory=dict)
    minutes: tuple[SegmentRow, ...] = ()
    days: Mapping[int, DayRow] = field(default_factory=dict)
    uncovered: Mapping[int, tuple[SegmentRow, ...]] = field(default_factory=dict)

    def rows(self) -> list[SegmentRow]:
        """All segments."""
        return [row for rows in self.samples.values() for row in rows] + list(self.minutes)

    def through(self, day: int) -> int:
        """The minutes of the day cover samples up to this sequence; 0 when they do not exist."""
        row = self.days.get(day)
        return 0 if row is None else row.through

    def after(self, change: Change) -> Live:
        """What is live after a change."""
        gone = {row.file for row in change.old} | {row.file for row in change.new}
        days = {day: row for day, row in self.days.items() if day not in change.forgotten_days}
        days |= {row.day: row for row in change.days}
        touched = {row.day for row in (*change.old, *change.new) if row.kind is Content.SAMPLES}
        samples = dict(self.samples)
        for day in touched:
            samples[day] = (
                *(row for row in samples.get(day, ()) if row.file not in gone),
                *(r for r in change.new if r.day == day and r.kind is Content.SAMPLES),
            )
        minutes = (
            *(row for row in self.minutes if row.file not in gone),
            *(row for row in change.new if row.kind is Content.MINUTES),
        )
        touched.update(change.forgotten_days, (row.day for row in change.days))
        return Live(
            raw_from=self.raw_from if change.raw_from is None else change.raw_from,
            keep_from=self.keep_from if change.keep_from is None else change.keep_from,
            samples={day: rows for day, rows in samples.items() if rows},
            minutes=minutes,
            days=days,
            uncovered=_uncovered(self.uncovered, samples, days, touched),
        )


def _uncovered(
    before: Mapping[int, tuple[SegmentRow, ...]],
    samples: Mapping[int, tuple[SegmentRow, ...]],
    days: Mapping[int, DayRow],
    touched: Iterable[int],
) -> dict[int, tuple[SegmentRow, ...]]:
    uncovered = dict(before)
    for day in touched:
        through = days[day].through if day in days else 0
        late = tuple(row for row in samples.get(day, ()) if row.max_sequence > through)
        uncovered.pop(day, None)
        if late:
            uncovered[day] = late
    return uncovered


def days_of(row: SegmentRow) -> range:
    """The UTC days that a segment may hold rows of."""
    return range(row.min_time // DAY_NS, row.max_time // DAY_NS + 1)
