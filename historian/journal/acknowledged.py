"""What a store has confirmed, when it is not confirmed in order. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Acknowledged:
    """A mark, below which everything is confirmed, and confirmed ranges above it.

    The mark moves only over what was confirmed without a gap.

    Args:
        mark: everything up to this sequence is confirmed.
    """

    def __init__(self, mark: int) -> None:
        self.mark = mark
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def __len__(self) -> int:
        """How many confirmed ranges there are above the mark."""
        return len(self._firsts)

    def __contains__(self, sequence: int) -> bool:
        at = bisect_right(self._firsts, sequence) - 1
        return sequence <= self.mark or (at >= 0 and sequence <= self._lasts[at])

    def ranges(self) -> list[tuple[int, int]]:
        """The confirmed ranges above the mark, ascending, ends inclusive, never touching."""
        return list(zip(self._firsts, self._lasts, strict=True))

    def add(self, first: int, last: int) -> None:
        """``first`` to ``last``, inclusive, are confirmed."""
        if first <= self.mark + 1:
            self.pass_upto(last)
        elif first <= last:
            self._insert(first, last)

    def pass_upto(self, sequence: int) -> None:
        """Move the mark to ``sequence`` at least, and over the ranges that it then touches."""
        self.mark = max(self.mark, sequence)
        passed = bisect_right(self._firsts, self.mark + 1)
        while passed:
            self.mark = max(self.mark, self._lasts[passed - 1])
            del self._firsts[:passed], self._lasts[:passed]
            passed = bisect_right(self._firsts, self.mark + 1)

    def _insert(self, first: int, last: int) -> None:
        """Join the new range with those that it overlaps or touches."""
        begin = bisect_left(self._lasts, first - 1)
        end = bisect_right(self._firsts, last + 1)
        if begin < end:
            first = min(first, self._firsts[begin])
            last = max(last, self._lasts[end - 1])
        self._firsts[begin:end] = [first]
        self._lasts[begin:end] = [last]

    def gaps(self, upto: int) -> Iterator[tuple[int, int]]:
        """What is not confirmed from the mark up to ``upto``, ascending, ends inclusive."""
        begin = self.mark + 1
        for first, last in zip(self._firsts, self._lasts, strict=True):
            if first > upto:
                break
            yield begin, first - 1
            begin = last + 1
        if begin <= upto:
            yield begin, upto
