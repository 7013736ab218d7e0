"""All faces of the city together: started, refreshed, broken, and stopped."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from simulators.broker import serve_broker
from simulators.endpoints import LOOPBACK, Endpoints, Ports, opcua_socket
from simulators.errors import FaultTargetError
from simulators.faces.meters import MeterFleet
from simulators.faces.modbus import ModbusFace
from simulators.faces.opcua import OpcUaFace
from simulators.faces.publisher import MeterPublisher
from simulators.faces.standard_nodes import StandardNodes
from simulators.faults import (
    ClockSkew,
    DeadSlave,
    Duplicate,
    FaceFault,
    HalfOpen,
    Late,
    WrongWordOrder,
)
from simulators.script import did_you_mean
from telemetry.devices import Device, ModbusDevice, MqttSource, OpcUaDevice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from simulators.city import MeterTotals
    from simulators.instruments import Instruments
    from simulators.settings import SimulationSettings


@dataclass(slots=True, eq=False)
class Faces:
    """The faces that serve, by device name where a fault may name them."""

    instruments: Instruments
    modbus: dict[str, ModbusFace] = field(default_factory=dict)
    opcua: dict[str, OpcUaFace] = field(default_factory=dict)
    meters: dict[str, MeterFleet] = field(default_factory=dict)
    publishers: dict[str, MeterPublisher] = field(default_factory=dict)

    async def refresh(self, now_ns: int) -> None:
        """Show what the instruments show; Modbus units do so when they are asked."""
        for works in self.opcua.values():
            await works.refresh(now_ns)
        for name, fleet in self.meters.items():
            self.publishers[name].send(fleet.due(now_ns))

    def check(self, fault: FaceFault) -> None:
        """Raise :class:`FaultTargetError` unless the fault's target is a face it can act on."""
        known = sorted(self._targets(fault))
        if fault.target not in known:
            raise FaultTargetError(
                f"{fault.kind} acts on one of {', '.join(known) or 'no device of this city'}, "
                f"not on {fault.target!r}{did_you_mean(fault.target, known)}"
            )

    def _targets(self, fault: FaceFault) -> Iterator[str]:
        match fault:
            case DeadSlave() | HalfOpen() | WrongWordOrder():
                yield from self.modbus
            case ClockSkew():
                yield from self.opcua
                yield from self.meters
            case Duplicate() | Late():
                yield from self.meters
            case _:
                assert_never(fault)

    def apply(self, fault: FaceFault) -> None:
        """Let a checked fault begin."""
        match fault:
            case DeadSlave() | HalfOpen() | WrongWordOrder():
                self.modbus[fault.target].apply(fault)
            case ClockSkew() if fault.target in self.opcua:
                self.opcua[fault.target].apply(fault)
            case ClockSkew() | Duplicate() | Late():
                self.meters[fault.target].apply(fault)
            case _:
                assert_never(fault)

    def clear(self, fault: FaceFault) -> None:
        """End it."""
        match fault:
            case DeadSlave() | HalfOpen() | WrongWordOrder():
                self.modbus[fault.target].clear(fault)
            case ClockSkew() if fault.target in self.opcua:
                self.opcua[fault.target].clear(fault)
            case ClockSkew() | Duplicate() | Late():
                self.meters[fault.target].clear(fault)
            case _:
                assert_never(fault)


@asynccontextmanager
async def serve_faces(
    devices: Iterable[Device],
    instruments: Instruments,
    totals: MeterTotals,
    settings: SimulationSettings,
    *,
    now_ns: int,
    ports: Ports = Ports.CONFIGURED,
    own_broker: bool = True,
) -> AsyncIterator[tuple[Faces, Endpoints]]:
    """Serve all devices until the context is left.

    Args:
        devices: what to imitate.
        instruments: what the devices show; they must have looked at the city once.
        totals: what the meters remember.
        settings: how often meters report, and the seed.
        now_ns: city time.
        ports: where to listen.
        own_broker: run a broker at the meters' address; else one must run there already.

    Raises:
        DevicesError: the devices do not fit each other.
        FaceError: a port is taken.
    """
    async with AsyncExitStack() as stack:
        opening = _Opening(Faces(instruments), settings, ports, now_ns, stack)
        await opening.serve(tuple(devices), totals, own_broker=own_broker)
        await opening.faces.refresh(now_ns)
        yield opening.faces, Endpoints(opening.sockets, opening.urls)


def _endpoints(devices: Iterable[ModbusDevice]) -> list[list[ModbusDevice]]:
    """Devices by endpoint, in the order of their first."""
    groups: dict[tuple[str, int], list[ModbusDevice]] = {}
    for device in devices:
        groups.setdefault((device.host, device.port), []).append(device)
    return list(groups.values())


@dataclass(slots=True, eq=False)
class _Opening:
    """Faces while they are being opened; the stack closes them."""

    faces: Faces
    settings: SimulationSettings
    ports: Ports
    now_ns: int
    stack: AsyncExitStack
    sockets: dict[str, tuple[str, int]] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    async def serve(
        self, devices: tuple[Device, ...], totals: MeterTotals, *, own_broker: bool
    ) -> None:
        for group in _endpoints(d for d in devices if isinstance(d, ModbusDevice)):
            await self._modbus(group)
        works = [device for device in devices if isinstance(device, OpcUaDevice)]
        if works:
            standard = await asyncio.to_thread(StandardNodes)
            for device in works:
                await self._opcua(OpcUaFace(device, self.faces.instruments, standard))
        for source in (device for device in devices if isinstance(device, MqttSource)):
            await self._meters(source, totals, own_broker=own_broker)

    async def _modbus(self, group: list[ModbusDevice]) -> None:
        face = ModbusFace(group, self.faces.instruments)
        host, port = _listen_at(self.ports, group[0].host, group[0].port)
        bound = await face.start(host, port)
        self.stack.push_async_callback(face.stop)
        for device in group:
            self.faces.modbus[device.name] = face
            self.sockets[device.name] = (host, bound)

    async def _opcua(self, face: OpcUaFace) -> None:
        name = face.device.name
        host, port = _listen_at(self.ports, *opcua_socket(face.device))
        self.urls[name] = await face.start(host, port, self.now_ns)
        self.stack.push_async_callback(face.stop)
        self.faces.opcua[name] = face

    async def _meters(self, source: MqttSource, totals: MeterTotals, *, own_broker: bool) -> None:
        host, port = source.host, source.port
        if own_broker:
            host, port = _listen_at(self.ports, host, port)
            port = await self.stack.enter_async_context(serve_broker(host, port))
        publisher = MeterPublisher(source)
        publisher.start(host, port)
        self.stack.push_async_callback(publisher.stop)
        self.sockets[source.name] = (host, port)
        self.faces.publishers[source.name] = publisher
        self.faces.meters[source.name] = MeterFleet(
            source,
            self.faces.instruments,
            totals,
            report_s=self.settings.report_s,
            seed=self.settings.seed,
            start_ns=self.now_ns,
        )


def _listen_at(ports: Ports, host: str, port: int) -> tuple[str, int]:
    return (host, port) if ports is Ports.CONFIGURED else (LOOPBACK, 0)
