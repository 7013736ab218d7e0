"""How the service stands, for the page and for those who watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from console.ports import DeviceRow, Readiness
from telemetry.devices import Device, ModbusDevice, MqttSource, OpcUaDevice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarms.engine import AlarmEngine
    from collectors.health import DeviceStatus
    from historian.journal.journal import Journal
    from records.opening import Records


def address_of(device: Device) -> str:
    """Where a device is reached, as people write it."""
    match device:
        case ModbusDevice(host=host, port=port, unit=unit):
            return f"{host}:{port} unit {unit}"
        case MqttSource(host=host, port=port, topic=topic):
            return f"{host}:{port} {topic.replace('{sender}', '+')}"
        case OpcUaDevice(url=url):
            return url
        case _:
            assert_never(device)


def device_rows(devices: Iterable[Device], status: Iterable[DeviceStatus]) -> list[DeviceRow]:
    """The collectors' figures as the page shows them."""
    addresses = {device.name: address_of(device) for device in devices}
    return [
        DeviceRow(
            name=one.name,
            protocol=one.protocol.value,
            address=addresses[one.name],
            connected=one.connected,
            points=one.points,
            last_ns=one.last_success_ns,
            errors=one.errors,
            skipped=one.skipped,
            reason=one.problem or "",
        )
        for one in status
    ]


def readiness(engine: AlarmEngine, journal: Journal, records: Records) -> Readiness:
    """Whether the service can do its work: take readings, keep them, and ring."""
    return Readiness(
        {
            "alarms": _alarms_not_ready(engine),
            "journal": _journal_not_ready(journal),
            "records": records.problem() or "",
        }
    )


def _alarms_not_ready(engine: AlarmEngine) -> str:
    if not engine.ready.is_set():
        return "the alarm engine is still recovering"
    return engine.problem or ""


def _journal_not_ready(journal: Journal) -> str:
    figures = journal.figures()
    if figures.bytes >= figures.most_bytes:
        return "the journal is full: free disk space, or raise [historian] journal_mib"
    return journal.problem or ""
