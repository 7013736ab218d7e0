"""Readings to be stored: noise in three decimals, the hardest an instrument gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.city import START_NS
from telemetry.batch import Batch
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def noise(points: int, instants: int, seed: int) -> NDArray[np.float64]:
    """``(instants, points)`` MPa in thousandths, each independent of the one before."""
    random = np.random.default_rng(seed)
    return np.round(0.30 + 0.02 * random.standard_normal((instants, points)), 3)


def batches(points: int, instants: int, *, step_s: int = 1, rows: int = 50_000) -> Iterator[Batch]:
    """All readings of some points in order of time, about ``rows`` in a batch.

    Args:
        points: indices 0 to ``points`` - 1.
        instants: how often each is read.
        step_s: seconds between.
        rows: samples in a batch.
    """
    at_once = max(1, rows // points)
    index = np.arange(points, dtype=np.int32)
    for first in range(0, instants, at_once):
        count = min(at_once, instants - first)
        times = START_NS + (first + np.arange(count, dtype=np.int64)) * step_s * SECOND
        values = noise(points, count, first)
        yield Batch.of(np.tile(index, count), np.repeat(times, points), values.ravel())
