"""Where things stand: zones of the network and sites in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry.text import Text


class SiteKind(StrEnum):
    """What a site is."""

    WORKS = "works"
    BOOSTER = "booster"
    RESERVOIR = "reservoir"
    PRESSURE_NODE = "pressure_node"
    QUALITY_STATION = "quality_station"
    METER_GROUP = "meter_group"


class Sampling(StrEnum):
    """Which water a quality point sees; limits of a standard differ by it.

    The four site kinds of drinking-water standards in China: 出厂水, 管网水, 末梢水, 二次供水;
    raw water (原水) has its own standard.
    """

    WORKS = "works"
    NETWORK = "network"
    END = "end"
    SECONDARY = "secondary"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Zone:
    """A pressure zone of the network."""

    name: str
    title: Text


@dataclass(frozen=True, slots=True)
class Site:
    """A place with instruments.

    Attributes:
        name: first part of its points' names.
        zone: name of its pressure zone, or the empty string.
        x, y: map coordinates, metres in the network's own grid.
        elevation_m: height of the pressure instrument.
        meter_elevation_m: height of the most unfavourable customer meter served from here;
            the 表前 (before-the-meter) pressure is the node's reading carried to this height.
        meter_loss_mpa: head loss between node and meter, MPa.
        sampling: which water its quality instruments see, or None.
    """

    name: str
    kind: SiteKind
    title: Text
    zone: str
    x: float
    y: float
    elevation_m: float = 0.0
    meter_elevation_m: float | None = None
    meter_loss_mpa: float = 0.0
    sampling: Sampling | None = None
