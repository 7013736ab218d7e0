"""What the water is like where it enters: raw turbidity, salts, warmth, as they vary slowly."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sin, tau
from typing import TYPE_CHECKING

from simulators.model.days import warmth
from simulators.model.demand import Wander

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

HOUR_S = 3600.0
RAW_NTU = 4.0
MEAN_CELSIUS, SEASON_CELSIUS, DAY_CELSIUS = 15.0, 9.0, 0.3


@dataclass(frozen=True, slots=True)
class Character:
    """How a works' finished water usually is."""

    turbidity_ntu: float
    conductivity_us_cm: float


class Sources:
    """The waters of all works, in their order."""

    def __init__(self, works: int, random: Generator) -> None:
        self._characters = [
            Character(float(random.uniform(0.08, 0.13)), float(random.uniform(460.0, 660.0)))
            for _ in range(works)
        ]
        self._raw = Wander(works, 0.25, 6 * HOUR_S, random)
        self._filters = Wander(works, 0.08, 3 * HOUR_S, random)
        self._salts = Wander(works, 0.012, 12 * HOUR_S, random)

    def advance(self, seconds: float) -> None:
        """Let the waters change for a while."""
        for wander in (self._raw, self._filters, self._salts):
            wander.advance(seconds)

    def raw_ntu(self, works: int) -> float:
        """Turbidity of the raw water without incidents."""
        return RAW_NTU * exp(float(self._raw.values[works]))

    def usual_ntu(self, works: int) -> float:
        """Turbidity behind filters that are not overrun."""
        return self._characters[works].turbidity_ntu * exp(float(self._filters.values[works]))

    def conductivity_us_cm(self, works: int) -> float:
        """Conductivity of the water that enters the network."""
        return self._characters[works].conductivity_us_cm * (1 + float(self._salts.values[works]))


def water_celsius(moment: datetime) -> float:
    """Water temperature in the mains: the season, and a little of the day."""
    day = (moment.hour + moment.minute / 60 - 9) / 24
    # The season of water in deep mains is taken as that of the air; its lag is not modelled.
    season = SEASON_CELSIUS * warmth(moment)
    return MEAN_CELSIUS + season + DAY_CELSIUS * sin(tau * day)


def ph_of(conductivity_us_cm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Acidity (pH) of the city's waters: lower where salts are many, as in hard groundwater."""
    return 8.30 - 0.0011 * conductivity_us_cm
