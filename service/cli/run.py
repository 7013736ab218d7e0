"""``baotu run``: the service on a city's real devices."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import CityFile, Seconds, Verbose


def run(
    city: CityFile,
    data: Annotated[Path, typer.Option(help="Where readings and records are kept.")] = Path(
        "baotu-data"
    ),
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Of the page, instead of [console] port.")
    ] = None,
    seconds: Seconds = None,
    *,
    verbose: Verbose = False,
) -> None:
    """Collect, keep, watch and show one city until stopped.

    Example: baotu run my-city --data /var/lib/baotu
    """
    from config.load import load_city
    from service.logs import configure_logs
    from service.places import made_folder
    from service.running import run_loop
    from service.session import Session, run_session
    from telemetry.clock import RealClock

    configure_logs(verbose=verbose)
    loaded = load_city(city, os.environ)
    made_folder(data)
    clock = RealClock()
    session = Session(
        city=loaded,
        data=data,
        clock=clock,
        began_s=clock.monotonic(),
        port=port,
        seconds=seconds,
    )
    run_loop(run_session(session, asyncio.Event()))
