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
        rows: samples in all frames.
    """

    path: Path
    first: int
    mapping: NDArray[np.int32] | None = None
    size: int = HEADER_BYTES
    rows: int = 0
    _sequences: array[int] = field(default_factory=lambda: array("Q"))
    _offsets: array[int] = field(default_factory=lambda: array("Q"))
    _rows: array[int] = field(default_factory=lambda: array("I"))

    @property
    def last(self) -> int:
        """The sequence of the last frame; one below :attr:`first` while there is none."""
        return self._sequences[-1] if self._sequences else self.first - 1

    def add(self, sequence: int, offset: int, end: int, rows: int) -> None:
        """Note a frame that has been written or found."""
        self._sequences.append(sequence)
        self._offsets.append(offset)
        self._rows.append(rows)
        self.size = end
        self.rows += rows

    def rows_after(self, sequence: int) -> int:
        """Samples in the frames behind ``sequence``."""
        if sequence < self.first:
            return self.rows
        return sum(self._rows[bisect_right(self._sequences, sequence) :])

    def lose(self, sequence: int) -> int:
        """A frame turned out to be unreadable; returns how many samples it held."""
        at = bisect_left(self._sequences, sequence)
        lost, self._rows[at] = self._rows[at], 0
        self.rows -= lost
        return lost

    def stretch(self, sequence: int, most_rows: int) -> Stretch | None:
        """The frames from ``sequence`` on that together hold about ``most_rows`` samples.

        Returns:
            At least one frame, or None when there is none from ``sequence`` on.
        """
        begin = bisect_left(self._sequences, sequence)
        if begin == len(self._sequences):
            return None
        end, rows = begin, 0
        while end < len(self._sequences) and (end == begin or rows + self._rows[end] <= most_rows):
            rows += self._rows[end]
            end += 1
        offsets = self._offsets[begin:end]
        stop = self._offsets[end] if end < len(self._offsets) else self.size
        return Stretch(self, self._sequences[begin:end], offsets, stop, rows)


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Neighbouring frames of one segment, to be read in one go.

    Attributes:
        sequences, offsets: of each frame.
        stop: offset behind the last one.
        rows: samples in all of them.
    """

    segment: Segment
    sequences: array[int]
    offsets: array[int]
    stop: int
    rows: int

    def frames(self) -> Iterator[tuple[int, int]]:
        """Sequence of each frame, and its offset from the first one's."""
        start = self.offsets[0]
        for sequence, offset in zip(self.sequences, self.offsets, strict=True):
            yield sequence, offset - start
