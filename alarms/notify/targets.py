"""Where a channel may connect to: no address inside the house unless that is allowed.

A name is resolved once for an attempt, every address it has is checked, and the connection goes
to a checked address; a second look-up could give another answer.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from alarms.errors import ForbiddenTargetError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

IpAddress = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, in the system's order of preference; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def permitted_addresses(
    host: str,
    port: int,
    *,
    allow_private: bool,
    look_up: Callable[[str, int], Awaitable[list[str]]],
) -> list[str]:
    """The addresses of ``host``, if each of them may be connected to.

    Args:
        host: name or literal address.
        port: where to.
        allow_private: permit loopback and private ranges.
        look_up: resolves a host.

    Raises:
        ForbiddenTargetError: one of the addresses is forbidden.
        OSError: the name cannot be resolved.
    """
    addresses = await look_up(host, port)
    for text in addresses:
        # An IPv6 address may carry the interface it belongs to.
        if not permitted(ip_address(text.partition("%")[0]), allow_private=allow_private):
            raise ForbiddenTargetError(
                "the channel's address leads to this machine or a private network; "
                "if that is meant, set allow_private for this channel"
            )
    return addresses


def permitted(address: IpAddress, *, allow_private: bool) -> bool:
    """Whether a channel may connect to an address.

    Link-local addresses (a cloud's metadata service), multicast, reserved and unspecified ones
    are never permitted.
    """
    inner = _embedded(address)
    if inner is not None:
        return permitted(inner, allow_private=allow_private)
    if address.is_loopback:
        return allow_private
    if (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    ):
        return False
    return address.is_global or (allow_private and address.is_private)


def _embedded(address: IpAddress) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
