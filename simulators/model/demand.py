"""How much water the city draws: hour by hour, by kind of use and day, with its noise."""

from __future__ import annotations

from enum import StrEnum
from math import exp, sqrt
from typing import TYPE_CHECKING

import numpy as np

from simulators.model.days import Day, kind_of_day, season_factor

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.random import Generator
    from numpy.typing import NDArray


class Use(StrEnum):
    """What water is used for; also the second half of a demand pattern's name."""

    HOME = "home"
    WORK = "work"


_HOME_WORKING = (
    0.52, 0.46, 0.43, 0.43, 0.50, 0.78, 1.24, 1.42, 1.34, 1.18, 1.08, 1.10,
    1.16, 1.04, 0.92, 0.90, 0.98, 1.16, 1.36, 1.42, 1.36, 1.22, 0.98, 0.70,
)  # fmt: skip
_HOME_FREE = (
    0.58, 0.50, 0.46, 0.44, 0.47, 0.60, 0.86, 1.14, 1.36, 1.40, 1.32, 1.28,
    1.28, 1.18, 1.06, 1.02, 1.06, 1.18, 1.32, 1.38, 1.34, 1.22, 1.02, 0.76,
)  # fmt: skip
_WORK_WORKING = (
    0.62, 0.60, 0.58, 0.58, 0.62, 0.74, 0.94, 1.16, 1.36, 1.40, 1.38, 1.34,
    1.28, 1.32, 1.36, 1.34, 1.28, 1.16, 1.04, 0.96, 0.90, 0.82, 0.74, 0.66,
)  # fmt: skip
_WORK_FREE = (
    0.60, 0.58, 0.56, 0.56, 0.58, 0.64, 0.74, 0.84, 0.94, 1.00, 1.02, 1.02,
    1.00, 0.98, 0.98, 0.98, 0.98, 0.98, 0.96, 0.92, 0.86, 0.80, 0.72, 0.64,
)  # fmt: skip
"""Share of the mean in each hour of the day, at half past."""

_PROFILES = {
    (Use.HOME, Day.WORKING): _HOME_WORKING,
    (Use.HOME, Day.WEEKEND): _HOME_FREE,
    (Use.HOME, Day.HOLIDAY): _HOME_FREE,
    (Use.WORK, Day.WORKING): _WORK_WORKING,
    (Use.WORK, Day.WEEKEND): _WORK_FREE,
    (Use.WORK, Day.HOLIDAY): _WORK_FREE,
}
_LEVEL = {
    (Use.HOME, Day.WORKING): 1.0,
    (Use.HOME, Day.WEEKEND): 1.05,
    (Use.HOME, Day.HOLIDAY): 0.97,
    (Use.WORK, Day.WORKING): 1.0,
    (Use.WORK, Day.WEEKEND): 0.88,
    (Use.WORK, Day.HOLIDAY): 0.72,
}
"""Holidays: people travel and most industry rests."""


def demand_factor(use: Use, moment: datetime) -> float:
    """Share of the yearly mean that a kind of use draws at a moment of local time."""
    day = kind_of_day(moment.date())
    profile = _PROFILES[use, day]
    hour = moment.hour + moment.minute / 60 + moment.second / 3600 - 0.5
    before = int(hour // 1) % 24
    part = hour % 1
    shape = profile[before] * (1 - part) + profile[(before + 1) % 24] * part
    return shape * _LEVEL[use, day] * season_factor(moment)


class Wander:
    """Noise that remembers: first-order autoregressive, exact for any length of step.

    Args:
        count: independent series.
        spread: standard deviation.
        memory_s: time after which 1/e of a deviation is left.
        random: where the noise comes from.
    """

    def __init__(self, count: int, spread: float, memory_s: float, random: Generator) -> None:
        self._spread, self._memory_s, self._random = spread, memory_s, random
        self.values: NDArray[np.float64] = random.standard_normal(count) * spread

    def advance(self, seconds: float) -> NDArray[np.float64]:
        """The noise after a step; the same array that :attr:`values` shows."""
        keep = exp(-seconds / self._memory_s)
        fresh = self._random.standard_normal(self.values.shape[0])
        self.values = keep * self.values + self._spread * sqrt(1 - keep * keep) * fresh
        return self.values
