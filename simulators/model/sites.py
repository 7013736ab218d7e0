"""The sites of the city as the model holds them: what each reads off the solved network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.model.pumping import (
    METRES_PER_MPA,
    RATED_HZ,
    Pump,
    PumpCurve,
    PumpStation,
    StationState,
)
from simulators.model.treatment import RawInlet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.model.toolkit import Network

PUMPS = (1, 2, 3)
FIRST_CHLORINE_MG_L = 0.65
SETPOINT_BELOW_MPA, SETPOINT_ABOVE_MPA = 0.12, 0.08
"""How far from its first setpoint a station's PLC lets itself be set."""


@dataclass(slots=True)
class PumpSite:
    """Pumps between two nodes with their automation and totals.

    Attributes:
        inlet, outlet: nodes.
        links: of the pumps.
        energy_kwh: of each pump.
        total_m3: through the outlet, ever rising.
    """

    name: str
    inlet: int
    outlet: int
    links: tuple[int, ...]
    station: PumpStation
    total_m3: float
    energy_kwh: list[float]

    def state(self, network: Network) -> StationState:
        """What the station's instruments see now."""
        return StationState(
            float(network.head_m[self.inlet]),
            float(network.head_m[self.outlet]),
            self.flow(network),
        )

    def flow(self, network: Network) -> float:
        """Through all pumps, m³/h."""
        return float(sum(network.flow_m3h[link] for link in self.links))

    def count(self, network: Network, step_s: float) -> None:
        """Let the totals rise by what flowed and was used since the last solution."""
        self.total_m3 += max(self.flow(network), 0.0) * step_s / 3600
        for number, link in enumerate(self.links):
            self.energy_kwh[number] += float(network.power_kw[link]) * step_s / 3600

    def command(self, network: Network) -> None:
        """Give the pumps the station's speed."""
        for pump, link in zip(self.station.pumps, self.links, strict=True):
            network.set_speed(link, self.station.speed if pump.running else 0.0)

    def signals(self, network: Network) -> Iterator[tuple[str, float]]:
        """The signals that works and boosters share."""
        station = self.station
        yield "outlet.pressure", float(network.pressure_m[self.outlet]) / METRES_PER_MPA
        yield "outlet.flow", max(self.flow(network), 0.0)
        yield "outlet.total", self.total_m3
        yield "outlet.pressure_setpoint", station.setpoint
        yield "supply.available", float(station.powered)
        for index, pump in enumerate(station.pumps):
            prefix = f"pump{index + 1}"
            yield f"{prefix}.run", float(pump.running)
            yield f"{prefix}.fault", float(pump.tripped)
            yield f"{prefix}.power", float(network.power_kw[self.links[index]]) * pump.running
            yield f"{prefix}.energy", self.energy_kwh[index]
            yield f"{prefix}.frequency", station.speed * RATED_HZ * pump.running


@dataclass(slots=True)
class Works:
    """A works: treatment in front of a pump site."""

    pumps: PumpSite
    raw: int
    tank: int
    valve: int
    valve_diameter_m: float
    inlet: RawInlet
    chlorine_setpoint: float = FIRST_CHLORINE_MG_L
    raw_ntu: float = 0.0

    def signals(self, network: Network) -> Iterator[tuple[str, float]]:
        """Everything the works' server shows but its quality station."""
        yield "clearwell.level", float(network.pressure_m[self.tank])
        yield "clearwell.volume", float(network.volume_m3[self.tank])
        yield "inflow", float(network.flow_m3h[self.valve])
        yield "raw.turbidity", self.raw_ntu
        yield "dosing.chlorine_setpoint", self.chlorine_setpoint
        yield from self.pumps.signals(network)


@dataclass(slots=True)
class Booster:
    """A booster station."""

    pumps: PumpSite
    beats: float = field(default=0.0)

    def signals(self, network: Network) -> Iterator[tuple[str, float]]:
        """Everything the station's PLC shows."""
        yield "inlet.pressure", float(network.pressure_m[self.pumps.inlet]) / METRES_PER_MPA
        yield "remote", 1.0
        yield "heartbeat", float(int(self.beats) % 65_536)
        yield from self.pumps.signals(network)


def pump_site(network: Network, name: str, inlet: str) -> PumpSite:
    """Find a site's pumps in the network; the first setpoint is the pressure the file gives."""
    outlet = network.node(f"{name}_out")
    links = tuple(network.link(f"{name}_p{number}") for number in PUMPS)
    first = round(float(network.pressure_m[outlet]) / METRES_PER_MPA, 3)
    station = PumpStation(
        elevation=network.elevation_m(outlet),
        curve=PumpCurve(*network.pump_design(links[0])),
        pumps=[Pump(running=float(network.flow_m3h[link]) > 0) for link in links],
        speed=0.9,
        setpoint=first,
        bounds=(round(first - SETPOINT_BELOW_MPA, 3), round(first + SETPOINT_ABOVE_MPA, 3)),
    )
    return PumpSite(name, network.node(inlet), outlet, links, station, 0.0, [0.0] * len(links))


def find_works(network: Network, name: str) -> Works:
    """Find a works' elements in the network; its tank is kept at the level the file gives."""
    pumps = pump_site(network, name, f"{name}_cw")
    tank, valve = network.node(f"{name}_cw"), network.link(f"{name}_in")
    _, level, _ = network.tank(tank)
    outflow = pumps.flow(network)
    return Works(
        pumps=pumps,
        raw=network.node(f"{name}_raw"),
        tank=tank,
        valve=valve,
        valve_diameter_m=network.diameter_mm(valve) / 1000,
        inlet=RawInlet(level, outflow, outflow),
    )
