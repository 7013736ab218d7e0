"""The public feed: a loop that publishes into a folder, and a process of its own that serves it.

The two share nothing but the folder. The serving process is given no store, no records and no
way to a device, so that whoever breaks into it has nothing but what is public.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feed.publishing import FeedPorts, publish_feed
from service.errors import FeedServerError
from service.places import feed_folder, made_folder
from service.public_limits import public_limits
from telemetry.clock import RealClock
from telemetry.supervision import Backoff, keep_running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from config.city import City
    from feed.settings import FeedSettings
    from historian.store import Store
    from telemetry.clock import Clock

_START_S = 60.0
_ENDING_S = 5.0
_SAID_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class FeedChild:
    """How the serving process is started.

    Attributes:
        folder: what it serves.
        settings: where it listens, and how often one address may ask.
        log: its standard error, of the newest start only.
        any_port: take a free port when the wanted one is taken.
    """

    folder: Path
    settings: FeedSettings
    log: Path
    any_port: bool = False

    def command(self) -> tuple[str, ...]:
        """The command line."""
        settings = self.settings
        return (
            *(sys.executable, "-m", "service", "feed", "serve"),
            *("--folder", str(self.folder), "--host", settings.host, "--port", str(settings.port)),
            *("--requests-per-minute", str(settings.requests_per_minute), "--until-eof"),
            *(("--any-port",) if self.any_port else ()),
        )


def feeding_jobs(
    city: City,
    data: Path,
    store: Store,
    clock: Clock,
    listening: Callable[[str], None],
    *,
    speed: float = 1.0,
    any_port: bool = False,
) -> dict[str, Callable[[], Awaitable[None]]]:
    """The loops of the public feed; none where the city has no ``[feed]``.

    Args:
        city: what is published.
        data: the data directory.
        store: where the values come from.
        clock: city time.
        listening: told the feed's address each time it begins to answer.
        speed: city seconds per real second.
        any_port: take a free port when the wanted one is taken; for a demo.

    Raises:
        ServiceError: the folder cannot be made.
    """
    settings = city.feed
    if settings is None:
        return {}
    folder = feed_folder(data)
    made_folder(folder)
    ports = feed_ports(city, store, speed=speed)
    child = FeedChild(folder, settings, data / "feed.log", any_port=any_port)
    return {
        "feed": lambda: publish_feed(ports, settings, folder, clock),
        "feed server": lambda: serve_child(child, listening),
    }


def feed_ports(city: City, store: Store, *, speed: float = 1.0) -> FeedPorts:
    """What the publisher sees of the other rooms."""
    sites = {site.name: site for site in city.sites}
    return FeedPorts(
        title=city.title,
        timezone=city.timezone,
        points=city.points,
        sites=city.sites,
        zones=city.zones,
        limits=public_limits(city.alarms.rules, city.points, sites),
        store=store,
        wall=RealClock(),
        speed=speed,
    )


async def serve_child(
    child: FeedChild, listening: Callable[[str], None], backoff: Backoff | None = None
) -> None:
    """Keep the serving process running until cancelled; it ends with us, however we end.

    Args:
        child: how it is started.
        listening: told its address each time it begins to answer.
        backoff: pauses between starts.
    """

    async def run(well: Callable[[], None]) -> None:
        await _run_once(child, listening, well)

    await keep_running("public feed server", run, RealClock(), backoff)


async def _run_once(
    child: FeedChild, listening: Callable[[str], None], well: Callable[[], None]
) -> None:
    """Start it, say where it answers, and wait until it ends.

    Raises:
        FeedServerError: it ended or did not come up; the message has its last words.
    """
    process = await _started(child)
    try:
        address = await _address(process, child)
        listening(address)
        well()
        status = await process.wait()
        raise FeedServerError(
            f"the process that serves the public feed {_how_ended(status)}: {_said(child)}"
        )
    finally:
        await _end(process)


async def _started(child: FeedChild) -> asyncio.subprocess.Process:
    try:
        with child.log.open("wb") as log:
            return await asyncio.create_subprocess_exec(
                *child.command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                # Ctrl-C on the terminal is for us; the child ends when its standard input does.
                start_new_session=True,
            )
    except OSError as error:
        reason = error.strerror or str(error)
        raise FeedServerError(f"the public feed cannot be served: {reason}") from error


async def _address(process: asyncio.subprocess.Process, child: FeedChild) -> str:
    """The first line that it prints."""
    if process.stdout is None:
        raise FeedServerError("the process that serves the public feed has no standard output")
    try:
        async with asyncio.timeout(_START_S):
            line = (await process.stdout.readline()).decode().strip()
    except TimeoutError:
        line = ""
    if not line:
        raise FeedServerError(f"the public feed is not served: {_said(child)}")
    return line


def _how_ended(status: int) -> str:
    """In words, from a child's status; a negative one is that of a signal."""
    if status >= 0:
        return f"ended (status {status})"
    return f"was ended by {signal.Signals(-status).name}"


def _said(child: FeedChild) -> str:
    """What the process complained about: its last line, and where the rest is."""
    try:
        end = child.log.read_bytes()[-_SAID_BYTES:].decode(errors="replace")
    except OSError:
        end = ""
    last = last_words(end)
    return f"{last} (see {child.log})" if last else f"it said nothing; see {child.log}"


def last_words(text: str) -> str:
    """The last line that says something; below a traceback, that is the error.

    Args:
        text: the end of what a program wrote.
    """
    lines = (line.strip(" |") for line in reversed(text.splitlines()))
    return next((line for line in lines if any(map(str.isalnum, line))), "")


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it politely, then not."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_ENDING_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
