"""The demo's own MQTT broker, so that nothing has to be installed beside the service."""

from __future__ import annotations

import asyncio
import ipaddress
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from amqtt.broker import Broker
from amqtt.errors import BrokerError

from simulators.errors import DevicesError, FaceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_log = structlog.get_logger()

_CLOSE_S = 2.0
_ANONYMOUS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


class _ClosingBroker(Broker):  # type: ignore[misc]  # amqtt is not typed
    """Closes every connection whose conversation is over.

    Amqtt itself leaves the socket open when a client hangs up before it has said anything, as a
    probe of the port does, or in the middle of being told goodbye.
    """

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve one client."""
        try:
            await super().stream_connected(reader, writer, listener_name)
        except OSError as error:
            _log.debug("a client of the broker hung up", reason=str(error))
        finally:
            writer.close()


@asynccontextmanager
async def serve_broker(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Run a broker that lets everybody in, and give the port that it listens on.

    Args:
        host: a loopback address; nothing else, because the broker asks for no password.
        port: 0 for any free one.

    Raises:
        DevicesError: ``host`` is no loopback address.
        FaceError: the port is taken or may not be used.
    """
    _refuse_open_network(host)
    broker = _ClosingBroker(
        {"listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}}, "plugins": _ANONYMOUS}
    )
    try:
        await broker.start()
    except BrokerError as error:
        raise FaceError(
            f"the broker for the simulated meters cannot listen on {host}:{port}: the port is in "
            "use or not allowed; stop the other program, or name the broker that runs there"
        ) from error
    try:
        yield _bound_port(broker)
    finally:
        await _shut_down(broker)


async def _shut_down(broker: Broker) -> None:
    """Close all connections; amqtt may wait for ever for a client that does not listen."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await broker.shutdown()
    except TimeoutError:
        _log.warning("the broker was left with open connections", after_s=_CLOSE_S)


def _refuse_open_network(host: str) -> None:
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise DevicesError(
            f"the built-in broker asks for no password and so serves loopback only, not {host}; "
            "run Mosquitto there with users of its own, and name its address"
        )


def _bound_port(broker: Broker) -> int:
    """Amqtt keeps its sockets to itself."""
    server = broker._servers["default"].instance  # noqa: SLF001  # no public way to the port
    return int(server.sockets[0].getsockname()[1])
