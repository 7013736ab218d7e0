"""The devices page: does everything answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.ports import DeviceRow
    from console.wording import Wording


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device in words; ``abnormal`` when its link is down or nothing came for long."""

    name: str
    protocol: str
    address: str
    connected: bool
    reason: str
    points: int
    age: str
    errors: str
    skipped: int


def device_lines(
    devices: Iterable[DeviceRow], now_ns: int, wording: Wording
) -> tuple[DeviceLine, ...]:
    """All devices, those that are down first.

    Args:
        devices: how each answers.
        now_ns: city time.
        wording: in which language.
    """
    return tuple(
        DeviceLine(
            name=d.name,
            protocol=d.protocol,
            address=d.address,
            connected=d.connected,
            reason=d.reason,
            points=d.points,
            age=wording.age(None if d.last_ns is None else max(0, now_ns - d.last_ns) / SECOND),
            errors=by_reason(d.errors, wording),
            skipped=d.skipped,
        )
        for d in sorted(devices, key=lambda d: (d.connected, d.protocol, d.name))
    )


def by_reason(counts: Mapping[str, int], wording: Wording) -> str:
    """Counts with their reasons, most first: ``no answer 12, link down 3``."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    comma = wording("script.comma")
    return comma.join(f"{wording.error(reason)} {count:,}" for reason, count in ordered if count)
