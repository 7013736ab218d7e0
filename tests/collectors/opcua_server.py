"""An OPC UA server for tests, and a listener that only pretends to be one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from asyncua import ua
from asyncua.server.server import Server

from tests.collectors.making import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from asyncua.common.node import Node


class TestServer:
    """A server whose nodes are named by strings."""

    __test__ = False

    def __init__(self, server: Server, namespace: int) -> None:
        self._server = server
        self._namespace = namespace
        self.nodes: dict[str, Node] = {}

    async def add(self, name: str, content: ua.Variant) -> None:
        node_id = ua.NodeId.from_string(f"ns={self._namespace};s={name}")
        node = await self._server.nodes.objects.add_variable(
            node_id, f"{self._namespace}:{name}", content
        )
        await node.set_writable()
        self.nodes[name] = node

    async def show(self, name: str, answer: ua.DataValue) -> None:
        """Let a node answer exactly this."""
        await self._server.write_attribute_value(self.nodes[name].nodeid, answer)

    async def present(self, name: str) -> ua.Variant:
        """What the node holds now."""
        content = (await self.nodes[name].read_data_value()).Value
        assert content is not None
        return content

    async def remove(self, name: str) -> None:
        await self._server.delete_nodes([self.nodes.pop(name)])


def answer(
    content: ua.Variant | None,
    status: int = 0,
    source: datetime | None = None,
    server: datetime | None = None,
) -> ua.DataValue:
    """What a server says of one node."""
    return ua.DataValue(
        content,
        ua.StatusCode(ua.UInt32(status)),
        cast("ua.DateTime | None", source),
        cast("ua.DateTime | None", server),
    )


@asynccontextmanager
async def opcua_server(
    port: int, nodes: Mapping[str, ua.Variant], *, other_namespaces: int = 0
) -> AsyncIterator[TestServer]:
    """Serve the nodes on loopback; other namespaces shift the index of ours."""
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/works")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    for number in range(other_namespaces):
        await server.register_namespace(f"urn:other:{number}")
    served = TestServer(server, await server.register_namespace(NAMESPACE))
    for name, content in nodes.items():
        await served.add(name, content)
    await server.start()
    try:
        yield served
    finally:
        await server.stop()


@asynccontextmanager
async def listener(answer: bytes = b"") -> AsyncIterator[int]:
    """Accept connections, say ``answer`` to whatever comes, and nothing more; gives the port."""
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            await reader.read(1)
            writer.write(answer)
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()
