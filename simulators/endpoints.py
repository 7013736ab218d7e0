"""Where the simulated devices really answer, and devices that are told so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

from simulators.errors import DevicesError
from telemetry.devices import Device, ModbusDevice, MqttSource, OpcUaDevice

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOPBACK = "127.0.0.1"
OPCUA_PORT = 4840


class Ports(Enum):
    """Which ports the faces listen on."""

    CONFIGURED = auto()  # those of the devices, for any SCADA
    AUTO = auto()  # free ones on loopback, so that many cities fit on one machine


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where each device answers.

    Attributes:
        sockets: host and port of Modbus devices and of the broker, by device name.
        urls: of OPC UA servers, by device name.
    """

    sockets: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)

    def repoint(self, devices: Iterable[Device]) -> tuple[Device, ...]:
        """The same devices, to be reached where they really answer."""
        return tuple(self._repointed(device) for device in devices)

    def _repointed(self, device: Device) -> Device:
        match device:
            case OpcUaDevice():
                return replace(device, url=self.urls.get(device.name, device.url))
            case ModbusDevice() | MqttSource():
                host, port = self.sockets.get(device.name, (device.host, device.port))
                return replace(device, host=host, port=port)
            case _:
                assert_never(device)


def opcua_socket(device: OpcUaDevice) -> tuple[str, int]:
    """Host and port of an OPC UA device.

    Raises:
        DevicesError: the URL names no host or no proper port.
    """
    try:
        parts = urlsplit(device.url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None:
        raise DevicesError(
            f"the device {device.name!r} has the URL {device.url!r}: "
            "expected opc.tcp://host:port/path"
        )
    return host, OPCUA_PORT if port is None else port
