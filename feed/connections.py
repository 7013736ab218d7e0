"""Limits of a connection that the framework does not have: time, size, number.

A request must arrive and its answer must be taken within a deadline, however slowly the other
side sends or reads; a stream may last, but not be left unread. Who does not keep to it is cut
off, which costs an honest client a second request and a dishonest one its attack.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

LASTING = "lasting"
"""Key in a request's state: a function to call when the answer is a stream."""

MOST_HEAD_BYTES = 8_192
"""Of request line and headers."""


@dataclass(slots=True, eq=False)
class Door:
    """How many may come in, and for how long.

    Attributes:
        most: connections at the same time; below the 1,024 files that a process usually has.
        most_of_one: of one address; a whole district may stand behind one address.
        request_s: for a whole request with its answer.
        unread_s: what was sent must be taken within so long.
        trusted: addresses of proxies, which bring many clients.
    """

    most: int = 800
    most_of_one: int = 100
    request_s: float = 20.0
    unread_s: float = 20.0
    trusted: frozenset[str] = frozenset()
    _inside: Counter[str] = field(default_factory=Counter)

    @property
    def inside(self) -> int:
        """Connections that are open."""
        return self._inside.total()

    def enter(self, address: str) -> bool:
        """Whether one more connection may be opened; if so, it counts from now on."""
        crowded = address not in self.trusted and self._inside[address] >= self.most_of_one
        if crowded or self.inside >= self.most:
            return False
        self._inside[address] += 1
        return True

    def leave(self, address: str) -> None:
        """A connection has ended."""
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]


class LimitedProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 with the limits of a :class:`Door`.

    Args:
        config: uvicorn's own.
        server_state: uvicorn's own.
        app_state: uvicorn's own; each request sees it with :data:`LASTING` added.
        _loop: uvicorn's own.
        door: shared by all connections.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        door: Door,
    ) -> None:
        lasting = {**app_state, LASTING: self._lasts}
        super().__init__(config, server_state, lasting, _loop)
        self._door = door
        self._address: str | None = None
        self._asking = True
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Let the connection in, or cut it off."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self._door.enter(address):
            transport.abort()
            return
        self._address = address
        self._begin_deadline()

    def data_received(self, data: bytes) -> None:
        """Take what has come; the first bytes of a request start its deadline."""
        if self._address is None:
            return
        if not self._asking:
            self._asking = True
            self._begin_deadline()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """The answer has been handed over; it must be taken, too, or the next request come."""
        self._asking = False
        self._begin_deadline()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._end_deadline()
        self.resume_writing()
        if self._address is not None:
            self._door.leave(self._address)
            self._address = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The other side does not take what was sent: it has some time to begin."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self._door.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The other side takes what was sent."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _lasts(self) -> None:
        """The answer is a stream: it has no deadline, but must be read."""
        self._end_deadline()

    def _begin_deadline(self) -> None:
        self._end_deadline()
        self._deadline = self.loop.call_later(self._door.request_s, self.transport.abort)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def protocol_behind(door: Door) -> type[asyncio.Protocol]:
    """What uvicorn is given as its HTTP protocol."""
    # Uvicorn calls it with keywords only; a partial is as good as a class there.
    return cast("type[asyncio.Protocol]", partial(LimitedProtocol, door=door))
