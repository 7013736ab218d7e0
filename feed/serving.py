"""Serving one folder of published files, in a process of its own or on a machine of its own."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from feed.app import create_app
from feed.assets import assets_path
from feed.connections import MOST_HEAD_BYTES, Door, protocol_behind
from feed.errors import FeedAddressError, FeedFolderError
from feed.page import PageTexts
from feed.rate import RateLimiter
from feed.shelf import Shelf
from feed.streams import Streams
from telemetry.clock import RealClock
from telemetry.supervision import MissedTick, Outage, Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from telemetry.clock import Clock

_LOOK_S = 1.0
_CLOSING_S = 2
_IDLE_S = 15


@dataclass(frozen=True, slots=True)
class Serving:
    """What to serve, and where.

    Attributes:
        folder: of published files.
        host, port: where to listen; port 0 takes a free one.
        any_port: take a free port when the wanted one is taken.
        requests_per_minute: of one address.
        proxies: addresses of reverse proxies that say for whom they ask.
        door: limits of connections.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8090
    any_port: bool = False
    requests_per_minute: int = 120
    proxies: tuple[str, ...] = ()
    door: Door | None = None


class _Server(uvicorn.Server):
    """Uvicorn that leaves the signals to the command, and says when it answers.

    Args:
        config: uvicorn's own.
        started: called once connections are taken.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start taking connections."""
        await super().startup(sockets)
        if self.started:
            self._tell()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command's business."""
        yield


async def serve_feed(serving: Serving, listening: Callable[[str], None]) -> None:
    """Serve until cancelled.

    Args:
        serving: what and where.
        listening: told the address, e.g. ``http://127.0.0.1:8090``, once it answers.

    Raises:
        FeedFolderError: there is no such folder.
        FeedAddressError: the address cannot be listened on.
    """
    if not serving.folder.is_dir():
        raise FeedFolderError(
            f"there is no folder {serving.folder} to serve: a service with a [feed] in its "
            "city.toml makes one in its data directory"
        )
    clock = RealClock()
    texts = PageTexts.load(assets_path())
    shelf, streams = Shelf(serving.folder, texts), Streams()
    limiter = RateLimiter(serving.requests_per_minute)
    app = create_app(shelf, texts, streams, limiter=limiter, seconds=clock.monotonic)
    door = listen(serving)
    look = Look(shelf, streams)
    await look.at(clock.now())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(look.keep_looking(clock))
        tasks.create_task(serve_app(app, door, serving, listening))


class Look:
    """Looks into the folder once a second and passes on what is new.

    Args:
        shelf: the documents.
        streams: who listens.
    """

    def __init__(self, shelf: Shelf, streams: Streams) -> None:
        self._shelf = shelf
        self._streams = streams
        self._outage = Outage("published files")

    async def keep_looking(self, clock: Clock) -> None:
        """Look until cancelled."""
        ticker = Ticker(clock, _LOOK_S, MissedTick.SKIP)
        while True:
            await ticker.tick()
            await self.at(clock.now())

    async def at(self, now_ns: int) -> None:
        """Look once; what cannot be read is said once, and what was read before stays."""
        try:
            changed = await asyncio.to_thread(self._shelf.refresh, now_ns)
        except FeedFolderError as error:
            self._outage.begins(str(error))
            return
        self._outage.ends()
        front = self._shelf.front
        if changed and front is not None:
            self._streams.publish(front.latest.etag, front.latest.body)


def listen(serving: Serving) -> socket.socket:
    """Open the listening socket.

    Raises:
        FeedAddressError: with what to do.
    """
    try:
        return _socket(serving.host, serving.port)
    except OSError as error:
        if serving.any_port and serving.port:
            return listen(Serving(serving.folder, serving.host, 0))
        reason = str(error) if error.errno is None or error.errno < 0 else os.strerror(error.errno)
        raise FeedAddressError(
            f"the public feed cannot listen on {serving.host}:{serving.port}: {reason}; choose "
            "another with [feed] port or --port, or stop the program that has it"
        ) from error


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=256)


async def serve_app(
    app: ASGIApp, door: socket.socket, serving: Serving, listening: Callable[[str], None]
) -> None:
    """Serve an application on an open socket until cancelled.

    Args:
        app: from :func:`feed.app.create_app`.
        door: from :func:`listen`; closed at the end.
        serving: limits and proxies.
        listening: told the address once it answers.
    """
    limits = serving.door or Door(trusted=frozenset(serving.proxies))
    config = uvicorn.Config(
        app,
        http=protocol_behind(limits),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(serving.proxies),
        forwarded_allow_ips=list(serving.proxies),
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        timeout_graceful_shutdown=_CLOSING_S,
        timeout_keep_alive=_IDLE_S,
    )
    server = _Server(config, lambda: listening(address_of(door)))
    running = asyncio.ensure_future(server.serve(sockets=[door]))
    try:
        await asyncio.shield(running)
    finally:
        server.should_exit = True
        await running
        door.close()


def address_of(door: socket.socket) -> str:
    """Where a browser finds the socket."""
    host, port = door.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
