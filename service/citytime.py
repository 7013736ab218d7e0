"""The city time of a demo, which runs on where it stopped.

A demo is faster than the world, so its readings lie ahead of the machine's time. If it began
at the machine's time again, the past would be overwritten; therefore the data directory
remembers how far the city has come.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telemetry.clock import SECOND, ScaledClock
from telemetry.supervision import MissedTick, Outage, Ticker

if TYPE_CHECKING:
    from pathlib import Path

    from telemetry.clock import Clock

_FILE = "city-time"
_STEP_NS = 60 * SECOND
_EVERY_S = 2.0


def demo_clock(directory: Path, speed: float, machine_now_ns: int) -> ScaledClock:
    """A clock that goes on from the city time remembered in ``directory``.

    Args:
        directory: the demo's data directory.
        speed: city seconds per real second.
        machine_now_ns: the machine's time; the city never starts before it.
    """
    return ScaledClock(speed, max(machine_now_ns, _remembered(directory) + _STEP_NS))


def _remembered(directory: Path) -> int:
    try:
        return int((directory / _FILE).read_text())
    except (FileNotFoundError, ValueError):
        return 0


def remember(directory: Path, now_ns: int) -> None:
    """Write down how far the city has come."""
    new = directory / f"{_FILE}.new"
    new.write_text(str(now_ns))
    new.replace(directory / _FILE)


async def keep_remembering(directory: Path, city: ScaledClock, machine: Clock) -> None:
    """Write the city time down every two real seconds, and when cancelled.

    What is written lies ahead by as much as may pass before the next time, so that a process
    that is killed does not come back into its own past. A disk that takes nothing costs the
    memory of the time, not the demo.
    """
    ahead_ns = round(2 * _EVERY_S * city.speed * SECOND)
    ticker = Ticker(machine, _EVERY_S, MissedTick.SKIP)
    outage = Outage("city time")
    try:
        while True:
            await ticker.tick()
            await asyncio.to_thread(_try_to_remember, directory, city.now() + ahead_ns, outage)
    finally:
        _try_to_remember(directory, city.now(), outage)


def _try_to_remember(directory: Path, now_ns: int, outage: Outage) -> None:
    try:
        remember(directory, now_ns)
    except OSError as error:
        outage.begins(str(error))
    else:
        outage.ends()
