"""A Modbus TCP server that misbehaves as told."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True)
class Question:
    """One request as it came; ``number`` counts the requests of the whole server from 0."""

    number: int
    transaction: int
    unit: int
    pdu: bytes

    @property
    def function(self) -> int:
        return self.pdu[0]

    @property
    def first(self) -> int:
        return int.from_bytes(self.pdu[1:3], "big")

    @property
    def count(self) -> int:
        return int.from_bytes(self.pdu[3:5], "big")

    def frame(
        self, pdu: bytes, *, transaction: int | None = None, unit: int | None = None
    ) -> bytes:
        return (
            struct.pack(
                ">HHHB",
                self.transaction if transaction is None else transaction,
                0,
                len(pdu) + 1,
                self.unit if unit is None else unit,
            )
            + pdu
        )

    def registers(self, *values: int) -> bytes:
        """A right reply with these registers."""
        return self.frame(self.data(*values))

    def data(self, *values: int) -> bytes:
        """The PDU of a right reply."""
        return struct.pack(f">BB{len(values)}H", self.function, 2 * len(values), *values)

    def counted(self) -> bytes:
        """A right reply in which every register holds its own address."""
        return self.registers(*range(self.first, self.first + self.count))

    def exception(self, code: int) -> bytes:
        return self.frame(bytes([self.function | 0x80, code]))


Script = Callable[[Question, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class ScriptedServer:
    """What the server has seen, and how it answers from now on."""

    port: int
    script: Script
    questions: list[Question] = field(default_factory=list)
    connections: int = 0
    open_now: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now.add(writer)
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                pdu = await reader.readexactly(length - 1)
                question = Question(len(self.questions), transaction, unit, pdu)
                self.questions.append(question)
                await self.script(question, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_now.discard(writer)
            writer.close()


@asynccontextmanager
async def scripted_server(script: Script) -> AsyncIterator[ScriptedServer]:
    """Serve on a free loopback port."""
    scripted = ScriptedServer(0, script)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(scripted.serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def counted(question: Question, writer: asyncio.StreamWriter) -> None:
    """Answer rightly: every register holds its own address."""
    writer.write(question.counted())


async def silent(question: Question, writer: asyncio.StreamWriter) -> None:
    """Answer nothing."""


def reset(writer: asyncio.StreamWriter) -> None:
    """Cut the connection with RST, not FIN."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
