"""``baotu simulate``: the simulated devices alone, for any SCADA."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import CityFile, Script, Seconds, Seed, Speed, Verbose
from service.cli.streams import note

if TYPE_CHECKING:
    from config.city import City
    from simulators.endpoints import Endpoints
    from telemetry.clock import ScaledClock


def simulate(
    city: CityFile,
    speed: Speed = 1.0,
    script: Script = None,
    seed: Seed = None,
    broker: Annotated[
        str | None, typer.Option(help="host:port of your own broker, instead of the built-in one.")
    ] = None,
    endpoints: Annotated[
        Path | None, typer.Option(help="Listen on free ports and write them to this file (JSON).")
    ] = None,
    clock: Annotated[
        str | None,
        typer.Option(help="START:ANCHOR in ns: city time START stood at machine time ANCHOR."),
    ] = None,
    seconds: Seconds = None,
    *,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="Stop when standard input ends.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Serve a city's devices over Modbus TCP, OPC UA and MQTT, to any SCADA.

    Example: baotu simulate my-city --speed 60 --script my-city/faults.toml
    """
    from config.load import load_city
    from service.logs import configure_logs
    from service.running import run_loop
    from service.simulated import SimulationTask, serve_until_told, write_endpoints
    from simulators.endpoints import Ports

    configure_logs(verbose=verbose)
    loaded = load_city(city, os.environ)
    if broker is not None:
        loaded = _with_broker(loaded, broker)
    city_time = _clock(speed, clock)

    def announce(where: Endpoints) -> None:
        # What stands now stands until the end. Without this, every full collection walks the
        # address spaces of the OPC UA servers and holds all devices up for a third of a second.
        gc.freeze()
        if endpoints is not None:
            write_endpoints(where, endpoints)
        _say_where(where)

    task = SimulationTask(
        city=loaded,
        clock=city_time,
        script=script,
        seed=seed,
        ports=Ports.CONFIGURED if endpoints is None else Ports.AUTO,
        own_broker=broker is None,
        announce=announce,
    )
    run_loop(serve_until_told(task, seconds, until_eof=until_eof))


def _clock(speed: float, given: str | None) -> ScaledClock:
    from telemetry.clock import RealClock, ScaledClock

    if given is None:
        return ScaledClock(speed, RealClock().now())
    start, _, anchor = given.partition(":")
    try:
        return ScaledClock(speed, int(start), int(anchor))
    except ValueError:
        raise typer.BadParameter(f"--clock {given!r}: expected two numbers, START:ANCHOR") from None


def _with_broker(city: City, address: str) -> City:
    from dataclasses import replace

    from telemetry.devices import MqttSource

    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise typer.BadParameter(f"--broker {address!r}: expected host:port")
    devices = tuple(
        replace(device, host=host, port=int(port)) if isinstance(device, MqttSource) else device
        for device in city.devices
    )
    return replace(city, devices=devices)


def _say_where(where: Endpoints) -> None:
    for name, url in where.urls.items():
        note(f"{name:14} {url}")
    for name, (host, port) in where.sockets.items():
        note(f"{name:14} {host}:{port}")
    note("serving; Ctrl-C stops")
