"""What the dashboards are made from: the city, without its configuration files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alarms.settings import Rule
    from telemetry.places import Site, Zone
    from telemetry.points import PointTable
    from telemetry.text import Text


@dataclass(frozen=True, slots=True, eq=False)
class DashboardPlan:
    """Everything that shows on a dashboard.

    Attributes:
        title: of the city.
        timezone: name of the zone its people live in, e.g. ``Asia/Shanghai``.
        zones, sites: in the order in which people know them.
        points: all points.
        rules: limits with their sources; other rules are not drawn.
        poll_s: seconds between two readings of a point, by name, where it is polled.
    """

    title: Text
    timezone: str
    zones: tuple[Zone, ...]
    sites: tuple[Site, ...]
    points: PointTable
    rules: tuple[Rule, ...]
    poll_s: Mapping[str, float] = field(default_factory=dict)
