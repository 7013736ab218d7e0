"""The newest samples in memory: those not yet in a segment, and some that are for speed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.newest import Newest
    from telemetry.batch import Batch

_FIRST_CAPACITY = 16_384


class Tail:
    """Rows in the order of arrival, in arrays that double when they are full.

    Rows once written never change, so that a view of them stays true while more come.
    """

    def __init__(self) -> None:
        self._rows = _room(_FIRST_CAPACITY)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, point: NDArray[np.int32], batch: Batch, sequence: int) -> None:
        """Append a batch, its points by the store's numbers."""
        begin, end = self._length, self._length + len(batch)
        if end > len(self._rows):
            self._grow(end)
        self._rows.point[begin:end] = point
        self._rows.time[begin:end] = batch.time
        self._rows.value[begin:end] = batch.value
        self._rows.quality[begin:end] = batch.quality
        self._rows.sequence[begin:end] = sequence
        self._length = end

    def _grow(self, needed: int) -> None:
        larger = _room(max(needed, 2 * len(self._rows)))
        for old, new in zip(_columns(self._rows), _columns(larger), strict=True):
            new[: self._length] = old[: self._length]
        self._rows = larger

    def view(self) -> Rows:
        """The rows so far."""
        return self._rows.take(slice(0, self._length))


def _room(rows: int) -> Rows:
    return Rows(
        np.empty(rows, np.int32),
        np.empty(rows, np.int64),
        np.empty(rows, np.float64),
        np.empty(rows, np.uint8),
        np.empty(rows, np.int64),
    )


def _columns(rows: Rows) -> tuple[NDArray[np.generic], ...]:
    return rows.point, rows.time, rows.value, rows.quality, rows.sequence


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """Rows on their way into a segment.

    Attributes:
        rows: in order of arrival.
        upto: with them, everything up to this sequence is in segments.
        newest: the newest sample of each point as of then.
    """

    rows: Rows
    upto: int
    newest: Newest


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Rows that are in a segment as well, sorted by point and time.

    Attributes:
        middle: their median time, ns: one sample from the future must not push all others out.
    """

    rows: Rows
    middle: int

    def of_point(self, point: int, start: int, end: int) -> Rows:
        """The rows of one point within ``[start, end)``."""
        # Keys of the column's own type: any other would make numpy copy the whole column.
        low = int(np.searchsorted(self.rows.point, np.int32(point), "left"))
        high = int(np.searchsorted(self.rows.point, np.int32(point), "right"))
        times = self.rows.time[low:high]
        begin = low + int(np.searchsorted(times, np.int64(start)))
        stop = low + int(np.searchsorted(times, np.int64(end)))
        return self.rows.take(slice(begin, stop))


@dataclass(frozen=True, slots=True, eq=False)
class HotView:
    """The hot window as it was at one moment; any thread may look into it.

    Attributes:
        complete_after: the window holds every sample with a sequence above this.
    """

    complete_after: int
    unsettled: tuple[Rows, ...]
    settled: tuple[Settled, ...]

    def of_point(self, point: int, start: int, end: int) -> Rows:
        """The rows of one point within ``[start, end)``, in no particular order."""
        parts = [block.of_point(point, start, end) for block in self.settled]
        parts += [rows.of_point(point, start, end) for rows in self.unsettled]
        return Rows.concat(parts)


class HotWindow:
    """Belongs to the event loop.

    Args:
        hot_s: seconds of settled rows that are kept.
        most_rows: settled and unsettled rows together; beyond it settled ones go.
        complete_after: samples up to this sequence are in segments already.
    """

    def __init__(self, hot_s: float, most_rows: int, complete_after: int) -> None:
        self._hot_ns = int(hot_s * 1e9)
        self._most_rows = most_rows
        self._complete_after = complete_after
        self._tail = Tail()
        self._frozen: Frozen | None = None
        self._settled: deque[tuple[Settled, int]] = deque()

    @property
    def fresh(self) -> int:
        """Rows that no segment has been begun for."""
        return len(self._tail)

    def add(self, point: NDArray[np.int32], batch: Batch, sequence: int) -> None:
        """Take a batch in."""
        self._tail.add(point, batch, sequence)

    def freeze(self, upto: int, newest: Newest) -> Frozen | None:
        """The rows to write next: those of a failed attempt, or else all fresh ones.

        Args:
            upto: the highest sequence taken in.
            newest: the newest sample of each point; copied.
        """
        if self._frozen is None and len(self._tail):
            self._frozen = Frozen(self._tail.view(), upto, newest.copy())
            self._tail = Tail()
        return self._frozen

    def settle(self, frozen: Frozen, rows: Rows) -> None:
        """The frozen rows are in segments now; ``rows`` are the same, sorted and resolved."""
        self._frozen = None
        self._settled.append((Settled(rows, int(np.median(rows.time))), frozen.upto))
        self._trim()

    def _trim(self) -> None:
        newest = self._settled[-1][0].middle
        while self._settled and (
            self._rows() > self._most_rows or newest - self._settled[0][0].middle > self._hot_ns
        ):
            self._complete_after = self._settled.popleft()[1]

    def _rows(self) -> int:
        return len(self._tail) + sum(len(block.rows) for block, _ in self._settled)

    def view(self) -> HotView:
        """The window as it is now."""
        frozen = () if self._frozen is None else (self._frozen.rows,)
        return HotView(
            self._complete_after,
            unsettled=(*frozen, self._tail.view()),
            settled=tuple(block for block, _ in self._settled),
        )
