"""Where a point has no data, since when and why; and how much of what was due came. Pure.

A gap is a row, not an absence: whoever looks at a trend, or computes with it, must be able to
see what is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telemetry.quality import Reason, Severity, reason_of, severities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from historian.queries import Buckets, Series

PAUSES = 3
"""Nothing for longer than so many expected intervals is a gap."""

NO_DATA = "no_data"
"""The word for a stretch without any sample."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a usable value, ``start <= time < end``, ns.

    Attributes:
        reason: of the BAD samples in it; None where there was no sample at all.
    """

    start: int
    end: int
    reason: Reason | None

    @property
    def word(self) -> str:
        """The word used in the API: ``no_data``, or the reason's."""
        return NO_DATA if self.reason is None else self.reason.word


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """When there was something of a point, in ascending order: a sample, or a bucket with some.

    Attributes:
        begin: ``int64[n]`` ns.
        width_ns: length of a bucket; 0 for samples.
        worst: ``uint8[n]``, quality byte.
        count, good: ``int64[n]``, samples, and those of them that are not BAD.
    """

    begin: NDArray[np.int64]
    width_ns: int
    worst: NDArray[np.uint8]
    count: NDArray[np.int64]
    good: NDArray[np.int64]

    @property
    def until(self) -> NDArray[np.int64]:
        """``int64[n]`` ns; a sample ends at its own time."""
        return self.begin + self.width_ns

    def __len__(self) -> int:
        return int(self.begin.shape[0])

    def before(self, end: int) -> Seen:
        """What began before a time, ns: a source whose clock is wrong may send from the future."""
        n = int(np.searchsorted(self.begin, end))
        return Seen(self.begin[:n], self.width_ns, self.worst[:n], self.count[:n], self.good[:n])


def seen_in_series(series: Series) -> Seen:
    """Every sample of a series."""
    good = (severities(series.quality) < Severity.BAD).astype(np.int64)
    return Seen(series.time, 0, series.quality, np.ones(len(series), dtype=np.int64), good)


def seen_in_buckets(buckets: Buckets, step_ns: int) -> Seen:
    """Every bucket that is not empty.

    Args:
        buckets: of one point.
        step_ns: their length.
    """
    full = buckets.count > 0
    return Seen(
        buckets.time[full], step_ns, buckets.worst[full], buckets.count[full], buckets.good[full]
    )


def gaps_of(seen: Seen, expected_ns: int, start: int, end: int) -> list[Gap]:
    """The gaps of an interval, oldest first.

    Args:
        seen: what there was of the point in the interval.
        expected_ns: a new value is due within this time.
        start: of the interval, ns.
        end: of the interval, ns; not in the future, for what is still to come is no gap.
    """
    seen = seen.before(end)
    before = np.append(start, np.minimum(seen.until, end))
    after = np.append(seen.begin, end)
    silent = after - before > PAUSES * expected_ns
    silences = [Gap(int(before[i]), int(after[i]), None) for i in np.flatnonzero(silent).tolist()]
    # What was wrong stays wrong up to the next sample, unless none came for too long.
    lasts = np.where(silent, before, after)[1:]
    faults = _faults(seen, lasts, silent[1:], start)
    return sorted([*silences, *faults], key=lambda gap: gap.start)


def _faults(
    seen: Seen, lasts: NDArray[np.int64], silent: NDArray[np.bool_], start: int
) -> Iterator[Gap]:
    """Runs of nothing but BAD samples of one reason.

    Args:
        seen: what there was.
        lasts: ``int64[n]`` ns, up to when what was seen is to be believed.
        silent: ``bool[n]``, what was seen was followed by a silence.
        start: of the interval, ns.
    """
    code = np.where(seen.good == 0, seen.worst.astype(np.int64), -1)
    changes = np.flatnonzero((code[1:] != code[:-1]) | silent[:-1]) + 1
    for run in np.split(np.arange(len(seen)), changes):
        if run.size and code[run[0]] >= 0:
            begin, end = max(start, int(seen.begin[run[0]])), int(lasts[run[-1]])
            if end > begin:
                yield Gap(begin, end, reason_of(int(code[run[0]])))


def captured(seen: Seen, expected_ns: int, start: int, end: int) -> float | None:
    """The share of the values due in an interval that came and were not BAD, 0 to 1.

    What is due follows from the pace at which the point usually comes, which is faster than
    the time within which a value is expected; never from a slower one.

    Args:
        seen: what there was of the point in the interval.
        expected_ns: a new value is due within this time.
        start: of the interval, ns.
        end: of the interval, ns; not in the future.

    Returns:
        None for an interval without length.
    """
    if end <= start:
        return None
    seen = seen.before(end)
    if not len(seen):
        return 0.0
    spacing = np.diff(np.append(seen.begin, min(end, int(seen.until[-1]))))
    pace_ns = _pace_ns(spacing, seen.count, expected_ns)
    due = np.maximum(seen.count, np.rint(spacing / pace_ns))
    tail_ns = end - int(seen.until[-1])
    beside_ns = max(0, int(seen.begin[0]) - start)
    if tail_ns > PAUSES * expected_ns:  # else the newest value is merely on its way
        beside_ns += tail_ns
    return float(seen.good.sum() / (due.sum() + beside_ns // pace_ns))


def _pace_ns(spacing: NDArray[np.int64], count: NDArray[np.int64], expected_ns: int) -> float:
    """How long it takes from one sample to the next for most of the time; at most as expected.

    Args:
        spacing: ``int64[n]`` ns, from each to the next.
        count: ``int64[n]``, samples in that time.
        expected_ns: the longest pace.
    """
    pace = spacing / count
    timely = (pace > 0) & (pace <= expected_ns)
    if not timely.any():
        return float(expected_ns)
    order = np.argsort(pace[timely])
    passed = np.cumsum(spacing[timely][order])
    return float(pace[timely][order][np.searchsorted(passed, passed[-1] / 2)])
