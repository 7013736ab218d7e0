"""Which points a rule watches, and how a reading is carried to the customers' meters; pure."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from alarms.settings import Select
    from telemetry.places import Site
    from telemetry.points import Point, PointTable

MPA_PER_METRE = 0.00980665
"""Pressure of a metre of water column at 4 °C and standard gravity, MPa."""


def selected_points(
    select: Select, points: PointTable, sites: Mapping[str, Site]
) -> NDArray[np.int32]:
    """Indices of the points that satisfy every list of ``select`` that is not empty.

    Args:
        select: the rule's choice.
        points: all points.
        sites: all sites by name.
    """
    chosen_sites = {name for name, site in sites.items() if _site_matches(select, site)}
    any_site = not (select.site_kind or select.sampling or select.zone)
    named = _name_matcher(select.points)

    def watched(point: Point) -> bool:
        return (
            (not select.kind or point.kind in select.kind)
            and (any_site or point.site in chosen_sites)
            and named(point.name)
        )

    return np.array([i for i, point in enumerate(points) if watched(point)], dtype=np.int32)


def _site_matches(select: Select, site: Site) -> bool:
    return (
        (not select.site_kind or site.kind in select.site_kind)
        and (not select.sampling or site.sampling in select.sampling)
        and (not select.zone or site.zone in select.zone)
    )


def _name_matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    if not patterns:
        return lambda _: True
    matches = re.compile("|".join(translate(pattern) for pattern in patterns)).match
    return lambda name: matches(name) is not None


def meter_shifts(
    chosen: NDArray[np.int32], points: PointTable, sites: Mapping[str, Site]
) -> NDArray[np.float64]:
    """What must be added to a node's pressure to get the pressure before the meter, MPa.

    ``P_meter = P_node − 0.00980665·(z_meter − z_node) − loss``: hydrostatics between the
    height of the instrument and that of the most unfavourable customer meter.

    Args:
        chosen: ``(n,)`` point indices.
        points: all points.
        sites: all sites by name.

    Returns:
        ``(n,)`` MPa; NaN where the meters' height is not known.
    """
    return np.array([_meter_shift(sites.get(points[i].site)) for i in chosen], dtype=np.float64)


def _meter_shift(site: Site | None) -> float:
    if site is None or site.meter_elevation_m is None:
        return float("nan")
    rise_m = site.meter_elevation_m - site.elevation_m
    return -MPA_PER_METRE * rise_m - site.meter_loss_mpa
