"""The simulated city as the command line starts it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from service.errors import ServiceError
from service.places import made_folder
from service.stopping import stop_after, stop_at_eof, stop_on_signals
from simulators.endpoints import Endpoints, Ports
from simulators.model.city import CityModel
from simulators.run import NO_FAULTS, run_simulation
from simulators.script import read_script
from telemetry.clock import RealClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.city import City
    from simulators.settings import SimulationSettings
    from telemetry.clock import Clock


@dataclass(frozen=True, slots=True)
class SimulationTask:
    """Which city to serve, and how.

    Attributes:
        city: whose devices to imitate; it must have a ``[simulation]`` section.
        clock: city time.
        script: what breaks, and when.
        seed: instead of the city's own.
        ports: the devices' own ports, or free ones.
        own_broker: run the built-in broker for the meters.
        announce: told where everything answers.
    """

    city: City
    clock: Clock
    script: Path | None
    seed: int | None
    ports: Ports
    own_broker: bool
    announce: Callable[[Endpoints], None]

    def settings(self) -> SimulationSettings:
        """The city's settings with the seed asked for.

        Raises:
            ServiceError: the city has no ``[simulation]``.
        """
        settings = self.city.simulation
        if settings is None:
            raise ServiceError(
                "this city cannot be simulated: its city.toml has no [simulation] section that "
                "names a network; see the example city"
            )
        return settings if self.seed is None else settings.model_copy(update={"seed": self.seed})


async def simulate_city(task: SimulationTask, stop: asyncio.Event) -> None:
    """Serve the devices of a city until ``stop`` is set.

    Raises:
        BaotuError: the city, its network, the script or an address does not serve.
    """
    city, settings = task.city, task.settings()
    faults = NO_FAULTS if task.script is None else read_script(task.script)
    model = await asyncio.to_thread(
        CityModel, settings, city.sites, task.clock.now(), local=city.timezone
    )
    with closing(model):
        await run_simulation(
            city.devices,
            city.points,
            model,
            task.clock,
            settings=settings,
            stop=stop,
            script=faults,
            ports=task.ports,
            own_broker=task.own_broker,
            announce=task.announce,
        )


async def serve_until_told(task: SimulationTask, seconds: float | None, *, until_eof: bool) -> None:
    """Serve until a signal, the end of the time, or the end of standard input.

    Args:
        task: what to serve.
        seconds: real seconds after which to stop by itself.
        until_eof: stop when standard input ends.

    Raises:
        BaotuError: see :func:`simulate_city`.
    """
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with asyncio.TaskGroup() as tasks:
        others = []
        if seconds is not None:
            others.append(tasks.create_task(stop_after(seconds, RealClock(), stop)))
        if until_eof:
            others.append(tasks.create_task(stop_at_eof(stop)))
        await simulate_city(task, stop)
        for other in others:
            other.cancel()


def write_endpoints(endpoints: Endpoints, file: Path) -> None:
    """Write where the devices answer, whole or not at all.

    Raises:
        ServiceError: the folder of the file cannot be made.
    """
    made_folder(file.parent)
    new = file.with_suffix(".new")
    new.write_bytes(orjson.dumps(asdict(endpoints)))
    new.replace(file)


def read_endpoints(file: Path) -> Endpoints:
    """Read what :func:`write_endpoints` wrote."""
    document = orjson.loads(file.read_bytes())
    sockets = {name: (host, port) for name, (host, port) in document["sockets"].items()}
    return Endpoints(sockets, document["urls"])
