"""A bounded set of sequence ranges."""

from __future__ import annotations

from bisect import bisect_right


class Ranges:
    """Remembers which sequences the disk never confirmed.

    Ranges come in ascending order of their ends. Beyond ``most`` of them the two oldest are
    joined, which only makes the set larger: a doubt may spread, a loss is never forgotten.
    """

    def __init__(self, most: int = 256) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._most = most

    def add(self, first: int, last: int) -> None:
        """Remember ``first`` to ``last``, inclusive."""
        while self._lasts and first <= self._lasts[-1] + 1:
            first = min(first, self._firsts.pop())
            last = max(last, self._lasts.pop())
        self._firsts.append(first)
        self._lasts.append(last)
        if len(self._firsts) > self._most:
            del self._firsts[1]
            del self._lasts[0]

    def __contains__(self, sequence: int) -> bool:
        at = bisect_right(self._firsts, sequence) - 1
        return at >= 0 and sequence <= self._lasts[at]
