"""``baotu demo``: the simulated city and the whole service, in one command."""

from __future__ import annotations

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
    from service.demo import Demo, run_demo
    from service.logs import configure_logs
    from service.running import run_loop
    from telemetry.clock import RealClock

    configure_logs(verbose=verbose)
    demo = Demo(
        data=data,
        speed=speed,
        city=city,
        script=script,
        seed=seed,
        port=port,
        seconds=seconds,
        began_s=RealClock().monotonic(),
    )
    with demo.alone():
        run_loop(run_demo(demo))
