"""What is live at one moment: segments by day, how far minutes go, what has been forgotten."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.listing import Change, Content
from historian.retention import DAY_NS, EVER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from historian.embedded.listing import DayRow, SegmentRow


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

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self.minutes) + sum(map(len, self.samples.values()))

    def holds(self, row: SegmentRow) -> bool:
        """Whether a segment is live."""
        of_its_kind = self.minutes if row.kind is Content.MINUTES else self.samples.get(row.day, ())
        return row in of_its_kind

    def through(self, day: int) -> int:
        """The minutes of the day cover samples up to this sequence; 0 when they do not exist."""
        row = self.days.get(day)
        return 0 if row is None else row.through

    def after(self, change: Change) -> Live:
        """What is live after a change."""
        gone = {row.file for row in change.old} | {row.file for row in change.new}
        days = {day: row for day, row in self.days.items() if day not in change.forgotten_days}
        days |= {row.day: row for row in change.days}
        added: defaultdict[int, list[SegmentRow]] = defaultdict(list)
        for row in change.new:
            if row.kind is Content.SAMPLES:
                added[row.day].append(row)
        touched = {row.day for row in change.old if row.kind is Content.SAMPLES} | added.keys()
        samples = dict(self.samples)
        for day in touched:
            kept = (row for row in samples.get(day, ()) if row.file not in gone)
            samples[day] = (*kept, *added[day])
        minutes = self.minutes
        if any(row.kind is Content.MINUTES for row in (*change.old, *change.new)):
            minutes = (
                *(row for row in minutes if row.file not in gone),
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


def live_of(
    rows: Sequence[SegmentRow],
    days: Sequence[DayRow],
    state: Mapping[str, int | bytes],
    numbers: int,
    missing: Collection[str] = (),
) -> Live:
    """What a catalogue says is live, as far as its files can be read.

    Args:
        rows: all that it lists.
        days: likewise.
        state: likewise.
        numbers: one more than the highest stable number.
        missing: files that cannot be read.
    """
    horizon = int(state.get("horizon", EVER))
    blank = Live(
        raw_from=_horizons(state.get("raw_from", b""), numbers, EVER),
        keep_from=_horizons(state.get("keep_from", b""), numbers, horizon),
    )
    live = blank.after(Change(new=rows, days=days))
    return live.after(without([row for row in rows if row.file in missing]))


def without(lost: Sequence[SegmentRow]) -> Change:
    """Leave files out; days whose minutes were among them must be summed up again."""
    days = [day for row in lost if row.kind is Content.MINUTES for day in days_of(row)]
    return Change(old=lost, forgotten_days=days)


def _horizons(data: int | bytes, numbers: int, otherwise: int) -> NDArray[np.int64]:
    """Stored horizons, with room for points that came later."""
    stored = np.frombuffer(data if isinstance(data, bytes) else b"", "<i8")
    horizons = np.full(numbers, otherwise, dtype=np.int64)
    horizons[: stored.shape[0]] = stored
    return horizons
