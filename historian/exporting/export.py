"""Carrying readings from a store to a file, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.exporting.pieces import BUCKET_WEIGHT, Grid, pieces
from historian.exporting.table import Table
from historian.queries import BucketQuery

if TYPE_CHECKING:
    from collections.abc import Callable

    from historian.exporting.table import Sink
    from historian.reading.view import View
    from historian.reading.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to.

    Attributes:
        rows: in the file.
        points: that were asked for.
        start, end: the interval, ns.
    """

    rows: int
    points: int
    start: int
    end: int


def export(
    view: View,
    wanted: Wanted,
    sink: Sink,
    buckets: Grid | None,
    progress: Callable[[float], None],
) -> Exported:
    """Write what is wanted; blocks on the disk.

    Args:
        view: where readings come from.
        wanted: which, within a bounded interval.
        sink: where they go.
        buckets: their grid; None writes the readings themselves.
        progress: told after each piece how much is done, 0 to 1.

    Raises:
        StoreError: readings cannot be read, or the file cannot be written.
        OSError: the file cannot be written.
    """
    weights = view.counts(wanted)
    if buckets is not None:
        weights = weights + BUCKET_WEIGHT * (-(-(wanted.end - wanted.start) // buckets.step))
    rows, done, total = 0, 0.0, float(weights.sum()) or 1.0
    weight_of = dict(zip(wanted.points.tolist(), weights.tolist(), strict=True))
    for piece in pieces(wanted, weights, buckets or Grid(0, 1)):
        table = _table(view, piece, buckets)
        sink.write(table)
        rows += len(table)
        part = (piece.end - piece.start) / (wanted.end - wanted.start)
        done += part * sum(weight_of[point] for point in piece.points.tolist())
        progress(min(1.0, done / total))
    sink.finish()
    progress(1.0)
    return Exported(rows, int(np.shape(wanted.points)[0]), wanted.start, wanted.end)


def _table(view: View, piece: Wanted, buckets: Grid | None) -> Table:
    if buckets is None:
        return Table.of_readings(view.rows(piece))
    query = BucketQuery(0, piece.start, piece.end, buckets.step, buckets.origin)
    return Table.of_buckets(piece.points.tolist(), view.buckets(piece.points, query))
