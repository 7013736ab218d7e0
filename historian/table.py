"""Checks of point indices against the size of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.errors import QueryError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_points(asked: int | NDArray[np.int32], points: int) -> None:
    """See that what is asked for stands in a table of ``points`` points.

    Raises:
        QueryError: it does not.
    """
    indices = np.atleast_1d(np.asarray(asked))
    strange = indices[(indices < 0) | (indices >= points)]
    if strange.shape[0]:
        raise QueryError(
            f"point {strange[0]} is not in the table, which has {points} points (0 to {points - 1})"
        )
