"""The city as one object without a clock: step it, read it, write it, break it, mend it."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import numpy as np

from simulators.errors import (
    FaultTargetError,
    ReadOnlySignalError,
    SetpointError,
    UnknownSignalError,
)
from simulators.faults import Burst, DemandSurge, MainsLoss, PumpTrip
from simulators.model.effects import effects_of
from simulators.model.meters import Meters
from simulators.model.plant import CHLORINE, CONDUCTIVITY, TURBIDITY, Plant
from simulators.model.readings import Readings
from simulators.model.sensors import Sensors
from simulators.model.sources import water_celsius
from simulators.model.toolkit import Network, Substance
from simulators.model.treatment import DOSE_BOUNDS_MG_L

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from simulators.faults import HydraulicFault
    from simulators.settings import SimulationSettings
    from telemetry.places import Site

SECOND_NS = 10**9
WARM_UP_S, WARM_UP_STEP_S = 36 * 3600, 600
"""The city has lived before anyone looks: chlorine has reached the ends of the mains."""

SUBSTANCES = (
    Substance(CHLORINE, "mg/L", reacts=True, initial=0.35),
    Substance(TURBIDITY, "NTU", reacts=False, initial=0.10),
    Substance(CONDUCTIVITY, "uS/cm", reacts=False, initial=560.0),
)
PRESSURE_SETPOINT = "outlet.pressure_setpoint"
CHLORINE_SETPOINT = "dosing.chlorine_setpoint"
METERS = 2_000


class CityModel:
    """The simulated city: equal settings, start and commands give equal values.

    Time moves only by :meth:`step` and :meth:`advance_to`, in steps of ``settings.step_s``
    (whole seconds, at least one). Writes and faults act from the next step on.

    Args:
        settings: network file, seed, step, quality stations.
        sites: every site of the city; names tie them to the network's elements.
        start_ns: the first instant, ns since 1970 UTC.
        local: the city's time, which its customers live by.
        meters: number of smart meters.

    Attributes:
        names: every signal but the meters', as ``site.signal``.
        values: ``(names,)`` what the instruments show now, canonical units.
        now_ns: the instant of ``values``.
        meters: the smart meters.

    Raises:
        NetworkError: the file cannot serve as this city.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        sites: Sequence[Site],
        start_ns: int,
        *,
        local: ZoneInfo | None = None,
        meters: int = METERS,
    ) -> None:
        self.step_s = max(1, round(settings.step_s))
        self._local = local or ZoneInfo("Asia/Shanghai")
        self._network = Network(settings.network, SUBSTANCES)
        random = np.random.default_rng(settings.seed)
        self._plant = Plant(self._network, sites, random)
        self._readings = Readings(self._network, sites, settings.stations, random)
        self.names = (*(name for name, _ in self._plant.signals()), *self._readings.names)
        self._rows = {name: row for row, name in enumerate(self.names)}
        self._sensors = Sensors(self.names, random)
        self.meters = Meters(meters, settings.seed, start_ns, self._local)
        self._faults: list[HydraulicFault] = []
        self.now_ns = start_ns - WARM_UP_S * SECOND_NS
        for _ in range(WARM_UP_S // WARM_UP_STEP_S):
            self._live(WARM_UP_STEP_S)
        self.values = self._sensors.read(self._truth())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the toolkit's memory; the model is of no use afterwards."""
        self._network.close()

    def step(self) -> None:
        """Let one step pass."""
        self._live(self.step_s)
        self.values = self._sensors.read(self._truth())

    def advance_to(self, time_ns: int) -> int:
        """Let all whole steps up to an instant pass; how many there were."""
        steps = max((time_ns - self.now_ns) // (self.step_s * SECOND_NS), 0)
        for _ in range(steps):
            self.step()
        return int(steps)

    def value(self, name: str) -> float:
        """One signal; raises UnknownSignalError."""
        return float(self.values[self.row(name)])

    def row(self, name: str) -> int:
        """A signal's place in ``names`` and ``values``; raises UnknownSignalError."""
        if name not in self._rows:
            raise UnknownSignalError(f"the city has no signal {name!r}{_hint(name, self.names)}")
        return self._rows[name]

    @property
    def writable(self) -> dict[str, tuple[float, float]]:
        """Every signal that can be written, with the bounds its PLC keeps."""
        pressure = {
            f"{site.name}.{PRESSURE_SETPOINT}": site.station.bounds
            for site in self._plant.pump_sites()
        }
        dosing = {f"{name}.{CHLORINE_SETPOINT}": DOSE_BOUNDS_MG_L for name in self._plant.works}
        return pressure | dosing

    def write(self, name: str, value: float) -> float:
        """Write a setpoint as a client of the site's PLC would.

        Args:
            name: of a writable signal.
            value: in the signal's canonical unit.

        Returns:
            The value as the PLC bounded it; the plant approaches it slowly.

        Raises:
            UnknownSignalError, ReadOnlySignalError, SetpointError: and nothing is written.
        """
        self.row(name)
        bounds = self.writable.get(name)
        if bounds is None:
            raise ReadOnlySignalError(
                f"{name!r} is measured and cannot be written; setpoints can: "
                f"{', '.join(sorted(self.writable))}"
            )
        if not isfinite(value):
            raise SetpointError(f"{value} was written to {name!r}; write a number")
        accepted = min(max(value, bounds[0]), bounds[1])
        site, _, signal = name.partition(".")
        if signal == CHLORINE_SETPOINT:
            self._plant.works[site].chlorine_setpoint = accepted
        else:
            self._plant.set_pressure(site, accepted)
        return accepted

    def apply(self, fault: HydraulicFault) -> None:
        """Let a fault begin.

        Raises:
            FaultTargetError: it names something the city does not have.
        """
        self._check_target(fault)
        self._faults.append(fault)
        self._plant.effects = effects_of(self._faults)

    def clear(self, fault: HydraulicFault) -> None:
        """Let a fault that is on end; one that is not on changes nothing."""
        if fault in self._faults:
            self._faults.remove(fault)
        self._plant.effects = effects_of(self._faults)

    def _live(self, seconds: int) -> None:
        self.now_ns += seconds * SECOND_NS
        self._plant.advance(seconds, self._moment(), self.now_ns / SECOND_NS)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now_ns // SECOND_NS, self._local)

    def _truth(self) -> NDArray[np.float64]:
        plant = np.array([value for _, value in self._plant.signals()])
        return np.concatenate([plant, self._readings.read(water_celsius(self._moment()))])

    def _check_target(self, fault: HydraulicFault) -> None:
        target, known = fault.target, self._targets(fault)
        if target not in known:
            raise FaultTargetError(
                f"a {fault.kind} cannot act on {target!r}: the city has no such "
                f"target{_hint(target, known)}"
            )

    def _targets(self, fault: HydraulicFault) -> Sequence[str]:
        match fault:
            case Burst():
                return self._network.junctions
            case PumpTrip():
                return [n.removesuffix(".run") for n in self.names if n.endswith(".run")]
            case MainsLoss():
                return [site.name for site in self._plant.pump_sites()]
            case DemandSurge():
                return sorted(self._plant.zones)
            case _:
                return list(self._plant.works)


def _hint(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
