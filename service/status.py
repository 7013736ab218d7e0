"""How the service stands, for the page and for those who watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, assert_never

from console.ports import DeviceRow, HistoryState, Readiness, SinkCondition, SinkRow
from telemetry.devices import Device, ModbusDevice, MqttSource, OpcUaDevice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarms.engine import AlarmEngine
    from collectors.health import DeviceStatus
    from historian.journal.figures import JournalFigures
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


class StoredFigures(Protocol):
    """What an embedded store says of its files."""

    @property
    def bytes(self) -> int:
        """On disk."""
        ...

    @property
    def segments(self) -> int:
        """Files that questions are answered from."""
        ...

    @property
    def quarantined(self) -> int:
        """Files set aside because they are damaged."""
        ...


def history_state(
    journal: JournalFigures,
    sinks: Iterable[SinkRow],
    stored: StoredFigures | None = None,
    backup_ns: int | None = None,
) -> HistoryState:
    """How the journal and the stores behind it stand.

    Args:
        journal: its figures.
        sinks: the stores that it feeds.
        stored: of the embedded store, where there is one.
        backup_ns: city time of the last backup, if one is known.
    """
    return HistoryState(
        journal_bytes=journal.bytes,
        journal_most_bytes=journal.most_bytes,
        seconds_left=journal.seconds_left,
        reserve_whole=journal.reserve_whole,
        stored_bytes=None if stored is None else stored.bytes,
        segments=None if stored is None else stored.segments,
        quarantined=0 if stored is None else stored.quarantined,
        sinks=tuple(sinks),
        backup_ns=backup_ns,
    )


def sink_row(
    name: str, journal: JournalFigures, problem: str | None = None, *, refused: bool = False
) -> SinkRow:
    """A store behind the journal, as the page shows it.

    Args:
        name: its reader in the journal is ``store:<name>``.
        journal: the journal's figures.
        problem: why it takes no readings just now, None while it does.
        refused: the problem does not go away by itself, e.g. a wrong token.
    """
    trouble = SinkCondition.REFUSED if refused else SinkCondition.RETRYING
    return SinkRow(
        name=name,
        condition=trouble if problem else SinkCondition.OK,
        reason=problem or "",
        waiting=journal.waiting.get(f"store:{name}", 0),
    )


def readiness(
    engine: AlarmEngine, journal: Journal, records: Records, sinks: Iterable[SinkRow] = ()
) -> Readiness:
    """Whether the service can do its work: take readings, keep them, and ring.

    A store that is away for a while is no reason to be unready, for the journal holds what it
    misses; one that refuses needs a person.
    """
    return Readiness(
        {
            "alarms": _alarms_not_ready(engine),
            "journal": _journal_not_ready(journal),
            "records": records.problem() or "",
            **{f"store:{sink.name}": _refusal(sink) for sink in sinks},
        }
    )


def _refusal(sink: SinkRow) -> str:
    return sink.reason if sink.condition is SinkCondition.REFUSED else ""


def _alarms_not_ready(engine: AlarmEngine) -> str:
    if not engine.ready.is_set():
        return "the alarm engine is still recovering"
    return engine.problem or ""


def _journal_not_ready(journal: Journal) -> str:
    figures = journal.figures()
    if figures.bytes >= figures.most_bytes:
        return "the journal is full: free disk space, or raise [historian] journal_mib"
    if not figures.reserve_whole:
        return "the disk is full and the journal lives on its reserve: free disk space"
    return journal.problem or ""
