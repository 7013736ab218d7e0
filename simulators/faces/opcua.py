"""Works as OPC UA servers: no security, anonymous, meant for loopback and test networks."""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AddressSpace, AttributeService
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaprotocol_auto import (
    AnonymousIdentityToken,
    WriteParameters,
    WriteValue,
)
from asyncua.ua.uatypes import (
    DataValue,
    DateTime,
    NodeId,
    SecurityPolicyType,
    StatusCode,
    Variant,
    VariantType,
)

from simulators.errors import DevicesError, FaceError, SimulatorError
from simulators.faces.ua import ObjectIds, StatusCodes, named, source_time, standard, status
from simulators.faces.works_nodes import WorksNode, folder_item

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from simulators.faces.standard_nodes import StandardNodes
    from simulators.faults import ClockSkew
    from simulators.instruments import Instruments
    from telemetry.devices import OpcUaDevice

_log = structlog.get_logger()

_CLOSE_S = 2.0
_STATUS_NODE = standard(ObjectIds.Server_ServerStatus)
_TIME_NODE = standard(ObjectIds.Server_ServerStatus_CurrentTime)


class _Operators(UserManager):
    """Everybody may read, and write what is writable; nobody may change the address space."""

    def get_user(self, *_args: object, **_credentials: object) -> User:
        return User(role=UserRole.User)


class _Setpoints(AttributeService):
    """Sends what clients write to the city instead of into the node."""

    def __init__(
        self,
        space: AddressSpace,
        take: Callable[[NodeId, DataValue], Awaitable[StatusCode | None]],
    ) -> None:
        super().__init__(space)
        self._take = take

    async def write(
        self,
        params: WriteParameters,
        user: User = User(role=UserRole.Admin),  # noqa: B008  # the signature of the library
    ) -> list[StatusCode]:
        if user.role is UserRole.Admin:  # the server itself
            return await super().write(params, user)
        return [await self._one(item, user) for item in params.NodesToWrite]

    async def _one(self, item: WriteValue, user: User) -> StatusCode:
        if item.AttributeId == AttributeIds.Value:
            status = await self._take(item.NodeId, item.Value)
            if status is not None:
                return status
        (denied,) = await super().write(WriteParameters(NodesToWrite=[item]), user)
        return denied


class _CityServer(InternalServer):
    """A server with copied standard nodes and setpoints that act."""

    def __init__(
        self,
        standard: StandardNodes,
        take: Callable[[NodeId, DataValue], Awaitable[StatusCode | None]],
    ) -> None:
        super().__init__(user_manager=_Operators())
        self._standard = standard
        self.attribute_service = _Setpoints(self.aspace, take)
        self.disabled_clock = True  # the face writes the city's time instead

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        self._standard.copy_into(self.aspace)


class OpcUaFace:
    """One works.

    Args:
        device: names the server, its endpoint's path and its nodes.
        instruments: what the nodes show.
        standard: the nodes that every server has.
    """

    def __init__(
        self, device: OpcUaDevice, instruments: Instruments, standard: StandardNodes
    ) -> None:
        self.device = device
        self._instruments = instruments
        self._iserver = _CityServer(standard, self._take)
        self._server = Server(iserver=self._iserver)
        self._nodes: Mapping[NodeId, WorksNode] = {}
        self._skew_s = 0.0
        self._now_ns = 0

    async def start(self, host: str, port: int, now_ns: int) -> str:
        """Build the nodes, show what the instruments show, and listen.

        Args:
            host: address of an interface of this machine.
            port: 0 for any free one.
            now_ns: city time.

        Returns:
            The endpoint's URL.

        Raises:
            FaceError: the port is taken or may not be used.
        """
        server = self._server
        server.set_server_name(f"Baotu simulated works {self.device.name}")
        server.set_security_policy([SecurityPolicyType.NoSecurity])
        server.set_identity_tokens([AnonymousIdentityToken])
        path = urlsplit(self.device.url).path
        server.set_endpoint(f"opc.tcp://{host}:{port}{path}")
        await server.init()
        await server.set_application_uri(f"urn:baotu:simulator:{self.device.name}")
        await self._add_nodes()
        await self.refresh(now_ns)
        await self._listen(host, port)
        assert server.bserver is not None  # noqa: S101  # start() has made it
        return f"opc.tcp://{host}:{server.bserver.port}{path}"

    async def _listen(self, host: str, port: int) -> None:
        try:
            await self._server.start()
        except OSError as error:
            raise FaceError(
                f"the OPC UA device {self.device.name!r} cannot listen on {host}:{port} "
                f"({error.strerror}): stop the other program or give the device another port"
            ) from error

    async def stop(self) -> None:
        """Close all sessions and stop listening."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._server.stop()
        except TimeoutError:
            _log.warning("a server was left with open sessions", device=self.device.name)

    async def refresh(self, now_ns: int) -> None:
        """Show what the instruments show.

        Args:
            now_ns: city time, which becomes the source's time.
        """
        self._now_ns = now_ns
        time = self._server_time()
        value, condition = self._instruments.value, self._instruments.condition
        for node in self._nodes.values():
            row = node.channel.point
            shown = node.shown(float(value[row]), int(condition[row]), time)
            await self._iserver.write_attribute_value(node.node, shown)
        await self._tell_time(time)

    def apply(self, fault: ClockSkew) -> None:
        """Set the server's clock wrong."""
        self._skew_s = fault.seconds

    def clear(self, _fault: ClockSkew) -> None:
        """Set the server's clock right."""
        self._skew_s = 0.0

    def _server_time(self) -> DateTime:
        return source_time(self._now_ns, self._skew_s)

    async def _tell_time(self, time: DateTime) -> None:
        """The server's own clock, as its status shows it."""
        held = self._iserver.read_attribute_value(_STATUS_NODE).Value
        if held is None or held.Value is None:
            return
        status = copy(held.Value)
        status.CurrentTime = time
        await self._iserver.write_attribute_value(_STATUS_NODE, DataValue(Variant(status)))
        await self._iserver.write_attribute_value(
            _TIME_NODE, DataValue(Variant(time, VariantType.DateTime))
        )

    async def _add_nodes(self) -> None:
        spaces: dict[str, int] = {}
        nodes: dict[NodeId, WorksNode] = {}
        for channel in self.device.channels:
            uri = channel.address.namespace
            if uri not in spaces:
                spaces[uri] = await self._server.register_namespace(uri)
            node = _node_id(channel.address.identifier, spaces[uri])
            point = self._instruments.points[channel.point]
            if node in nodes:
                raise DevicesError(
                    f"the OPC UA device {self.device.name!r} has the node "
                    f"{channel.address.identifier!r} for {nodes[node].point.name!r} and for "
                    f"{point.name!r}: give each point a node of its own"
                )
            nodes[node] = WorksNode(node, point, channel)
        self._nodes = nodes
        self._add(spaces)

    def _add(self, spaces: Mapping[str, int]) -> None:
        folder = named(self.device.name, min(spaces.values(), default=1))
        items = [folder_item(folder, self.device.name)]
        for node in self._nodes.values():
            items += node.items(folder)
        results = self._iserver.node_mgt_service.add_nodes(items)
        wrong = [
            f"{item.RequestedNewNodeId.to_string()} ({result.StatusCode.name})"
            for item, result in zip(items, results, strict=True)
            if not result.StatusCode.is_good()
        ]
        if wrong:
            raise DevicesError(
                f"the OPC UA device {self.device.name!r} cannot have these nodes: "
                f"{', '.join(wrong)}; correct their addresses"
            )

    async def _take(self, node_id: NodeId, written: DataValue) -> StatusCode | None:
        """Take a setpoint from a client; None when the node is none."""
        node = self._nodes.get(node_id)
        if node is None or not node.channel.writable:
            return None
        accepted = node.accepted(written)
        if isinstance(accepted, StatusCode):
            return accepted
        row = node.channel.point
        try:
            self._instruments.write(row, accepted)
        except SimulatorError:  # the devices call it writable and the city does not
            return status(StatusCodes.BadNotWritable)
        shown = node.shown(
            float(self._instruments.value[row]),
            int(self._instruments.condition[row]),
            self._server_time(),
        )
        await self._iserver.write_attribute_value(node_id, shown)
        return status(StatusCodes.Good)


def _node_id(identifier: str, space: int) -> NodeId:
    """``s=…``, ``i=…``, ``g=…`` or ``b=…`` in a namespace of this server."""
    return NodeId.from_string(f"ns={space};{identifier}")
