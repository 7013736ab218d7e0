"""Which link reads which device: the one place that knows all protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from collectors.modbus.link import ModbusLink
from collectors.mqtt.link import MqttLink
from collectors.opcua.link import OpcUaLink
from telemetry.devices import ModbusDevice, MqttSource, OpcUaDevice

if TYPE_CHECKING:
    from collectors.link import Link
    from collectors.modbus.gateway import Gateways
    from collectors.settings import CollectorSettings
    from telemetry.clock import Clock
    from telemetry.devices import Device
    from telemetry.points import PointTable


def open_link(
    device: Device,
    points: PointTable,
    clock: Clock,
    gateways: Gateways,
    settings: CollectorSettings,
) -> Link:
    """The link of a device, not yet connected.

    Args:
        device: where it is and what it carries.
        points: physical ranges and names.
        clock: stamps what is read.
        gateways: Modbus endpoints, shared by the units behind them.
        settings: of all protocols.

    Raises:
        UnreadableAddressError: an address that the protocol cannot read.
    """
    match device:
        case ModbusDevice():
            gateway = gateways.at(device.host, device.port)
            return ModbusLink(device, points, clock, gateway, settings.modbus)
        case OpcUaDevice():
            return OpcUaLink(device, points, clock, settings.opcua)
        case MqttSource():
            return MqttLink(device, points, clock, settings.mqtt)
        case _:
            assert_never(device)
