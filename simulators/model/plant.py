"""The plant: all works, boosters and reservoirs on the network, and how a step goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.model.draw import Draw
from simulators.model.effects import Effects
from simulators.model.sites import Booster, PumpSite, Works, find_works, pump_site
from simulators.model.sources import Sources
from simulators.model.treatment import (
    dose_mg_l,
    filtered_ntu,
    valve_loss,
)
from telemetry.places import Site, SiteKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from numpy.random import Generator

    from simulators.model.toolkit import Network

TRIMS = 3
"""Corrections of pump speeds in one step; stations answer to each other, so a few are needed."""

CHLORINE, TURBIDITY, CONDUCTIVITY = "chlorine", "turbidity", "conductivity"
CHLORINE_DECAY_PER_DAY = 0.5


class Plant:
    """Everything that moves, treats or stores water.

    Attributes:
        works, boosters: by site name.
        effects: of the faults that are on; replaced from outside.
    """

    def __init__(self, network: Network, sites: Sequence[Site], random: Generator) -> None:
        self.network = network
        self._draw = Draw(network, random)
        network.solve()
        names = {kind: [s.name for s in sites if s.kind is kind] for kind in SiteKind}
        self.works = {name: find_works(network, name) for name in names[SiteKind.WORKS]}
        self.boosters = {
            name: Booster(pump_site(network, name, f"{name}_in"))
            for name in names[SiteKind.BOOSTER]
        }
        self.effects = Effects()
        self._leaking: dict[str, float] = {}
        self._sources = Sources(len(self.works), random)

    @property
    def zones(self) -> frozenset[str]:
        """Zones that draw water."""
        return self._draw.zones

    def pump_sites(self) -> Iterator[PumpSite]:
        """Works first, then boosters."""
        for works in self.works.values():
            yield works.pumps
        for booster in self.boosters.values():
            yield booster.pumps

    def set_pressure(self, name: str, setpoint: float) -> None:
        """Write the outlet setpoint of a works or booster, MPa."""
        site = self.works[name].pumps if name in self.works else self.boosters[name].pumps
        site.station.setpoint = setpoint

    def advance(self, seconds: int, moment: datetime, now_s: float) -> None:
        """Let the city live for a step; ``moment`` and ``now_s`` are its end."""
        for site in self.pump_sites():
            site.count(self.network, seconds)
        for booster in self.boosters.values():
            booster.beats += seconds
        self.network.advance(seconds)
        self._draw.advance(self.network, seconds, moment, self.effects.surge)
        self._sources.advance(seconds)
        self._leak()
        for index, (name, works) in enumerate(self.works.items()):
            self._treat(index, name, works, seconds)
        self._pump(seconds, now_s)

    def _leak(self) -> None:
        wanted = self.effects.leaks
        for node in self._leaking.keys() | wanted.keys():
            if self._leaking.get(node) != wanted.get(node):
                self.network.set_emitter(self.network.node(node), wanted.get(node, 0.0))
        self._leaking = dict(wanted)

    def _treat(self, index: int, name: str, works: Works, seconds: int) -> None:
        network = self.network
        outflow = works.pumps.flow(network)
        inflow = works.inlet.follow(float(network.pressure_m[works.tank]), outflow, seconds)
        head = float(network.head_m[works.raw] - network.head_m[works.tank])
        network.set_valve_loss(works.valve, valve_loss(inflow, head, works.valve_diameter_m))
        works.raw_ntu = max(self._sources.raw_ntu(index), self.effects.turbid.get(name, 0.0))
        volume = float(network.volume_m3[works.tank])
        dose = dose_mg_l(works.chlorine_setpoint, volume, inflow, CHLORINE_DECAY_PER_DAY)
        ntu = filtered_ntu(self._sources.usual_ntu(index), works.raw_ntu)
        dosed = name not in self.effects.undosed
        network.set_source(works.raw, CHLORINE, dose if dosed else 0.0)
        network.set_source(works.raw, TURBIDITY, ntu)
        salts = self._sources.conductivity_us_cm(index)
        network.set_source(works.raw, CONDUCTIVITY, salts)

    def _pump(self, seconds: int, now_s: float) -> None:
        """Starts, stops and speeds; flows are solved until every outlet holds its aim."""
        for site in self.pump_sites():
            self._break(site, now_s)
            site.station.stage(site.state(self.network), now_s, seconds)
            site.command(self.network)
        self.network.solve()
        for _ in range(TRIMS):
            trimmed = [s for s in self.pump_sites() if s.station.trim(s.state(self.network))]
            if not trimmed:
                return
            for site in trimmed:
                site.command(self.network)
            self.network.solve()

    def _break(self, site: PumpSite, now_s: float) -> None:
        """Bring the station's faults in line with the effects."""
        site.station.set_power(site.name not in self.effects.dark, now_s)
        for index, pump in enumerate(site.station.pumps):
            tripped = (site.name, index) in self.effects.tripped
            if tripped and not pump.tripped:
                site.station.trip(index, now_s)
            elif pump.tripped and not tripped:
                site.station.reset(index)

    def signals(self) -> Iterator[tuple[str, float]]:
        """Every works' and booster's signals as ``(name, value)``, in a fixed order."""
        for name, works in self.works.items():
            for signal, value in works.signals(self.network):
                yield f"{name}.{signal}", value
        for name, booster in self.boosters.items():
            for signal, value in booster.signals(self.network):
                yield f"{name}.{signal}", value
