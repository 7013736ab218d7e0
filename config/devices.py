"""From device entries to devices; what two of them must not share."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from config.entries import ModbusEntry, MqttEntry, OpcUaEntry
from config.points import POLLS_UNTIL_STALE, Carrier, Wiring
from config.roster import Roster
from telemetry.devices import Device, ModbusDevice, MqttSource, OpcUaDevice, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from config.problems import Problems
    from config.tables import Listing, Located

AnyEntry = ModbusEntry | OpcUaEntry | MqttEntry


def carriers(listing: Listing[AnyEntry], problems: Problems) -> Roster[Carrier]:
    """The devices by name; complains about names and endpoints that stand twice."""
    found: Roster[Carrier] = Roster(broken=listing.broken, whole=listing.whole)
    taken: dict[Hashable, str] = {}
    for located in listing.entries:
        entry, origin = located.value, located.origin
        if entry.name in found.known:
            origin.complain(problems, "stands twice; a device's name is unique", "name")
            continue
        for what, endpoint in _endpoints(entry):
            if endpoint in taken:
                origin.complain(problems, f"{what} is that of device {taken[endpoint]!r} too")
            taken.setdefault(endpoint, entry.name)
        found.known[entry.name] = Carrier(entry.name, Protocol(entry.protocol), _expected_s(entry))
    return found


def _endpoints(entry: AnyEntry) -> Iterator[tuple[str, Hashable]]:
    match entry:
        case ModbusEntry(host=host, port=port, unit=unit):
            yield f"unit {unit} at {host}:{port}", ("modbus", host.lower(), port, unit)
        case OpcUaEntry(url=url):
            yield f"endpoint {url}", ("opcua", url.lower().rstrip("/"))
        case MqttEntry(host=host, port=port, topic=topic, client_id=client):
            broker = (host.lower(), port)
            yield f"topic {topic!r} at {host}:{port}", ("topic", broker, topic)
            # A broker closes the older of two connections with one client id.
            yield f"client_id {client!r} at {host}:{port}", ("client", broker, client)
        case _:
            assert_never(entry)


def _expected_s(entry: AnyEntry) -> float:
    if isinstance(entry, MqttEntry):
        return entry.expected_s
    return POLLS_UNTIL_STALE * entry.poll_s


def build_devices(
    entries: Iterable[Located[AnyEntry]], wiring: Wiring, problems: Problems
) -> tuple[Device, ...]:
    """The devices with their channels; complains about devices that carry no point."""
    devices = []
    for located in entries:
        if wiring.complete and not wiring.channels.get(located.value.name):
            located.origin.complain(problems, "carries no point")
        devices.append(_device(located.value, wiring))
    return tuple(devices)


def _device(entry: AnyEntry, wiring: Wiring) -> Device:
    channels = wiring.channels.get(entry.name, ())
    match entry:
        case ModbusEntry():
            return ModbusDevice(
                name=entry.name,
                host=entry.host,
                port=entry.port,
                unit=entry.unit,
                poll_s=entry.poll_s,
                timeout_s=entry.timeout_s,
                channels=channels,
                sentinels={s: w for s, w in wiring.sentinels.get(entry.name, {}).items() if w},
            )
        case OpcUaEntry():
            return OpcUaDevice(entry.name, entry.url, entry.poll_s, entry.timeout_s, channels)
        case MqttEntry():
            return MqttSource(
                name=entry.name,
                host=entry.host,
                port=entry.port,
                topic=entry.topic,
                channels=channels,
                client_id=entry.client_id,
                username=entry.username,
                password=entry.password,
            )
        case _:
            assert_never(entry)
