"""Samples as they arrive: which of them speak of the present, and in which order; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from telemetry.batch import Batch
from telemetry.quality import Reason, Severity, bad, reason_of, severity_of, uncertain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SAYS_NOTHING = 3
"""Belief in a sample that says nothing about the present process, whatever its number."""

LATE_REASON = Reason.LATE


def _belief(code: int) -> int:
    if severity_of(code) > Severity.BAD:
        return SAYS_NOTHING
    if reason_of(code) in (Reason.MAINTENANCE, Reason.OUT_OF_SERVICE):
        return SAYS_NOTHING
    # The last usable value of a lost source is a memory, not a reading.
    return SAYS_NOTHING if code == uncertain(Reason.STALE) else severity_of(code)


_DEFINED = [
    code for code in range(192) if (code & 0x3F) <= max(Reason)
]  # bytes that a severity and a reason can make
BELIEF: NDArray[np.uint8] = np.full(256, SAYS_NOTHING, dtype=np.uint8)
"""``uint8[256]``: for each quality byte its severity, or :data:`SAYS_NOTHING`."""
BELIEF[_DEFINED] = [_belief(code) for code in _DEFINED]


def without_nan(batch: Batch) -> Batch:
    """The batch with every NaN marked BAD, whatever its source claims."""
    hollow = np.isnan(batch.value) & (batch.quality < bad(Reason.NONE))
    if not hollow.any():
        return batch
    quality = np.where(hollow, np.uint8(bad(Reason.NAN)), batch.quality)
    return Batch(batch.point, batch.time, batch.value, quality)


def rounds(batch: Batch, points: int) -> Iterator[Batch]:
    """Split a batch so that no point stands twice in a part, each point's samples in time order.

    Args:
        batch: any samples.
        points: length of the point table.
    """
    rows = np.arange(len(batch))
    last = np.empty(points, dtype=np.intp)
    last[batch.point] = rows
    if (last[batch.point] == rows).all():
        yield batch
        return
    order = np.lexsort((batch.time, batch.point))
    point = batch.point[order]
    first = np.flatnonzero(np.r_[True, point[1:] != point[:-1]])
    length = np.diff(np.r_[first, len(point)])
    turn = rows - np.repeat(first, length)
    by_turn = order[np.argsort(turn, kind="stable")]
    for part in np.split(by_turn, np.cumsum(np.bincount(turn))[:-1]):
        yield batch.take(part)
