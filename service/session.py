"""One run of the service: compose, serve, say what is going on, stop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from service.compose import compose, jobs
from service.feeding import feeding_jobs
from service.stopping import run_jobs, stop_after, stop_on_signals
from service.summary import Summary
from telemetry.clock import RealClock

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from config.city import City
    from service.compose import Service
    from telemetry.clock import Clock


@dataclass(frozen=True, slots=True)
class Session:
    """What one run is asked to do.

    Attributes:
        city: what to run.
        data: the data directory.
        clock: city time.
        began_s: when the command was given, on the machine's monotonic clock.
        speed: of the clock, city seconds per real second.
        port: of the page, instead of the city's own.
        seconds: stop by itself after so many real seconds.
        any_feed_port: the public feed takes a free port when its own is taken.
        before: called with the composed service before anything runs.
        beside: further loops, named, that run and stop with the service.
    """

    city: City
    data: Path
    clock: Clock
    began_s: float
    speed: float = 1.0
    port: int | None = None
    seconds: float | None = None
    any_feed_port: bool = False
    before: Callable[[Service], None] = lambda _: None
    beside: Mapping[str, Callable[[], Awaitable[None]]] | None = None


async def run_session(session: Session, stop: asyncio.Event) -> None:
    """Run the service until ``stop`` is set, a signal comes, or the time is over.

    Raises:
        BaotuError: it cannot start.
        ExceptionGroup: a part failed.
    """
    stop_on_signals(stop)
    city = session.city
    if session.port is not None:
        console = city.console.model_copy(update={"port": session.port})
        city = replace(city, console=console)
    async with compose(city, session.data, session.clock, speed=session.speed) as service:
        session.before(service)
        summary = Summary(service, session.began_s)
        loops = jobs(service, summary.listening)
        loops |= _feeding(service, session, summary)
        loops["summary"] = summary.run
        loops.update(session.beside or {})
        if session.seconds is not None:
            seconds = session.seconds
            loops["timer"] = lambda: stop_after(seconds, RealClock(), stop)
        await run_jobs(loops, stop)
        summary.farewell()


def _feeding(
    service: Service, session: Session, summary: Summary
) -> dict[str, Callable[[], Awaitable[None]]]:
    """The loops of the public feed."""
    return feeding_jobs(
        service.city,
        session.data,
        service.history.store,
        session.clock,
        summary.publishing,
        speed=session.speed,
        any_port=session.any_feed_port,
    )
