"""The demo: a simulated city in a process of its own, and the whole service on top."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from config.bundled import example_city
from config.load import load_city
from historian.locking import DirectoryLock
from records.access import Role
from service.citytime import demo_clock, keep_remembering
from service.errors import SimulatorError
from service.places import endpoints_file, made_folder, token_file
from service.session import Session, run_session
from service.simulated import read_endpoints
from telemetry.clock import RealClock
from telemetry.devices import MqttSource
from telemetry.points import PointTable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from config.city import City
    from records.opening import Records
    from telemetry.clock import ScaledClock

_TOKEN = "demo"  # noqa: S105 - the name of a token, not one
_LOOK_S = 0.02
_LEAST_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo is asked to do.

    Attributes:
        data: its data directory.
        speed: city seconds per real second.
        city: file of another city than the example.
        script: what breaks, and when; the example has a script of its own.
        seed: of the simulation.
        port: of the page.
        seconds: stop by itself after so many real seconds.
        began_s: when the command was given, on the machine's monotonic clock.
    """

    data: Path
    speed: float
    city: Path | None
    script: Path | None
    seed: int | None
    port: int
    seconds: float | None
    began_s: float

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the data directory, so that a second demo touches nothing of this one's.

        Raises:
            ServiceError: the folder cannot be made.
            DirectoryLockedError: another demo has it; the message names its process.
        """
        made_folder(self.data)
        with closing(DirectoryLock(self.data)):
            yield


async def run_demo(demo: Demo) -> None:
    """Start the simulated city, then the service on top of it, until told to stop.

    Raises:
        BaotuError: one of them cannot start, or the simulated city went away.
    """
    example = example_city()
    file = demo.city or example
    script = demo.script or (example.parent / "faults.toml" if demo.city is None else None)
    machine = RealClock()
    clock = demo_clock(demo.data, demo.speed, machine.now())
    city = await asyncio.to_thread(load_city, file, os.environ)
    child = simulated_city(file, demo.data, clock, script=script, seed=demo.seed)
    async with child as process:
        session = Session(
            city=paced(repointed(city, demo.data), demo.speed),
            data=demo.data,
            clock=clock,
            began_s=demo.began_s,
            speed=demo.speed,
            port=demo.port,
            seconds=demo.seconds,
            any_feed_port=True,
            before=lambda service: write_token(service.records, demo.data),
            beside={
                "simulator": lambda: watch_child(process, demo.data),
                "city time": lambda: keep_remembering(demo.data, clock, machine),
            },
        )
        await run_session(session, asyncio.Event())


@asynccontextmanager
async def simulated_city(
    city: Path,
    data: Path,
    clock: ScaledClock,
    *,
    script: Path | None,
    seed: int | None,
    deadline_s: float = 60.0,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``baotu simulate`` as a child that ends with us.

    Args:
        city: the city's file.
        data: where the child writes its endpoints.
        clock: city time, shared with the child.
        script: what breaks, and when.
        seed: of the simulation.
        deadline_s: real seconds within which the devices must answer.

    Raises:
        SimulatorError: the child ended or did not come up.
    """
    endpoints = endpoints_file(data)
    endpoints.unlink(missing_ok=True)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", "simulate", str(city)),
        *("--endpoints", str(endpoints), "--until-eof", "--speed", str(clock.speed)),
        *("--clock", f"{clock.start_ns}:{clock.anchor_ns}"),
        *(() if script is None else ("--script", str(script))),
        *(() if seed is None else ("--seed", str(seed))),
        stdin=asyncio.subprocess.PIPE,
        stderr=(data / "simulator.log").open("wb"),
        # Ctrl-C on the terminal is for us; the child ends when its standard input does.
        start_new_session=True,
    )
    try:
        await _until_up(child, endpoints, data, deadline_s)
        yield child
    finally:
        await _end(child)


async def _until_up(
    child: asyncio.subprocess.Process, endpoints: Path, data: Path, deadline_s: float
) -> None:
    machine = RealClock()
    end = machine.monotonic() + deadline_s
    while not await asyncio.to_thread(endpoints.exists):
        if child.returncode is not None or machine.monotonic() > end:
            said = (data / "simulator.log").read_text(errors="replace").strip()[-2_000:]
            raise SimulatorError(f"the simulated city did not come up; it said: {said}")
        await machine.sleep_until(machine.monotonic() + _LOOK_S)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        async with asyncio.timeout(5):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


async def watch_child(child: asyncio.subprocess.Process, data: Path) -> None:
    """Fail when the simulated city goes away while the service runs.

    Raises:
        SimulatorError: it ended.
    """
    status = await child.wait()
    raise SimulatorError(
        f"the simulated city ended by itself (status {status}); see {data / 'simulator.log'}"
    )


def repointed(city: City, data: Path) -> City:
    """The city with its devices where the simulated ones really answer."""
    return replace(city, devices=read_endpoints(endpoints_file(data)).repoint(city.devices))


def paced(city: City, speed: float) -> City:
    """The city polled no more often than the machine can keep up with at this speed.

    At sixty-fold speed a poll of 15 city seconds is four a real second, which is what the page
    can show. A faster demo polls every quarter of a real second, too, and expects new values
    accordingly later; otherwise its points would seem stale between two polls.

    Args:
        city: as configured.
        speed: city seconds per real second.
    """
    least_s = _LEAST_POLL_S * speed
    slower: dict[int, float] = {}
    devices = []
    for device in city.devices:
        if not isinstance(device, MqttSource) and device.poll_s < least_s:
            slower.update((c.point, least_s / device.poll_s) for c in device.channels)
            device = replace(device, poll_s=least_s)  # noqa: PLW2901 - the same device, slower
        devices.append(device)
    points = PointTable(
        replace(point, expected_s=point.expected_s * slower.get(index, 1.0))
        for index, point in enumerate(city.points)
    )
    return replace(city, devices=tuple(devices), points=points)


def write_token(records: Records, data: Path) -> None:
    """Make this run's bearer token of role operator and write it for programs, mode 600."""
    tokens = records.users.programs
    if any(token.name == _TOKEN for token in tokens.list()):
        tokens.revoke(_TOKEN)
    made = tokens.create(_TOKEN, Role.OPERATOR, RealClock().now())
    file = token_file(data)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(made)
