"""``/metrics`` in Prometheus' text format, from a registry of the console's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from alarms.settings import Priority
from console.ports import SinkCondition
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from console.context import Console
    from console.ports import DeviceRow, HistoryState, SinkRow
    from telemetry.accounting import PathFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(console: Console) -> bytes:
    """All figures of the service at this moment."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(console))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, console: Console) -> None:
        self._console = console

    def collect(self) -> Iterator[Metric]:
        """Every family, measured now."""
        console = self._console
        yield from path_families(console.ports.accounting.figures())
        yield from device_families(console.ports.devices(), console.ports.clock.now())
        yield bus_family(console.ports.bus_losses())
        state = console.ports.history()
        yield from history_families(state, console.ports.clock.now())
        yield from sink_families(state.sinks)
        yield alarm_family(console.board.counts())
        screens = GaugeMetricFamily("baotu_screens", "Pages connected to the live socket.")
        screens.add_metric([], console.hub.screens)
        yield screens


def path_families(paths: Mapping[str, PathFigures]) -> Iterator[Metric]:
    """The accounting identity of every path, in samples."""
    received = CounterMetricFamily(
        "baotu_samples_received", "Samples that came in, by path.", labels=["path"]
    )
    stored = CounterMetricFamily(
        "baotu_samples_stored", "Samples that reached the end of the path.", labels=["path"]
    )
    waiting = GaugeMetricFamily(
        "baotu_samples_buffered", "Samples that wait on the path.", labels=["path"]
    )
    rejected = CounterMetricFamily(
        "baotu_samples_rejected", "Samples refused for what they are.", labels=["path", "reason"]
    )
    dropped = CounterMetricFamily(
        "baotu_samples_dropped", "Good samples that were not kept.", labels=["path", "reason"]
    )
    for name, path in paths.items():
        received.add_metric([name], path.received)
        stored.add_metric([name], path.stored)
        waiting.add_metric([name], path.buffered)
        _by_reason(rejected, name, path.rejected)
        _by_reason(dropped, name, path.dropped)
    yield from (received, stored, waiting, rejected, dropped)


def _by_reason(family: CounterMetricFamily, name: str, counts: Mapping[str, int]) -> None:
    for reason, count in counts.items():
        family.add_metric([name, reason], count)


def device_families(devices: Iterable[DeviceRow], now_ns: int) -> Iterator[Metric]:
    """Connection, age and errors of every device."""
    labels = ["device", "protocol"]
    connected = GaugeMetricFamily(
        "baotu_device_connected", "1 while the link stands.", labels=labels
    )
    age = GaugeMetricFamily(
        "baotu_device_age_seconds", "City time since the last good reading.", labels=labels
    )
    skipped = CounterMetricFamily("baotu_device_polls_skipped", "Polls left out.", labels=labels)
    errors = CounterMetricFamily(
        "baotu_device_errors", "Bad samples by reason.", labels=[*labels, "reason"]
    )
    for device in devices:
        names = [device.name, device.protocol]
        connected.add_metric(names, int(device.connected))
        skipped.add_metric(names, device.skipped)
        if device.last_ns is not None:
            age.add_metric(names, max(0, now_ns - device.last_ns) / SECOND)
        for reason, count in device.errors.items():
            errors.add_metric([*names, reason], count)
    yield from (connected, age, skipped, errors)


def bus_family(losses: Mapping[str, int]) -> Metric:
    """Messages lost to full queues."""
    family = CounterMetricFamily(
        "baotu_bus_messages_lost", "Messages lost to a full queue.", labels=["subscription"]
    )
    for name, lost in losses.items():
        family.add_metric([name], lost)
    return family


def history_families(state: HistoryState, now_ns: int) -> Iterator[Metric]:
    """Journal and embedded store; what is not known is left out."""
    figures: list[tuple[str, str, float | None]] = [
        ("journal_bytes", "Bytes of the journal on disk.", state.journal_bytes),
        ("journal_most_bytes", "Bytes that the journal may have.", state.journal_most_bytes),
        (
            "journal_seconds_left",
            "The journal holds out so long if stores take nothing; absent when not growing.",
            state.seconds_left,
        ),
        (
            "reserve_whole",
            "1 while the disk space set aside for alarms is there.",
            int(state.reserve_whole),
        ),
        ("store_bytes", "Bytes that the embedded store keeps.", state.stored_bytes),
        ("store_segments", "Files of the embedded store.", state.segments),
        ("quarantined_files", "Files set aside as damaged.", state.quarantined),
        (
            "backup_age_seconds",
            "City time since the last backup; absent when none is known.",
            None if state.backup_ns is None else max(0, now_ns - state.backup_ns) / SECOND,
        ),
    ]
    for name, meaning, value in figures:
        if value is not None:
            family = GaugeMetricFamily(f"baotu_{name}", meaning)
            family.add_metric([], value)
            yield family


def sink_families(sinks: Iterable[SinkRow]) -> Iterator[Metric]:
    """Every store that the journal feeds."""
    condition = GaugeMetricFamily(
        "baotu_sink_condition", "1 for the condition it is in.", labels=["sink", "condition"]
    )
    waiting = GaugeMetricFamily(
        "baotu_sink_waiting_samples", "Samples that it does not have yet.", labels=["sink"]
    )
    behind = GaugeMetricFamily(
        "baotu_sink_behind_seconds", "City time that it is behind the journal.", labels=["sink"]
    )
    for sink in sinks:
        for each in SinkCondition:
            condition.add_metric([sink.name, each.value], int(sink.condition is each))
        waiting.add_metric([sink.name], sink.waiting)
        if sink.behind_s is not None:
            behind.add_metric([sink.name], sink.behind_s)
    yield from (condition, waiting, behind)


def alarm_family(counts: Mapping[str, Mapping[str, int]]) -> Metric:
    """Open alarms by priority and state."""
    family = GaugeMetricFamily(
        "baotu_alarms", "Open alarms by priority and state.", labels=["priority", "state"]
    )
    for priority in Priority:
        for state, count in counts[str(priority.number)].items():
            family.add_metric([priority.value, state], count)
    return family
