"""What stands in the field: devices, how they are reached, and which points they carry.

A device only says *where* things are; how they are read is the collectors' business and how
they are imitated is the simulators'.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from telemetry.addresses import Address, ModbusAddress, MqttAddress, OpcUaAddress

if TYPE_CHECKING:
    from collections.abc import Mapping

A = TypeVar("A", bound=Address)


class Protocol(StrEnum):
    """The protocols that devices speak."""

    MODBUS = "modbus"
    OPCUA = "opcua"
    MQTT = "mqtt"


@dataclass(frozen=True, slots=True)
class Channel(Generic[A]):
    """One point of a device: its address and how the raw number becomes the canonical unit.

    ``canonical = raw × scale + offset`` (the unit conversion is folded in by config/).

    Attributes:
        point: index into the point table.
        signal: the point's name without the site, e.g. ``pump1.power``.
        address: where it stands.
        writable: whether a write may be sent to it at all.
    """

    point: int
    signal: str
    address: A
    scale: float = 1.0
    offset: float = 0.0
    writable: bool = False


@dataclass(frozen=True, slots=True)
class ModbusDevice:
    """A Modbus unit behind a TCP endpoint; several units may share one endpoint (a gateway).

    Attributes:
        name: unique among devices, e.g. ``lvyou``.
        host, port, unit: where it answers.
        poll_s: seconds between reads.
        timeout_s: total deadline of one request.
        sentinels: raw 16-bit words that mean "no value", per signal.
    """

    name: str
    host: str
    port: int
    unit: int
    poll_s: float
    timeout_s: float
    channels: tuple[Channel[ModbusAddress], ...]
    sentinels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    protocol: Protocol = Protocol.MODBUS


@dataclass(frozen=True, slots=True)
class OpcUaDevice:
    """An OPC UA server.

    Attributes:
        name: unique among devices, e.g. ``donghu``.
        url: ``opc.tcp://host:port/path``.
        poll_s: seconds between reads.
        timeout_s: total deadline of one request.
    """

    name: str
    url: str
    poll_s: float
    timeout_s: float
    channels: tuple[Channel[OpcUaAddress], ...]
    protocol: Protocol = Protocol.OPCUA


@dataclass(frozen=True, slots=True)
class MqttSource:
    """Meters that publish to a broker.

    Attributes:
        name: unique among devices, e.g. ``meters``.
        host, port: the broker.
        topic: with ``{sender}`` where the meter's id stands, e.g. ``meters/{sender}/up``.
        username: and the password's secret, where the broker wants them.
        client_id: stands for our persistent session at the broker.
    """

    name: str
    host: str
    port: int
    topic: str
    channels: tuple[Channel[MqttAddress], ...]
    client_id: str = "baotu"
    username: str = ""
    password: str = field(default="", repr=False)
    protocol: Protocol = Protocol.MQTT


Device = ModbusDevice | OpcUaDevice | MqttSource
