"""The windows of GROUP BY time(), with InfluxDB's rules for offsets and time zones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from historian.influxql.errors import StatementError
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from datetime import tzinfo

    from numpy.typing import NDArray

_WEEK = 7 * 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Every:
    """GROUP BY time(): the length of a window, and by how much all are shifted, ns."""

    interval_ns: int
    offset_ns: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """The windows that an interval is divided into.

    Attributes:
        starts: ``int64[n]``, when each begins, ascending, ns; what the answer shows.
        piece_ns: length of buckets, from the first start on, that fit into the windows whole.
    """

    starts: NDArray[np.int64]
    piece_ns: int

    def __len__(self) -> int:
        return int(self.starts.shape[0])

    @classmethod
    def single(cls, start: int, end: int) -> Windows:
        """The whole interval as one window."""
        return cls(np.array([start], dtype=np.int64), end - start)

    def of(self, time: NDArray[np.int64]) -> NDArray[np.intp]:
        """The number of the window in which each time lies."""
        found: NDArray[np.intp] = np.searchsorted(self.starts, time, "right") - 1
        return found


def windows_of(start: int, end: int, every: Every, zone: tzinfo, most: int) -> Windows:
    """Divide ``[start, end)``; the first window may begin before it.

    Args:
        start: of the interval, ns.
        end: of the interval, ns, after ``start``.
        every: length and shift.
        zone: midnight of this zone begins a day.
        most: windows that are allowed.

    Raises:
        StatementError: there would be more.
    """
    first = _window_start(start, every, zone)
    count = -(-(end - first) // every.interval_ns)
    if count > most:
        raise StatementError(
            f"max-select-buckets limit exceeded: ({count}/{most}); "
            "use longer windows or a shorter interval"
        )
    if _steady(first, end, zone):
        starts = first + np.arange(count, dtype=np.int64) * every.interval_ns
        return Windows(starts, every.interval_ns)
    return _stepped(first, end, every, zone)


def _zone_ns(time_ns: int, zone: tzinfo) -> int:
    moment = datetime.fromtimestamp(time_ns // SECOND, UTC).astimezone(zone)
    shift = moment.utcoffset()
    return int(shift.total_seconds()) * SECOND if shift else 0


def _window_start(time_ns: int, every: Every, zone: tzinfo) -> int:
    time_ns -= every.offset_ns
    shift = _zone_ns(time_ns, zone)
    start = time_ns - (time_ns + shift) % every.interval_ns + every.offset_ns
    change = shift - _zone_ns(start, zone)
    return start + change if abs(change) < every.interval_ns else start


def _steady(start: int, end: int, zone: tzinfo) -> bool:
    """Whether no clock is changed within the interval."""
    if zone is UTC:
        return True
    shift = _zone_ns(start, zone)
    return all(_zone_ns(t, zone) == shift for t in (*range(start, end, _WEEK), end))


def _stepped(first: int, end: int, every: Every, zone: tzinfo) -> Windows:
    """Windows of which some are longer or shorter because clocks are changed within them."""
    starts, piece, shift, time = [], every.interval_ns, _zone_ns(first, zone), first
    while time < end:
        starts.append(time)
        time += every.interval_ns
        now = _zone_ns(time - 1, zone)
        if now != shift and abs(shift - now) < every.interval_ns:
            time += shift - now
            piece = math.gcd(piece, abs(shift - now))
        shift = now
    return Windows(np.array(starts, dtype=np.int64), piece)
