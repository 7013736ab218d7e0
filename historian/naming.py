"""What a point is called where series have a measurement and tags.

The same in InfluxDB, in the InfluxQL subset and in line protocol files, so that every dashboard
is written once: the measurement is the point's kind, the tags say where it is, the fields are
``value`` and ``quality``. A BAD sample has no ``value``, so no aggregate ever contains one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from telemetry.places import Site
    from telemetry.points import Point

VALUE = "value"
"""Field: the value in the canonical unit, float; absent where the sample is BAD."""

QUALITY = "quality"
"""Field: the quality byte of :mod:`telemetry.quality`, integer; always there."""

TAG_KEYS = ("device", "point", "site", "zone")
"""All tag keys, sorted; a tag that would be empty is left out."""


@dataclass(frozen=True, slots=True)
class SeriesName:
    """Measurement and tags of one point.

    Attributes:
        measurement: the point's kind, e.g. ``pressure``.
        site: first part of the point's name.
        device: the middle part of ``site.device.signal``; the empty string where there is none.
        point: the whole name.
        zone: pressure zone of the site, or the empty string.
    """

    measurement: str
    site: str
    device: str
    point: str
    zone: str

    def tag(self, key: str) -> str:
        """Value of a tag; the empty string where it is left out, and for keys that are no tag."""
        return str(getattr(self, key)) if key in TAG_KEYS else ""

    def tags(self) -> dict[str, str]:
        """The tags that are written, by key, sorted as InfluxDB wants them."""
        return {key: value for key in TAG_KEYS if (value := self.tag(key))}


def series_names(points: Iterable[Point], sites: Mapping[str, Site]) -> tuple[SeriesName, ...]:
    """The series of each point, in the order of the points.

    Args:
        points: usually the point table.
        sites: by name; a point of an unknown site has no zone.
    """
    return tuple(_name_of(point, sites) for point in points)


def _name_of(point: Point, sites: Mapping[str, Site]) -> SeriesName:
    parts = point.name.split(".")
    site = sites.get(point.site)
    return SeriesName(
        measurement=point.kind.value,
        site=point.site,
        device=".".join(parts[1:-1]),
        point=point.name,
        zone=site.zone if site else "",
    )
