"""Zones and sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from config.checking import checked
from config.entries import SiteEntry
from config.origins import Origin
from config.problems import did_you_mean
from telemetry.places import Site, Zone
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.entries import ZoneEntry
    from config.problems import Problems
    from config.spreadsheets import Sheet
    from config.tables import Located

SITE_COLUMNS = tuple(SiteEntry.model_fields)
SITE_COLUMNS_NEEDED = tuple(k for k, f in SiteEntry.model_fields.items() if f.is_required())
_SITE = TypeAdapter(SiteEntry)


def build_zones(entries: Iterable[Located[ZoneEntry]], problems: Problems) -> dict[str, Zone]:
    """The zones by name."""
    zones: dict[str, Zone] = {}
    for located in entries:
        entry, origin = located.value, located.origin
        if entry.name in zones:
            origin.complain(problems, "stands twice; a zone's name is unique", "name")
        zones[entry.name] = Zone(entry.name, entry.title)
    return zones


def build_sites(sheet: Sheet, zones: Mapping[str, Zone], problems: Problems) -> dict[str, Site]:
    """The sites by name."""
    sites: dict[str, Site] = {}
    for index, row in enumerate(sheet.rows):
        origin = Origin(sheet, (index,), f"site {row.get('name', index + 1)!r}")
        entry = checked(_SITE, row, origin, problems)
        if entry is None:
            continue
        if entry.name in sites:
            origin.complain(problems, "stands twice; a site's name is unique")
        if entry.zone and entry.zone not in zones:
            hint = did_you_mean(entry.zone, zones)
            origin.complain(problems, f"zone {entry.zone!r} is unknown", hint=hint)
        sites[entry.name] = _site(entry)
    return sites


def _site(entry: SiteEntry) -> Site:
    return Site(
        name=entry.name,
        kind=entry.kind,
        title=Text(entry.title_zh, entry.title_en),
        zone=entry.zone,
        x=entry.x,
        y=entry.y,
        elevation_m=entry.elevation_m,
        meter_elevation_m=entry.meter_elevation_m,
        meter_loss_mpa=entry.meter_loss_mpa,
        sampling=entry.sampling,
    )
