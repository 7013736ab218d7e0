"""One TCP connection to a Modbus server: questions out, answers matched to them.

Several questions may be in flight. A reply is handed to the question whose transaction it
carries, and to no other; late and foreign replies are counted and thrown away.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from collectors.errors import ConnectError, GarbageError, LinkError, SilenceError
from collectors.modbus.frames import SILENT, Fault, Frame, check_reply, frame, take_frames

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_STRAYS = 8
"""Replies in a row that nobody asked for, after which the connection is not believed."""
_MOST_SILENCES = 2
"""Questions in a row without any answer, after which the connection is taken for dead."""


@dataclass(slots=True, eq=False)
class _Question:
    unit: int
    function: int
    answer: asyncio.Future[bytes | Fault]


class Wire(asyncio.Protocol):
    """The client's end of one connection.

    Args:
        peer: named in errors, ``host:port``.
    """

    def __init__(self, peer: str) -> None:
        self._peer = peer
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._waiting: dict[int, _Question] = {}
        self._transaction = 0
        self._strays = 0
        self._silences = 0
        self._thrown_away: Counter[str] = Counter()
        self._failure: LinkError | None = None

    @property
    def open(self) -> bool:
        """Whether questions can be asked."""
        return self._transport is not None and self._failure is None

    def take_thrown_away(self) -> Mapping[str, int]:
        """Replies that answered no question, by kind, since the last call."""
        if not self._thrown_away:
            return {}
        taken, self._thrown_away = self._thrown_away, Counter()
        return taken

    async def ask(self, unit: int, pdu: bytes, timeout_s: float) -> bytes | Fault:
        """Ask one question and wait for its answer.

        Returns:
            The reply's PDU, or why it carries nothing.

        Raises:
            LinkError: the connection is lost, at once when it breaks.
        """
        if self._failure is not None:
            raise self._failure.again()
        if self._transport is None:
            raise ConnectError(f"{self._peer}: not connected")
        transaction = self._next_transaction()
        question = _Question(unit, pdu[0], self._loop.create_future())
        self._waiting[transaction] = question
        deadline = self._loop.call_later(timeout_s, self._expire, transaction)
        self._transport.write(frame(transaction, unit, pdu))
        try:
            return await question.answer
        finally:
            deadline.cancel()
            self._waiting.pop(transaction, None)

    def _next_transaction(self) -> int:
        self._transaction = (self._transaction + 1) & 0xFFFF
        return self._transaction

    def close(self) -> None:
        """Close the connection; questions still open fail."""
        self._fail(ConnectError(f"{self._peer}: closed by us"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start; keep-alive finds a cable that was cut while nobody asked anything."""
        self._transport = cast("asyncio.Transport", transport)
        peer_socket = transport.get_extra_info("socket")
        if peer_socket is not None:
            peer_socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail every open question at once."""
        self._fail(ConnectError(f"{self._peer}: connection {exc or 'closed by the peer'}"))

    def data_received(self, data: bytes) -> None:
        """Match replies to questions."""
        self._buffer += data
        try:
            for reply in take_frames(self._buffer):
                self._answer(reply)
        except GarbageError as error:
            self._fail(GarbageError(f"{self._peer}: {error}"))

    def _answer(self, reply: Frame) -> None:
        question = self._waiting.pop(reply.transaction, None)
        if question is None or question.answer.done():
            self._stray()
            return
        self._silences = 0
        answer = check_reply(reply, question.unit, question.function)
        if not isinstance(answer, Fault) or answer.exception:
            self._strays = 0
        elif reply.unit != question.unit:
            self._thrown_away["foreign_unit"] += 1
        question.answer.set_result(answer)

    def _stray(self) -> None:
        self._thrown_away["late_or_foreign"] += 1
        self._strays += 1
        if self._strays >= _MOST_STRAYS:
            raise GarbageError(f"{self._strays} replies in a row answer no question of ours")

    def _expire(self, transaction: int) -> None:
        question = self._waiting.pop(transaction, None)
        if question is None or question.answer.done():
            return
        question.answer.set_result(SILENT)
        self._silences += 1
        if self._silences >= _MOST_SILENCES:
            self._fail(SilenceError(f"{self._peer}: connected, but answers nothing"))

    def _fail(self, error: LinkError) -> None:
        if self._failure is not None:
            return
        self._failure = error
        self._buffer.clear()
        if self._transport is not None:
            self._transport.abort()
        for question in self._waiting.values():
            if not question.answer.done():
                question.answer.set_exception(error.again())
        self._waiting.clear()


async def open_wire(host: str, port: int, timeout_s: float) -> Wire:
    """Connect.

    Raises:
        LinkError: within the deadline.
    """
    peer = f"{host}:{port}"
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            _, wire = await loop.create_connection(lambda: Wire(peer), host, port)
    except TimeoutError:
        raise SilenceError(f"{peer}: no connection within {timeout_s:g} s") from None
    except OSError as error:
        raise ConnectError(f"{peer}: no connection ({error.strerror or error})") from None
    return wire
