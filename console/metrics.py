"""``/metrics`` in Prometheus' text format, from a registry of the console's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from alarms.settings import Priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from console.context import Console
    from console.ports import DeviceRow
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
            age.add_metric(names, max(0, now_ns - device.last_ns) / 1e9)
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


def alarm_family(counts: Mapping[str, Mapping[str, int]]) -> Metric:
    """Open alarms by priority and state."""
    family = GaugeMetricFamily(
        "baotu_alarms", "Open alarms by priority and state.", labels=["priority", "state"]
    )
    for priority in Priority:
        for state, count in counts[str(priority.number)].items():
            family.add_metric([priority.value, state], count)
    return family
