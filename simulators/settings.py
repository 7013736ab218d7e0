"""What can be chosen about the simulated city."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from telemetry.settings import Settings


class SimulationSettings(Settings):
    """The network behind the simulated devices.

    Elements of the network carry the names of the sites: works ``x`` have the source
    ``x_raw``, the clear-water tank ``x_cw``, pumps ``x_p1`` … and the outlet node ``x_out``;
    a booster ``x`` has ``x_in``, ``x_p1`` … and ``x_out``; a reservoir is the tank ``x``; a
    pressure node is the junction ``x``.

    Attributes:
        network: the EPANET file.
        seed: of all noise; equal seeds give equal cities.
        step_s: seconds of city time between two hydraulic solutions.
        stations: for each quality station, the network node whose water it sees.
        report_s: seconds of city time between two messages of one meter.
    """

    network: Path
    seed: int = 1
    step_s: float = Field(default=15.0, gt=0)
    stations: dict[str, str] = Field(default_factory=dict)
    report_s: float = Field(default=21_600.0, gt=0)
