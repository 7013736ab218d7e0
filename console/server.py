"""Serving the console: one listening socket, one loop beside it."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from console.app import create_app
from console.errors import AddressInUseError
from console.following import follow
from console.settings import ConsoleSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

    from console.ports import ConsolePorts

_LONGEST_MESSAGE = 256 * 1024
_CLOSING_S = 2


class _Server(uvicorn.Server):
    """Uvicorn that leaves the signals to whoever composes the service, and says when it answers.

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
        """Signals are the composition root's business."""
        yield


async def run_console(
    ports: ConsolePorts, settings: ConsoleSettings, listening: Callable[[str], None]
) -> None:
    """Serve the console and keep it up to date until cancelled.

    Args:
        ports: what the house gives.
        settings: where to listen, and what the city chose.
        listening: told the address, e.g. ``http://127.0.0.1:8080``, once it answers.

    Raises:
        BrowserFilesError: the third-party browser files are missing.
        AddressInUseError: the address cannot be listened on.
    """
    app = create_app(ports, settings)
    door = listen(settings.host, settings.port)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(follow(app.state.console))
        tasks.create_task(_serve(app, door, listening))


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; a port of 0 takes a free one.

    Raises:
        AddressInUseError: with what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise AddressInUseError(
            f"the console cannot listen on {host}:{port}: {_reason(error)}; "
            "choose another with --port or [console] port, or stop the program that has it"
        ) from error


def _reason(error: OSError) -> str:
    """In the system's words, without what Python adds to them."""
    return str(error) if error.errno is None or error.errno < 0 else os.strerror(error.errno)


async def _serve(app: FastAPI, door: socket.socket, listening: Callable[[str], None]) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws_max_size=_LONGEST_MESSAGE,
        timeout_graceful_shutdown=_CLOSING_S,
        timeout_keep_alive=30,
    )
    server = _Server(config, lambda: listening(address_of(door)))
    serving = asyncio.ensure_future(server.serve(sockets=[door]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
        door.close()


def address_of(door: socket.socket) -> str:
    """Where a browser finds the socket."""
    host, port = door.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
