"""The standard nodes that every OPC UA server has, built once for all servers of the city.

asyncua fills them in anew for every server: some 6,000 nodes, 1.2 s each with its garbage
collector walking over them again and again. Built once without it and copied, three servers
together take less than one did.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from asyncua.server.address_space import (
    AddressSpace,
    AttributeValue,
    NodeData,
    NodeManagementService,
)
from asyncua.server.standard_address_space import standard_address_space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_fill: Callable[[NodeManagementService], None] = standard_address_space.fill_address_space


class StandardNodes:
    """A prototype of the standard address space; nobody may change it."""

    def __init__(self) -> None:
        self._prototype = AddressSpace()
        with _without_collector():
            fill: Callable[[NodeManagementService], None] = (
                standard_address_space.fill_address_space
            )
            fill(NodeManagementService(self._prototype))

    def copy_into(self, space: AddressSpace) -> None:
        """Give ``space`` nodes of its own; values are shared until they are written."""
        with _without_collector():
            for key in self._prototype.keys():  # noqa: SIM118  # no mapping: it cannot be iterated
                space[key] = _copied(self._prototype[key])


def _copied(node: NodeData) -> NodeData:
    twin = NodeData(node.nodeid)
    twin.call = node.call
    twin.references = list(node.references)
    for attribute, held in node.attributes.items():
        if held.value is not None:
            twin.attributes[attribute] = AttributeValue(held.value)
    return twin


@contextmanager
def _without_collector() -> Iterator[None]:
    """Make many objects that all stay, without the collector looking at each of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
