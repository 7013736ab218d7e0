"""The city in a box: model, faces and fault script on one clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from simulators.endpoints import Endpoints, Ports
from simulators.errors import DevicesError, ScriptError, SimulatorError
from simulators.faces.serve import Faces, serve_faces
from simulators.faults import FaceFault, Fault, InstrumentFault
from simulators.instruments import Instruments
from simulators.playback import Playback
from simulators.script import Script
from telemetry.clock import SECOND
from telemetry.supervision import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simulators.city import City
    from simulators.settings import SimulationSettings
    from telemetry.clock import Clock
    from telemetry.devices import Device
    from telemetry.points import PointTable

_log = structlog.get_logger()

REFRESH_S = 5.0
"""Seconds of city time between two looks of the instruments at the city."""

NO_FAULTS = Script()


@dataclass(slots=True, eq=False)
class Simulation:
    """The city, its instruments, its faces and what is going to break."""

    city: City
    instruments: Instruments
    faces: Faces
    script: Script
    _playback: Playback = field(init=False)

    def __post_init__(self) -> None:
        self._playback = Playback(self.script)

    def check(self) -> None:
        """Try every fault of the script on, so that none fails in the middle of a show.

        Raises:
            ScriptError: a target that the fault cannot act on; with all of them.
        """
        problems = []
        for planned in self.script.faults:
            try:
                self._try_on(planned.fault)
            except SimulatorError as error:
                problems.append(self.script.problem(planned, str(error)))
        if problems:
            raise ScriptError(tuple(problems))

    def _try_on(self, fault: Fault) -> None:
        if isinstance(fault, FaceFault):
            self.faces.check(fault)
        elif isinstance(fault, InstrumentFault):
            self.instruments.rows(fault.target)
        else:
            self.city.apply(fault)
            self.city.clear(fault)

    async def advance(self, elapsed_s: float, now_ns: int) -> None:
        """Let the city live up to now.

        Args:
            elapsed_s: since the simulation began; the script counts from there.
            now_ns: city time.
        """
        step_ns = round(self.city.step_s * SECOND)
        while self.city.now_ns + step_ns <= now_ns:
            self._play(elapsed_s - (now_ns - self.city.now_ns) / SECOND)
            self.city.step()
            await asyncio.sleep(0)  # a city that catches up leaves its faces time to answer
        self._play(elapsed_s)
        self.instruments.observe(elapsed_s, now_ns)

    def _play(self, now_s: float) -> None:
        for change in self._playback.due(now_s):
            fault = change.fault
            what = "fault begins" if change.begins else "fault ends"
            _log.info(what, kind=fault.kind, target=fault.target)
            self._turn(fault, begins=change.begins)

    def _turn(self, fault: Fault, *, begins: bool) -> None:
        if isinstance(fault, FaceFault):
            (self.faces.apply if begins else self.faces.clear)(fault)
        elif isinstance(fault, InstrumentFault):
            (self.instruments.apply if begins else self.instruments.clear)(fault)
        else:
            (self.city.apply if begins else self.city.clear)(fault)


async def run_simulation(
    devices: Sequence[Device],
    points: PointTable,
    city: City,
    clock: Clock,
    *,
    settings: SimulationSettings,
    stop: asyncio.Event,
    script: Script = NO_FAULTS,
    ports: Ports = Ports.CONFIGURED,
    own_broker: bool = True,
    announce: Callable[[Endpoints], None] = lambda _: None,
) -> None:
    """Serve the city to any SCADA until ``stop`` is set.

    Args:
        devices: what to imitate; they stay as they are, see ``announce``.
        points: the table that the devices' channels mean.
        city: what is true.
        clock: city time.
        settings: step, seed and how often meters report.
        stop: ends the simulation.
        script: what breaks, and when.
        ports: the devices' own ports, or free ones on loopback.
        own_broker: run the built-in broker for the meters at their address.
        announce: called once everything answers, with where it does.

    Raises:
        DevicesError: devices that fit neither each other nor the city.
        ScriptError: faults that cannot act on their targets.
        FaceError: a port is taken.
    """
    instruments = Instruments(points, city)
    _refuse_unknown_signals(devices, instruments)
    began_s, now_ns = clock.monotonic(), clock.now()
    instruments.observe(0.0, now_ns)
    serving = serve_faces(
        devices,
        instruments,
        city.meters,
        settings,
        now_ns=now_ns,
        ports=ports,
        own_broker=own_broker,
    )
    async with serving as (faces, endpoints):
        simulation = Simulation(city, instruments, faces, script)
        simulation.check()
        announce(endpoints)
        async with asyncio.TaskGroup() as tasks:
            living = tasks.create_task(_live(simulation, clock, began_s), name="city")
            await stop.wait()
            living.cancel()


async def _live(simulation: Simulation, clock: Clock, began_s: float) -> None:
    ticker = Ticker(clock, REFRESH_S)
    while True:
        await ticker.tick()
        now_ns = clock.now()
        await simulation.advance(clock.monotonic() - began_s, now_ns)
        await simulation.faces.refresh(now_ns)


def _refuse_unknown_signals(devices: Iterable[Device], instruments: Instruments) -> None:
    problems = []
    for device in devices:
        missing = instruments.missing(channel.point for channel in device.channels)
        if missing:
            problems.append(f"device {device.name!r}: {', '.join(missing)}")
    if problems:
        raise DevicesError(
            "the simulated city computes no such signals; correct the points or the network: "
            + "; ".join(problems)
        )
