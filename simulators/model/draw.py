"""Puts the city's demand on the network: one pattern per zone and use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.errors import NetworkError
from simulators.model.demand import Use, Wander, demand_factor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.random import Generator

    from simulators.model.toolkit import Network

SPREAD = 0.025
MEMORY_S = 1800.0


class Draw:
    """What every zone draws, with noise of its own for each use.

    Args:
        network: its patterns are named ``<zone>_home`` and ``<zone>_work``.
        random: of the noise.
    """

    def __init__(self, network: Network, random: Generator) -> None:
        self._patterns = [
            (number, *_zone_and_use(name))
            for name, number in network.patterns().items()
            if name.endswith(tuple(f"_{use}" for use in Use))
        ]
        if not self._patterns:
            raise NetworkError(
                "the network file has no demand pattern named '<zone>_home' or '<zone>_work'; "
                "demands follow these"
            )
        self._noise = Wander(len(self._patterns), SPREAD, MEMORY_S, random)

    @property
    def zones(self) -> frozenset[str]:
        """Zones that draw water."""
        return frozenset(zone for _, zone, _ in self._patterns)

    def advance(
        self, network: Network, seconds: float, moment: datetime, surge: Mapping[str, float]
    ) -> None:
        """Set the demand of a moment, ``seconds`` after the last one."""
        noise = self._noise.advance(seconds)
        for row, (number, zone, use) in enumerate(self._patterns):
            factor = demand_factor(use, moment) * surge.get(zone, 1.0)
            network.set_pattern(number, factor * (1 + float(noise[row])))


def _zone_and_use(pattern: str) -> tuple[str, Use]:
    zone, _, use = pattern.rpartition("_")
    return zone, Use(use)
