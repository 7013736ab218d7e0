"""What the console asks of the rest of the house; ``service/`` fills it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from historian.queries import BucketQuery, Buckets, RangeQuery, Series
    from records.access import AccessEnded, Denied, Identity, LockedOut, Role, Session
    from records.alarm_rows import AlarmFilter, AlarmRow
    from records.paging import Page
    from telemetry.accounting import Accounting
    from telemetry.batch import Batch
    from telemetry.bus import Bus
    from telemetry.clock import Clock
    from telemetry.places import Site, Zone
    from telemetry.points import PointTable
    from telemetry.text import Text


@dataclass(frozen=True, slots=True)
class Band:
    """Where a point's value is normal, in its canonical unit; None means no limit there."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe for the map, as a line between two places of the sites' grid, metres."""

    x1: float
    y1: float
    x2: float
    y2: float
    diameter_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """How one device answers.

    Attributes:
        name, protocol, address: which device, e.g. ``lvyou``, ``modbus``, ``127.0.0.1:15101``.
        connected: whether its link stands.
        points: points it carries.
        last_ns: city time of its last good reading, or None when never.
        errors: failed requests by reason since the start.
        skipped: polls left out because the device was late.
        reason: why the link is down, in one sentence, or the empty string.
    """

    name: str
    protocol: str
    address: str
    connected: bool
    points: int
    last_ns: int | None
    errors: Mapping[str, int]
    skipped: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CityPlan:
    """What stands still while the service runs: names, places, points and their limits.

    Attributes:
        title: of the city or utility.
        timezone: of every time shown.
        bands: normal limits by point name, from the alarm rules.
        pipes: drawn faintly below the map's sites; may be empty.
    """

    title: Text
    timezone: ZoneInfo
    points: PointTable
    zones: Sequence[Zone]
    sites: Sequence[Site]
    bands: Mapping[str, Band] = field(default_factory=dict)
    pipes: Sequence[Pipe] = ()
