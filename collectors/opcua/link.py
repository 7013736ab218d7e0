"""An OPC UA server as a link, read by polling.

A new client object is made for every connection, because a used one keeps what it learnt from
a session that failed. Namespaces are looked up by URI at each connection, because a restarted
server may number them anew.
"""

from __future__ import annotations

import asyncio
import math
import struct
from typing import TYPE_CHECKING

import numpy as np
from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import BadTooManyOperations, UaError, UaStringParsingError

from collectors.checks import judge, not_carried, refusal
from collectors.confirm import confirm
from collectors.errors import ConnectError, LinkError, SilenceError, UnreadableAddressError
from collectors.link import DecodedReading, Refused, Unknown
from collectors.opcua.convert import Sample, convert, place_in_time, quality_of_status
from collectors.opcua.setpoint import built_in_type, variant
from collectors.scaling import as_fractions, scaled
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.quality import Reason, Severity, bad, severity_of, uncertain

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    from collectors.link import WriteOutcome
    from collectors.settings import OpcUaSettings
    from telemetry.addresses import OpcUaAddress
    from telemetry.clock import Clock
    from telemetry.devices import Channel, OpcUaDevice
    from telemetry.points import PointTable

    T = TypeVar("T")

# What the library raises when the peer goes away, is no OPC UA server, or sends nonsense.
_FAILURES = (UaError, OSError, EOFError, ValueError, struct.error)
_ABSENT = Sample(math.nan, bad(Reason.CONFIG), None, None)
_GARBLED = Sample(math.nan, bad(Reason.PROTOCOL), None, None)
_CLOCK = uncertain(Reason.CLOCK)
_NOBODY_KNOWS = (bad(Reason.COMM), bad(Reason.TIMEOUT), bad(Reason.DEVICE))


class OpcUaLink:
    """One OPC UA server.

    Args:
        device: where it is and what it carries.
        points: physical ranges and names.
        clock: our time, beside the source's.
        settings: nodes per call, clock tolerance.

    Raises:
        UnreadableAddressError: a node identifier that cannot be read.
    """

    def __init__(
        self, device: OpcUaDevice, points: PointTable, clock: Clock, settings: OpcUaSettings
    ) -> None:
        self._device = device
        self._points = points
        self._clock = clock
        self._tolerance_ns = int(settings.clock_tolerance_s * SECOND)
        self._per_call = settings.nodes_per_call
        self._client: Client | None = None
        self._nodes: dict[int, ua.NodeId] = {}
        count = len(device.channels)
        self._channels = {channel.point: channel for channel in device.channels}
        self._rows = {channel.point: row for row, channel in enumerate(device.channels)}
        self._point = np.array([c.point for c in device.channels], dtype=np.int32)
        self._factor, self._divisor = as_fractions(c.scale for c in device.channels)
        self._offset = np.array([c.offset for c in device.channels], dtype=np.float64)
        self._low, self._high = points.low[self._point], points.high[self._point]
        self._source_ns: list[int | None] = [None] * count
        for channel in device.channels:
            _node_id(channel, 0)

    async def connect(self) -> None:
        """Open a session and look up the namespaces."""
        if self._client is not None:
            return
        client = Client(self._device.url, timeout=self._device.timeout_s)
        try:
            async with asyncio.timeout(self._device.timeout_s):
                await client.connect()
                namespaces = await client.get_namespace_array()
        except TimeoutError:
            raise SilenceError(
                f"{self._device.url}: no OPC UA session within {self._device.timeout_s:g} s"
            ) from None
        except _FAILURES as error:
            raise ConnectError(f"{self._device.url}: no OPC UA session ({error})") from error
        else:
            self._client = client
        finally:
            if self._client is not client:
                await self._drop(client)
        self._nodes = {
            row: _node_id(channel, namespaces.index(channel.address.namespace))
            for row, channel in enumerate(self._device.channels)
            if channel.address.namespace in namespaces
        }

    async def close(self) -> None:
        """End the session, if the server lets us within the deadline."""
        client, self._client = self._client, None
        if client is not None:
            await self._abandon(client)

    async def _abandon(self, client: Client) -> None:
        try:
            async with asyncio.timeout(self._device.timeout_s):
                await client.disconnect()
        except (TimeoutError, *_FAILURES):
            client.disconnect_socket()

    async def _drop(self, client: Client) -> None:
        """Let go of a lost client: without its socket it ends its own tasks at once."""
        if self._client is client:
            self._client = None
        client.disconnect_socket()
        await self._abandon(client)

    async def read(self) -> DecodedReading:
        """Read every node once.

        Raises:
            LinkError: the session is lost.
        """
        client = self._session()
        samples = [_ABSENT] * len(self._device.channels)
        rows = list(self._nodes)
        if not rows:
            # Nothing to ask for must not hide that the server went away, or came back changed.
            await self._within_deadline(client, client.get_namespace_array())
        start = 0
        while start < len(rows):
            chunk = rows[start : start + self._per_call]
            answers = await self._read_nodes([self._nodes[row] for row in chunk])
            if answers is None:
                self._per_call = max(1, len(chunk) // 2)
                continue
            for row, sample in zip(chunk, answers, strict=True):
                samples[row] = sample
            start += len(chunk)
        return DecodedReading(self._batch(samples))

    async def _read_nodes(self, nodes: list[ua.NodeId]) -> list[Sample] | None:
        """One service call; None when the server says that it asks for too many nodes."""
        try:
            answers = await self._read_values(nodes)
        except BadTooManyOperations:
            if len(nodes) == 1:
                raise ConnectError(f"{self._device.url}: refuses to read a single node") from None
            return None
        if len(answers) != len(nodes):
            return [_GARBLED] * len(nodes)
        return [convert(answer) for answer in answers]

    async def _read_values(
        self, nodes: list[ua.NodeId], attribute: AttributeIds = AttributeIds.Value
    ) -> list[ua.DataValue]:
        client = self._session()
        request = client.uaclient.read_attributes(nodes, attribute)
        return await self._within_deadline(client, request)

    def _session(self) -> Client:
        if self._client is None:
            raise ConnectError(f"{self._device.url}: not connected")
        return self._client

    async def _within_deadline(self, client: Client, request: Awaitable[T]) -> T:
        """Await a service call; whatever ends it but an answer ends the session too."""
        try:
            async with asyncio.timeout(self._device.timeout_s):
                return await request
        except BadTooManyOperations:
            raise
        except TimeoutError:
            await self._drop(client)
            raise SilenceError(
                f"{self._device.url}: no answer within {self._device.timeout_s:g} s"
            ) from None
        except _FAILURES as error:
            await self._drop(client)
            raise ConnectError(f"{self._device.url}: session lost ({error})") from error

    def _batch(self, samples: list[Sample]) -> Batch:
        received = self._clock.now()
        quality = np.array([s.quality for s in samples], dtype=np.uint8)
        value = np.array([s.value for s in samples], dtype=np.float64)
        time = np.full(len(samples), received, dtype=np.int64)
        for row, sample in enumerate(samples):
            placed = place_in_time(sample, received, self._source_ns[row], self._tolerance_ns)
            self._source_ns[row] = sample.source_ns
            time[row] = placed.time_ns
            if placed.doubtful and quality[row] < _CLOCK:
                quality[row] = _CLOCK
        with np.errstate(invalid="ignore", over="ignore"):
            value = value * self._factor / self._divisor + self._offset
        judge(value, quality, self._low, self._high)
        return Batch(self._point, time, value, quality)

    async def write(self, point: int, value: float) -> WriteOutcome:
        """Send one value in the node's own type and read it back."""
        channel = self._channels.get(point)
        if channel is None:
            return not_carried(self._points[point], self._device.name)
        refused = refusal(self._points[point], value, writable=channel.writable)
        if refused is not None:
            return refused
        node = self._nodes.get(self._rows[point])
        if self._client is None or node is None:
            return Refused(f"{self._device.name} is not connected, or has no such namespace")
        return await self._send(channel, node, value)

    async def _send(
        self, channel: Channel[OpcUaAddress], node: ua.NodeId, value: float
    ) -> WriteOutcome:
        raw = (value - channel.offset) / channel.scale
        try:
            content = variant(await self._type_of(node), raw, channel.signal)
        except LinkError as error:
            return Refused(f"nothing was sent: {error}")
        if isinstance(content, Refused):
            return content
        try:
            status = await self._write_value(node, content)
        except LinkError as error:
            return Unknown(f"the link broke during the write ({error})")
        answer = quality_of_status(status.value)
        if answer in _NOBODY_KNOWS:
            return Unknown(f"{self._device.name} answered {status.name}")
        if severity_of(answer) is Severity.BAD:
            return Refused(f"{self._device.name} answered {status.name}")
        return await self._confirm(channel, node, content, value)

    async def _type_of(self, node: ua.NodeId) -> ua.VariantType | None:
        """Type of the present value, or the declared one of a node that has none yet."""
        present = (await self._read_values([node]))[0].Value
        if present is not None and present.VariantType is not ua.VariantType.Null:
            return present.VariantType
        declared = (await self._read_values([node], AttributeIds.DataType))[0].Value
        return built_in_type(declared.Value if declared is not None else None)

    async def _write_value(self, node: ua.NodeId, content: ua.Variant) -> ua.StatusCode:
        client = self._session()
        request = client.uaclient.write_attributes([node], [ua.DataValue(content)])
        return (await self._within_deadline(client, request))[0]

    async def _confirm(
        self,
        channel: Channel[OpcUaAddress],
        node: ua.NodeId,
        content: ua.Variant,
        value: float,
    ) -> WriteOutcome:
        async def shown() -> float | Unknown:
            sample = convert((await self._read_values([node]))[0])
            if severity_of(sample.quality) is Severity.BAD:
                return Unknown(f"written, but {channel.signal} reads bad since")
            return scaled(sample.value, channel.scale, channel.offset)

        wanted = scaled(float(content.Value), channel.scale, channel.offset)
        return await confirm(shown, wanted, value, self._device.timeout_s)


def _node_id(channel: Channel[OpcUaAddress], namespace: int) -> ua.NodeId:
    identifier = channel.address.identifier
    try:
        return ua.NodeId.from_string(f"ns={namespace};{identifier}")
    except UaStringParsingError as error:
        raise UnreadableAddressError(
            f"{channel.signal}: {identifier!r} is no node identifier; expected e.g. "
            "'s=outlet.pressure', 'i=1001' or 'g=' with a GUID"
        ) from error
