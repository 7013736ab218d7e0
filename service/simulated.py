"""The simulated city as the command line starts it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from service.errors import ServiceError
from service.places import made_folder
from simulators.endpoints import Endpoints, Ports
from simulators.model.city import CityModel
from simulators.run import NO_FAULTS, run_simulation
from simulators.script import read_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.city import City
    from telemetry.clock import Clock


async def simulate_city(
    city: City,
    clock: Clock,
    *,
    script: Path | None,
    seed: int | None,
    ports: Ports,
    own_broker: bool,
    stop: asyncio.Event,
    announce: Callable[[Endpoints], None],
) -> None:
    """Serve the devices of a city until ``stop`` is set.

    Args:
        city: whose devices to imitate; it must have a ``[simulation]`` section.
        clock: city time.
        script: what breaks, and when.
        seed: instead of the city's own.
        ports: the devices' own ports, or free ones.
        own_broker: run the built-in broker for the meters.
        stop: ends it.
        announce: told where everything answers.

    Raises:
        ServiceError: the city has no ``[simulation]``.
        BaotuError: the network, the script or an address does not serve.
    """
    settings = city.simulation
    if settings is None:
        raise ServiceError(
            "this city cannot be simulated: its city.toml has no [simulation] section that "
            "names a network; see the example city"
        )
    if seed is not None:
        settings = settings.model_copy(update={"seed": seed})
    faults = NO_FAULTS if script is None else read_script(script)
    model = await asyncio.to_thread(
        CityModel, settings, city.sites, clock.now(), local=city.timezone
    )
    with closing(model):
        await run_simulation(
            city.devices,
            city.points,
            model,
            clock,
            settings=settings,
            stop=stop,
            script=faults,
            ports=ports,
            own_broker=own_broker,
            announce=announce,
        )


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
