"""What instruments make of the truth: small seeded noise, and the resolution of the display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well a kind of instrument sees.

    Attributes:
        spread: standard deviation in the signal's unit.
        share: standard deviation as a share of the value.
        step: smallest difference shown.
    """

    spread: float
    share: float
    step: float


EXACT = Accuracy(0.0, 0.0, 1.0)
_BY_LAST_WORD = {
    "pressure": Accuracy(0.0006, 0.0, 0.0001),
    "level": Accuracy(0.002, 0.0, 0.001),
    "volume": Accuracy(0.0, 0.0, 0.1),
    "flow": Accuracy(0.5, 0.003, 0.1),
    "inflow": Accuracy(0.5, 0.003, 0.1),
    "turbidity": Accuracy(0.002, 0.004, 0.001),
    "free_chlorine": Accuracy(0.004, 0.0, 0.001),
    "ph": Accuracy(0.008, 0.0, 0.01),
    "conductivity": Accuracy(0.6, 0.0, 0.1),
    "temperature": Accuracy(0.02, 0.0, 0.01),
    "power": Accuracy(0.0, 0.003, 0.1),
    "frequency": Accuracy(0.0, 0.0, 0.01),
    "energy": Accuracy(0.0, 0.0, 0.01),
    "total": Accuracy(0.0, 0.0, 0.01),
    "pressure_setpoint": Accuracy(0.0, 0.0, 0.0001),
    "chlorine_setpoint": Accuracy(0.0, 0.0, 0.001),
}
"""By the last word of a signal; states and counters, which are not listed, are exact."""


class Sensors:
    """The sensors of the whole city, in the order of ``names``."""

    def __init__(self, names: Sequence[str], random: Generator) -> None:
        accuracies = [_BY_LAST_WORD.get(name.rsplit(".", 1)[-1], EXACT) for name in names]
        self._spread = np.array([a.spread for a in accuracies])
        self._share = np.array([a.share for a in accuracies])
        self._step = np.array([a.step for a in accuracies])
        self._random = random

    def read(self, truth: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the instruments show of ``truth``, both ``(names,)``."""
        noise = self._random.standard_normal(truth.shape[0])
        noise *= self._spread + self._share * np.abs(truth)
        noise[truth == 0.0] = 0.0  # what stands still shows zero
        shown: NDArray[np.float64] = np.round((truth + noise) / self._step) * self._step
        shown[(truth >= 0) & (shown < 0)] = 0.0
        return shown
