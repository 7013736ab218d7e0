"""One file of the journal, and what is known of the frames in it without reading it again."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from historian.journal.frames import HEADER_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from historian.journal.frames import FrameHead

NEVER = -(2**63)
"""Before any time, ns."""


def segment_name(first_sequence: int) -> str:
    """The name of the segment that begins with this sequence; names sort as sequences do."""
    return f"{first_sequence:020d}.journal"


@dataclass(slots=True, eq=False)
class Segment:
    """The index of one segment file.

    Attributes:
        path: the file.
        first: sequence in its name; frames in it are not below.
        mapping: ``int32[m]``, index in the present table of each point of the table that the
            file was written with, -1 where it is gone; None when it is the same table.
        size: bytes up to the end of the last whole frame.
    """

    path: Path
    first: int
    mapping: NDArray[np.int32] | None = None
    size: int = HEADER_BYTES
    _sequences: array[int] = field(default_factory=lambda: array("Q"))
    _offsets: array[int] = field(default_factory=lambda: array("Q"))
    _rows_through: array[int] = field(default_factory=lambda: array("Q"))
    _newest_ns: array[int] = field(default_factory=lambda: array("q"))
    _lost: set[int] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """Samples in all frames."""
        return self._rows_before(len(self._sequences))

    @property
    def last(self) -> int:
        """The sequence of the last frame; one below :attr:`first` while there is none."""
        return self._sequences[-1] if self._sequences else self.first - 1

    def add(self, frame: FrameHead, rows: int, newest_ns: int) -> None:
        """Note a frame that has been written or found.

        Args:
            frame: where it lies.
            rows: samples in it, of points that are in the present table.
            newest_ns: time of the newest of them; :data:`NEVER` when there is none.
        """
        self._rows_through.append(self.rows + rows)
        self._newest_ns.append(newest_ns)
        self._offsets.append(frame.offset)
        self._sequences.append(frame.sequence)
        self.size = frame.end

    def _rows_before(self, index: int) -> int:
        return self._rows_through[index - 1] if index else 0

    def rows_after(self, sequence: int) -> int:
        """Samples in the frames behind ``sequence``."""
        return self.rows - self._rows_before(bisect_right(self._sequences, sequence))

    def rows_between(self, first: int, last: int) -> int:
        """Samples in the frames from ``first`` to ``last``, inclusive."""
        end = self._rows_before(bisect_right(self._sequences, last))
        return end - self._rows_before(bisect_left(self._sequences, first))

    def newest_between(self, first: int, last: int) -> int:
        """The newest time in the frames from ``first`` to ``last``; :data:`NEVER` for none."""
        begin, end = bisect_left(self._sequences, first), bisect_right(self._sequences, last)
        return max(self._newest_ns[begin:end], default=NEVER)

    def tail(self, rows: int) -> int:
        """The first sequence of the longest tail that holds no more than ``rows`` samples."""
        at = bisect_left(self._rows_through, self.rows - rows)
        if self.rows <= rows:
            return self.first
        return self._sequences[at + 1] if at + 1 < len(self._sequences) else self.last + 1

    def lose(self, sequence: int) -> int:
        """A frame turned out to be unreadable, and is left alone from now on.

        Returns:
            How many samples it held.
        """
        self._lost.add(sequence)
        at = bisect_left(self._sequences, sequence)
        lost = self._rows_through[at] - self._rows_before(at)
        for index in range(at, len(self._rows_through)):
            self._rows_through[index] -= lost
        return lost

    def stretch(self, sequence: int, most_rows: int) -> Stretch | None:
        """The frames from ``sequence`` on that together hold about ``most_rows`` samples.

        Returns:
            At least one frame, or None when there is none from ``sequence`` on.
        """
        begin = bisect_left(self._sequences, sequence)
        if begin == len(self._sequences):
            return None
        before = self._rows_before(begin)
        end = max(begin + 1, bisect_right(self._rows_through, before + most_rows))
        offsets = self._offsets[begin:end]
        stop = self._offsets[end] if end < len(self._offsets) else self.size
        return Stretch(self, self._sequences[begin:end], offsets, stop, frozenset(self._lost))


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Neighbouring frames of one segment, to be read in one go.

    Attributes:
        sequences, offsets: of each frame.
        stop: offset behind the last one.
        lost: sequences that were unreadable before; what is counted as lost stays lost.
    """

    segment: Segment
    sequences: array[int]
    offsets: array[int]
    stop: int
    lost: frozenset[int]

    def frames(self) -> Iterator[tuple[int, int]]:
        """Sequence of each frame to be read, and its offset from the first one's."""
        start = self.offsets[0]
        for sequence, offset in zip(self.sequences, self.offsets, strict=True):
            if sequence not in self.lost:
                yield sequence, offset - start
