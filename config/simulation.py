"""What the simulation needs: a network file inside the folder that has the stations' nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.problems import did_you_mean
from telemetry.places import SiteKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.origins import Origin
    from config.reading import CityFolder
    from config.roster import Roster
    from simulators.settings import SimulationSettings
    from telemetry.places import Site

MOST_NETWORK_BYTES = 64 << 20
_NODE_SECTIONS = ("[JUNC", "[RESE", "[TANK")


def check_simulation(
    settings: SimulationSettings,
    sites: Roster[Site],
    folder: CityFolder,
    origin: Origin,
) -> SimulationSettings:
    """The settings with the network's path made absolute.

    Args:
        settings: as they stand in the file.
        sites: by name.
        folder: the city's; the network must stand in it.
        origin: of the ``[simulation]`` table.
    """
    path = folder.inside(str(settings.network), origin.place("network"))
    if path is None:
        return settings
    content = folder.read(
        path.relative_to(folder.root), MOST_NETWORK_BYTES, origin.place("network")
    )
    nodes = None if content is None else set(network_nodes(content.decode("utf-8", "replace")))
    _check_stations(settings, sites, nodes, folder, origin)
    return settings.model_copy(update={"network": path})


def network_nodes(text: str) -> Iterator[str]:
    """Names of the nodes of an EPANET file.

    Sections are known by their first letters, in any case, as EPANET itself does.
    """
    inside = False
    for line in text.splitlines():
        words = line.partition(";")[0].split()
        if words and words[0].startswith("["):
            inside = words[0].upper().startswith(_NODE_SECTIONS)
        elif words and inside:
            yield words[0]


def _check_stations(
    settings: SimulationSettings,
    sites: Roster[Site],
    nodes: set[str] | None,
    folder: CityFolder,
    origin: Origin,
) -> None:
    stations = [n for n, s in sites.known.items() if s.kind is SiteKind.QUALITY_STATION]
    for name, node in settings.stations.items():
        if sites.sound and name not in stations:
            what = f"station {name!r} is no site of kind quality_station"
            hint = did_you_mean(name, stations)
            origin.complain(folder.problems, what, "stations", name, hint=hint)
        if nodes is not None and node not in nodes:
            what = f"station {name!r} sees node {node!r}, which the network does not have"
            hint = did_you_mean(node, nodes)
            origin.complain(folder.problems, what, "stations", name, hint=hint)
    for name in stations:
        if name not in settings.stations:
            origin.complain(folder.problems, f"station {name!r} sees no node", "stations")
