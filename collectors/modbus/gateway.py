"""One endpoint and the units behind it, sharing one connection fairly.

Gateways allow few connections (often one), so all units of one ``host:port`` use the same.
Each unit asks one question at a time and waiting questions are served in order of arrival,
which takes the units in turn. A unit that was silent asks on a lane of its own, so that its
deadlines cost the others nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors.errors import ConnectError, LinkError
from collectors.modbus.wire import Wire, open_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.modbus.frames import Fault


class Gateway:
    """One endpoint.

    Args:
        host, port: where it listens.
        lanes: questions in flight at once.
    """

    def __init__(self, host: str, port: int, lanes: int = 4) -> None:
        self._host = host
        self._port = port
        self._lanes = asyncio.Semaphore(lanes)
        self._side_lane = asyncio.Semaphore(1)
        self._joining = asyncio.Lock()
        self._attempts = 0
        self._refusal: LinkError | None = None
        self._wire: Wire | None = None
        self._users: set[object] = set()

    @property
    def open(self) -> bool:
        """Whether the connection stands."""
        return self._wire is not None and self._wire.open

    @property
    def side_lane_busy(self) -> bool:
        """Whether a silent unit is being tried right now."""
        return self._side_lane.locked()

    def has(self, user: object) -> bool:
        """Whether ``user`` has joined a connection that stands."""
        return self.open and user in self._users

    def take_thrown_away(self) -> Mapping[str, int]:
        """Replies that answered no question, by kind, since somebody last asked."""
        return self._wire.take_thrown_away() if self._wire is not None else {}

    async def join(self, user: object, timeout_s: float) -> None:
        """Use the connection, opening it if need be.

        Users that come while an attempt is under way share its result.

        Raises:
            LinkError: no connection.
        """
        seen = self._attempts
        async with self._joining:
            if not self.open:
                if self._refusal is not None and self._attempts != seen:
                    raise self._refusal.again()
                await self._open(timeout_s)
            self._users.add(user)

    async def _open(self, timeout_s: float) -> None:
        self._attempts += 1
        self._refusal = None
        try:
            self._wire = await open_wire(self._host, self._port, timeout_s)
        except LinkError as error:
            self._refusal = error
            raise

    def leave(self, user: object) -> None:
        """Stop using the connection; the last one closes it."""
        self._users.discard(user)
        if not self._users and self._wire is not None:
            self._wire.close()
            self._wire = None

    async def ask(
        self, unit: int, pdu: bytes, timeout_s: float, *, silent_before: bool = False
    ) -> bytes | Fault:
        """Ask one question; the deadline counts from when it is sent.

        Args:
            unit: who is asked.
            pdu: what is asked.
            timeout_s: total.
            silent_before: the unit did not answer lately.

        Raises:
            LinkError: the connection is lost.
        """
        async with self._side_lane if silent_before else self._lanes:
            if self._wire is None:
                raise ConnectError(f"{self._host}:{self._port}: not connected")
            return await self._wire.ask(unit, pdu, timeout_s)


class Gateways:
    """The endpoints of one process, one object each."""

    def __init__(self, lanes: int = 4) -> None:
        self._lanes = lanes
        self._known: dict[tuple[str, int], Gateway] = {}

    def at(self, host: str, port: int) -> Gateway:
        """The endpoint at ``host:port``."""
        if (host, port) not in self._known:
            self._known[host, port] = Gateway(host, port, self._lanes)
        return self._known[host, port]
