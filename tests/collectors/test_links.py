"""The link contract over every link that ships."""

from __future__ import annotations

import itertools
import socket
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from pytest_asyncio import fixture

from tests.collectors.link_contract import LinkContract
from tests.collectors.link_peers import Peer, Servers, peer_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_names = itertools.count()


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[Servers]:
    async with AsyncExitStack() as stack:
        yield Servers(stack, free_ports(3))


@fixture(params=["memory", "modbus", "opcua", "mqtt"], loop_scope="module")
async def peer(request: pytest.FixtureRequest, servers: Servers) -> AsyncIterator[Peer]:
    async with AsyncExitStack() as relays:
        yield await peer_of(request.param, servers, relays, f"contract-{next(_names)}")


@pytest.mark.asyncio(loop_scope="module")
class TestLinks(LinkContract):
    """Every link keeps the contract."""
