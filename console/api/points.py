"""``/points`` and ``/latest``: what there is, and how it stands."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import numpy as np
from fastapi import APIRouter, Query

from console.api.answers import LatestItem, LatestList, PointItem, PointList
from console.api.times import iso
from console.context import Here
from console.session import Viewer
from telemetry.kinds import Kind
from telemetry.quality import reason_of, severity_of
from telemetry.text import Language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from console.ports import CityPlan
    from console.snapshot import Shown
    from telemetry.points import Point, PointTable

router = APIRouter(tags=["points"])


@router.get("/points")
async def points(
    here: Here,
    _: Viewer,
    prefix: str = "",
    kind: Kind | None = None,
    search: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=100_000)] = 100_000,
) -> PointList:
    """Points whose name begins with ``prefix``; ``search`` looks into names and titles."""
    plan, language = here.ports.plan, here.settings.language
    chosen = [plan.points[int(i)] for i in plan.points.select(prefix=prefix, kind=kind)]
    if search:
        chosen = find_points(plan, chosen, search, limit)
    return PointList(items=[_item(plan, point, language) for point in chosen[:limit]])


@router.get("/latest")
async def latest(
    here: Here, _: Viewer, point: Annotated[list[str] | None, Query()] = None, prefix: str = ""
) -> LatestList:
    """The newest reading of the points named, or of all whose name begins with ``prefix``."""
    table, shown = here.ports.plan.points, here.shown()
    index = [table.index(name) for name in point or ()]
    if prefix or not point:
        index += [int(i) for i in table.select(prefix=prefix)]
    zone = here.ports.plan.timezone
    return LatestList(items=[_latest(table, shown, i, zone) for i in dict.fromkeys(index)])


def find_points(plan: CityPlan, points: Sequence[Point], search: str, limit: int) -> list[Point]:
    """Points that somebody may mean: all words in name or title first, then similar names.

    Args:
        plan: knows the sites' titles.
        points: among these.
        search: words in any order, of either language.
        limit: at most so many.
    """
    words = search.casefold().split()
    found = [p for p in points if _says(plan, p, words)]
    if found:
        return found[:limit]
    names = get_close_matches(search.casefold(), [p.name for p in points], n=min(limit, 5))
    return [p for name in names for p in points if p.name == name]


def _says(plan: CityPlan, point: Point, words: Sequence[str]) -> bool:
    titles = (plan.title_of(point, language) for language in Language)
    said = " ".join((point.name, *titles)).casefold()
    return all(word in said for word in words)


def _item(plan: CityPlan, point: Point, language: Language) -> PointItem:
    return PointItem(
        name=point.name,
        kind=point.kind.value,
        unit=point.unit,
        site=point.site,
        title=plan.title_of(point, language),
    )


def _latest(table: PointTable, shown: Shown, index: int, zone: ZoneInfo) -> LatestItem:
    quality, value = int(shown.quality[index]), float(shown.value[index])
    return LatestItem(
        point=table[index].name,
        time=iso(int(shown.time[index]) or None, zone),
        value=None if np.isnan(value) else value,
        quality=severity_of(quality).word,
        reason=reason_of(quality).word,
    )
