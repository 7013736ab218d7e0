"""Samples as they arrive: which of them speak of the present, and in which order; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from telemetry.batch import Batch
from telemetry.quality import Reason, Severity, bad, quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

LINK_LOST = 3
"""Belief in a sample that is BAD because nobody reached the instrument."""

SAYS_NOTHING = 4
"""Belief in a sample that says nothing about the present process, whatever its number."""

_OF_THE_LINK = {
    Reason.COMM,
    Reason.TIMEOUT,
    Reason.GATEWAY,
    Reason.BUSY,
    Reason.PROTOCOL,
    Reason.WAITING,
    Reason.STALE,
}


def _belief(severity: Severity, reason: Reason) -> int:
    if reason in (Reason.MAINTENANCE, Reason.OUT_OF_SERVICE):
        return SAYS_NOTHING
    if severity is Severity.BAD and reason in _OF_THE_LINK:
        return LINK_LOST
    # The last usable value of a lost source is a memory, not a reading.
    memory = severity is Severity.UNCERTAIN and reason is Reason.STALE
    return SAYS_NOTHING if memory else severity


BELIEF: NDArray[np.uint8] = np.full(256, SAYS_NOTHING, dtype=np.uint8)
"""``uint8[256]``: for each quality byte its severity, or one of the two above."""
for _severity in Severity:
    for _reason in Reason:
        BELIEF[quality(_severity, _reason)] = _belief(_severity, _reason)


def without_nan(batch: Batch) -> Batch:
    """The batch with every NaN marked BAD, whatever its source claims."""
    hollow = np.isnan(batch.value) & (batch.quality < bad(Reason.NONE))
    if not hollow.any():
        return batch
    marked = np.where(hollow, np.uint8(bad(Reason.NAN)), batch.quality)
    return Batch(batch.point, batch.time, batch.value, marked)


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
