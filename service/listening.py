"""Sockets that the service listens on, and the web server behind one of them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

from service.errors import AddressInUseError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Args:
        host: address of an interface.
        port: 0 takes any free one.

    Raises:
        AddressInUseError: somebody listens there.
        ServiceError: the address is not ours or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUseError(
                f"the console cannot listen on {host}:{port}: another program does already; "
                "stop it, or choose another port with --port (0 takes a free one)"
            ) from None
        raise ServiceError(
            f"the console cannot listen on {host}:{port}: {error.strerror}; check [console] host"
        ) from None
    made.listen(256)
    made.setblocking(False)
    return made


def address_of(listening: socket.socket) -> str:
    """The address to type into a browser."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


class _QuietServer(uvicorn.Server):
    """Uvicorn without its own signal handlers: the service decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone."""
        yield


async def serve_http(app: Any, listening: socket.socket) -> None:
    """Serve an ASGI application on a socket; when cancelled, let open answers finish."""
    server = _QuietServer(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            ws="websockets-sansio",
        )
    )
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
