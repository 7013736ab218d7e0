"""Zones and sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from config.checking import checked
from config.entries import SiteEntry
from config.origins import Origin
from config.roster import Roster
from telemetry.places import Site, Zone
from telemetry.text import Text

if TYPE_CHECKING:
    from config.entries import ZoneEntry
    from config.problems import Problems
    from config.spreadsheets import Sheet
    from config.tables import Listing

SITE_COLUMNS = tuple(SiteEntry.model_fields)
SITE_COLUMNS_NEEDED = tuple(k for k, f in SiteEntry.model_fields.items() if f.is_required())
_SITE = TypeAdapter(SiteEntry)


def build_zones(listing: Listing[ZoneEntry], problems: Problems) -> Roster[Zone]:
    """The zones by name."""
    zones: Roster[Zone] = Roster(broken=listing.broken, whole=listing.whole)
    for located in listing.entries:
        entry, origin = located.value, located.origin
        if entry.name in zones.known:
            origin.complain(problems, "stands twice; a zone's name is unique", "name")
        zones.known[entry.name] = Zone(entry.name, entry.title)
    return zones


def build_sites(sheet: Sheet, zones: Roster[Zone], problems: Problems) -> Roster[Site]:
    """The sites by name."""
    sites: Roster[Site] = Roster(whole=sheet.whole)
    for index, row in enumerate(sheet.rows):
        origin = Origin(sheet, (index,), f"site {row.get('name', index + 1)!r}")
        entry = checked(_SITE, row, origin, problems)
        if entry is None:
            sites.broken.add(row.get("name", ""))
            continue
        if entry.name in sites.known:
            origin.complain(problems, "stands twice; a site's name is unique")
        if entry.zone and zones.lacks(entry.zone):
            hint = zones.hint(entry.zone)
            origin.complain(problems, f"zone {entry.zone!r} is unknown", hint=hint)
        sites.known[entry.name] = _site(entry)
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
