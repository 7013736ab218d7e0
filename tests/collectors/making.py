"""Points, channels and devices for the collectors' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry.addresses import parse_modbus_address, parse_mqtt_address, parse_opcua_address
from telemetry.devices import Channel, ModbusDevice, MqttSource, OpcUaDevice
from telemetry.kinds import Kind
from telemetry.points import Point, PointTable
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry.addresses import ModbusAddress
    from telemetry.batch import Batch

TIMEOUT_S = 0.3
NAMESPACE = "urn:baotu:test:works"


def wide_points(count: int) -> PointTable:
    """Points whose range takes any 32-bit number."""
    return PointTable(
        Point(f"site.p{i}", Kind.COUNT, Text("点", "point"), "site", -1e39, 1e39, writable=True)
        for i in range(count)
    )


def pressure_points(count: int) -> PointTable:
    """Writable pressures, -0.1 to 2.5 MPa."""
    return PointTable(
        Point(
            f"site.p{i}", Kind.PRESSURE, Text("压力", "pressure"), "site", -0.1, 2.5, writable=True
        )
        for i in range(count)
    )


def registers(*addresses: str, scale: float = 1.0) -> tuple[Channel[ModbusAddress], ...]:
    """Writable channels at these addresses, points numbered from 0."""
    return tuple(
        Channel(i, f"p{i}", parse_modbus_address(text), scale, writable=True)
        for i, text in enumerate(addresses)
    )


def station(
    port: int,
    channels: tuple[Channel[ModbusAddress], ...],
    *,
    name: str = "lvyou",
    unit: int = 1,
    poll_s: float = 1.0,
    timeout_s: float = TIMEOUT_S,
    sentinels: Mapping[str, tuple[int, ...]] | None = None,
) -> ModbusDevice:
    """A Modbus device on loopback."""
    return ModbusDevice(name, "127.0.0.1", port, unit, poll_s, timeout_s, channels, sentinels or {})


def works(port: int, *identifiers: str, timeout_s: float = 2.0) -> OpcUaDevice:
    """An OPC UA server on loopback."""
    channels = tuple(
        Channel(i, text, parse_opcua_address(f"nsu={NAMESPACE};{text}"), writable=True)
        for i, text in enumerate(identifiers)
    )
    return OpcUaDevice("donghu", f"opc.tcp://127.0.0.1:{port}/works", 1.0, timeout_s, channels)


def meters(port: int, *addresses: str, client_id: str = "baotu-test") -> MqttSource:
    """Meters behind a broker on loopback; by default the total and the flow of M0001."""
    texts = addresses or ("M0001 total_m3", "M0001 flow_m3h")
    channels = tuple(Channel(i, f"p{i}", parse_mqtt_address(text)) for i, text in enumerate(texts))
    return MqttSource("meters", "127.0.0.1", port, "meters/{sender}/up", channels, client_id)


def by_point(batch: Batch) -> dict[int, tuple[float, int]]:
    """Value and quality of each point of a batch with one sample a point."""
    return {
        int(point): (float(value), int(quality))
        for point, value, quality in zip(batch.point, batch.value, batch.quality, strict=True)
    }
