"""What the rule bank hands out: conditions that began or ceased to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Changes of conditions, ``k`` of them, oldest first.

    Attributes:
        condition: ``int64[k]`` index of the condition.
        time: ``int64[k]`` when it began or ceased, ns UTC.
        begins: ``bool[k]`` it began to hold; else it ceased.
        value: ``float64[k]`` the reading that decided it, as it is to be shown; NaN for none.
    """

    condition: NDArray[np.int64]
    time: NDArray[np.int64]
    begins: NDArray[np.bool_]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.condition.shape[0])

    @classmethod
    def none(cls) -> Edges:
        """No change."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0))

    @classmethod
    def joined(cls, parts: Sequence[Edges]) -> Edges:
        """All changes of the parts, oldest first; a condition's own order is kept."""
        full = [part for part in parts if len(part)]
        if not full:
            return cls.none()
        time = np.concatenate([part.time for part in full])
        order = np.argsort(time, kind="stable")
        return cls(
            np.concatenate([part.condition for part in full])[order],
            time[order],
            np.concatenate([part.begins for part in full])[order],
            np.concatenate([part.value for part in full])[order],
        )
