"""Counting what came bad, without touching what came good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from telemetry.quality import Severity, reason_of, severity_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def bad_samples(quality: NDArray[np.uint8]) -> dict[str, int]:
    """Count the BAD samples by the word of their reason.

    Args:
        quality: ``uint8[n]``.
    """
    if not quality.any():
        return {}
    counts = np.bincount(quality, minlength=1)
    return {
        reason_of(code).word: int(counts[code])
        for code in np.flatnonzero(counts).tolist()
        if severity_of(code) is Severity.BAD
    }
