"""How an export is cut into pieces that fit into memory. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.reading.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MOST_WEIGHT = 250_000
"""Weight of one piece, in samples: 7 MB of arrays, some 100 MB while they become text."""

BUCKET_WEIGHT = 10
"""What a bucket weighs, in samples; so no piece comes near to what one question may have."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Times at which an interval may be cut: ``origin`` and whole steps before and after it."""

    origin: int
    step: int

    def cut(self, start: int, end: int, parts: int) -> Iterator[tuple[int, int]]:
        """``parts`` intervals, or one more, that make up ``[start, end)``, cut at the grid only."""
        if parts == 1:
            yield start, end
            return
        steps = -(-(end - start) // (parts * self.step))
        first = start - (start - self.origin) % self.step
        for begin in range(first, end, steps * self.step):
            yield max(begin, start), min(begin + steps * self.step, end)


def pieces(
    wanted: Wanted, weights: NDArray[np.int64], grid: Grid, most: int = MOST_WEIGHT
) -> Iterator[Wanted]:
    """Cut what is wanted: several light points together, one heavy point in several intervals.

    One point comes after the other, and of each the oldest first.

    Args:
        wanted: a bounded interval.
        weights: ``int64[k]``, of each point.
        grid: where a point's interval may be cut.
        most: weight of a piece; one of several points is never heavier.
    """
    if wanted.end <= wanted.start:
        return
    begin, weight = 0, 0
    for at, own in enumerate(weights.tolist()):
        if weight + own > most and at > begin:
            yield from _piece(wanted, slice(begin, at), weight, grid, most)
            begin, weight = at, 0
        weight += own
    if begin < weights.shape[0]:
        yield from _piece(wanted, slice(begin, None), weight, grid, most)


def _piece(wanted: Wanted, points: slice, weight: int, grid: Grid, most: int) -> Iterator[Wanted]:
    for start, end in grid.cut(wanted.start, wanted.end, max(1, -(-weight // most))):
        yield Wanted(wanted.points[points], start, end)
