"""Raw numbers times a decimal scale, without the dust of binary fractions.

3 × 0.1 is 0.30000000000000004, which lies beyond a limit of 0.3; 3 / 10 does not.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_LARGEST_DIVISOR = 1_000_000


def as_fractions(scales: Iterable[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scales as ``factor / divisor``, both whole where that is the same number.

    Args:
        scales: n of them.

    Returns:
        ``(n,)`` factors and ``(n,)`` divisors.
    """
    pairs = [as_fraction(scale) for scale in scales]
    columns = np.array(pairs, dtype=np.float64).reshape(len(pairs), 2)
    return columns[:, 0].copy(), columns[:, 1].copy()


@lru_cache(maxsize=1024)
def as_fraction(scale: float) -> tuple[float, float]:
    """One scale as factor and divisor."""
    near = Fraction(scale).limit_denominator(_LARGEST_DIVISOR)
    same = float(near) == scale
    return (float(near.numerator), float(near.denominator)) if same else (scale, 1.0)


def scaled(raw: float, scale: float, offset: float) -> float:
    """``raw × scale + offset``."""
    factor, divisor = as_fraction(scale)
    return raw * factor / divisor + offset
