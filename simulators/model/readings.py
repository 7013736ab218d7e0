"""What pressure nodes, reservoirs and quality stations see of the solved network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulators.errors import NetworkError
from simulators.model.plant import CHLORINE, CONDUCTIVITY, TURBIDITY
from simulators.model.pumping import METRES_PER_MPA
from simulators.model.sources import ph_of
from telemetry.places import Site, SiteKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from simulators.model.toolkit import Network

STATION_SIGNALS = ("free_chlorine", "turbidity", "ph", "conductivity", "temperature", "service")
RESERVOIR_SIGNALS = ("level", "volume", "inflow")


class Readings:
    """The instruments out in the network, as index arrays into it.

    Args:
        network: solved.
        sites: of the whole city.
        stations: for each quality station, the node whose water it sees.
        random: of each station's small lasting differences.
    """

    def __init__(
        self,
        network: Network,
        sites: Sequence[Site],
        stations: Mapping[str, str],
        random: Generator,
    ) -> None:
        self._network = network
        pressure = [s.name for s in sites if s.kind is SiteKind.PRESSURE_NODE]
        reservoirs = [s.name for s in sites if s.kind is SiteKind.RESERVOIR]
        quality = [s.name for s in sites if s.kind is SiteKind.QUALITY_STATION]
        self._pressure = np.array([network.node(name) for name in pressure], dtype=np.intp)
        self._reservoirs = np.array([network.node(name) for name in reservoirs], dtype=np.intp)
        self._quality = np.array([_node(network, stations, name) for name in quality], np.intp)
        self._warmer = random.normal(0.0, 0.4, len(quality))
        self._names = (
            *(f"{name}.pressure" for name in pressure),
            *(f"{name}.{signal}" for signal in RESERVOIR_SIGNALS for name in reservoirs),
            *(f"{name}.{signal}" for signal in STATION_SIGNALS for name in quality),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Signals in the order of :meth:`read`."""
        return self._names

    def read(self, celsius: float) -> NDArray[np.float64]:
        """All values, ``(names,)``, for a water temperature in the mains."""
        return np.concatenate(list(self._blocks(celsius)))

    def _blocks(self, celsius: float) -> Iterator[NDArray[np.float64]]:
        network = self._network
        yield network.pressure_m[self._pressure] / METRES_PER_MPA
        yield network.pressure_m[self._reservoirs]
        yield network.volume_m3[self._reservoirs]
        yield network.drawn_m3h[self._reservoirs]
        salts = network.quality[CONDUCTIVITY][self._quality]
        yield network.quality[CHLORINE][self._quality]
        yield network.quality[TURBIDITY][self._quality]
        yield ph_of(salts)
        yield salts
        yield celsius + self._warmer
        yield np.zeros(self._quality.shape[0])


def _node(network: Network, stations: Mapping[str, str], station: str) -> int:
    if station not in stations:
        raise NetworkError(
            f'quality station {station!r} sees no node: add {station} = "<node>" to '
            "simulation.stations"
        )
    return network.node(stations[station])
