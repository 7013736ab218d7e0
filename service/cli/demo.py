"""``baotu demo``: the simulated city and the whole service, in one command."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import Script, Seconds, Seed, Speed, Verbose


def demo(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Of the page; 0 takes any.")] = 8080,
    speed: Speed = 60.0,
    data: Annotated[Path, typer.Option(help="Where the demo keeps what it read.")] = Path(
        "demo-data"
    ),
    city: Annotated[
        Path | None, typer.Option(help="Another city than the example that comes along.")
    ] = None,
    script: Script = None,
    seed: Seed = None,
    seconds: Seconds = None,
    *,
    verbose: Verbose = False,
) -> None:
    """Start the simulated city and the whole service, and print the page's address.

    DIR/token holds a bearer token of role operator for this run.

    Example: baotu demo --speed 60 --port 8080
    """
    from config.bundled import example_city
    from config.load import load_city
    from historian.locking import DirectoryLock
    from service.citytime import demo_clock, keep_remembering
    from service.compose import Service
    from service.demo import paced, repointed, simulated_city, watch_child, write_token
    from service.logs import configure_logs
    from service.places import made_folder
    from service.running import run_loop
    from service.session import Session, run_session
    from telemetry.clock import RealClock

    configure_logs(verbose=verbose)
    began_s = RealClock().monotonic()
    made_folder(data)
    # Before the simulated city comes up: a second demo here must not touch the first one's files.
    lock = DirectoryLock(data)
    file = example_city() if city is None else city
    machine = RealClock()
    clock = demo_clock(data, speed, machine.now())

    def before(service: Service) -> None:
        write_token(service.records, data)

    async def whole() -> None:
        chosen = script or (example_city().parent / "faults.toml" if city is None else None)
        loaded = load_city(file, os.environ)
        async with simulated_city(file, data, clock, script=chosen, seed=seed) as child:
            session = Session(
                city=paced(repointed(loaded, data), speed),
                data=data,
                clock=clock,
                began_s=began_s,
                speed=speed,
                port=port,
                seconds=seconds,
                before=before,
                beside={
                    "simulator": lambda: watch_child(child, data),
                    "city time": lambda: keep_remembering(data, clock, machine),
                },
            )
            await run_session(session, asyncio.Event())

    with closing(lock):
        run_loop(whole())
