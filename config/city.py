"""A city, typed and checked: everything that the service is built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import UnknownSiteError
from config.problems import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from alarms.settings import AlarmSettings
    from collectors.settings import CollectorSettings
    from console.settings import ConsoleSettings
    from feed.settings import FeedSettings
    from historian.settings import HistorianSettings
    from simulators.settings import SimulationSettings
    from telemetry.devices import Device
    from telemetry.places import Site, Zone
    from telemetry.points import PointTable
    from telemetry.text import Text


@dataclass(frozen=True, slots=True)
class City:
    """One city's water supply, as its files describe it.

    Attributes:
        title: what the page is headed with.
        timezone: of the people who read it.
        zones, sites: in the order of the files.
        points: those of the spreadsheets first, then those of templates, device by device.
        devices: with their channels; conversion of units is folded into scale and offset.
        alarms: rules and channels; secrets are filled in and hidden from ``repr``.
        collectors, historian, console: how the rooms are to work.
        feed: None where nothing is published.
        simulation: None where nothing is simulated; the network's path is absolute.
        files: absolute paths of all files that were read, files of secrets left out.
    """

    title: Text
    timezone: ZoneInfo
    zones: tuple[Zone, ...]
    sites: tuple[Site, ...]
    points: PointTable
    devices: tuple[Device, ...]
    alarms: AlarmSettings
    collectors: CollectorSettings
    historian: HistorianSettings
    console: ConsoleSettings
    feed: FeedSettings | None
    simulation: SimulationSettings | None
    files: tuple[Path, ...]

    def site(self, name: str) -> Site:
        """The site of this name.

        Raises:
            UnknownSiteError: no such site; the message names the nearest one.
        """
        found = next((site for site in self.sites if site.name == name), None)
        if found is None:
            near = did_you_mean(name, (site.name for site in self.sites))
            raise UnknownSiteError("; ".join(filter(None, [f"no site is called {name!r}", near])))
        return found
