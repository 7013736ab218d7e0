"""What must be true of every dashboard before a person looks at it; pure.

The rules are asked of the JSON as it would be sent, so that they also hold for a file that
somebody has changed by hand.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

from dashboards.errors import UnfoldError
from dashboards.expansion import Range, expand
from dashboards.layout import COLUMNS, Place
from dashboards.rendering import DATASOURCE_TYPE, DATASOURCE_VARIABLE
from historian.influxql.errors import InfluxQLError
from historian.influxql.parsing import Parser

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

Json = dict[str, Any]

_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_POINT = re.compile(r"\"point\" = '((?:[^'\\]|\\.)*)'")
_HOUR = Range(0, 3_600_000)


def problems_of(documents: Iterable[Json], points: Collection[str]) -> list[str]:
    """Everything that is wrong, a sentence each; empty when all is well.

    Args:
        documents: of one set.
        points: names of all points of the city.
    """
    found: list[str] = []
    parser = Parser()
    listed = list(documents)
    for document in listed:
        where = str(document.get("title") or document.get("uid"))
        found += [f"{where}: {one}" for one in _dashboard_problems(document, points, parser)]
    for uid, times in Counter(document.get("uid") for document in listed).items():
        if times > 1:
            found.append(f"{times} dashboards have the uid {uid!r}: one would replace the other")
    return found


def _dashboard_problems(document: Json, points: Collection[str], parser: Parser) -> Iterator[str]:
    if not _UID.fullmatch(str(document.get("uid"))):
        yield f"the uid {document.get('uid')!r} must be 1 to 40 letters, digits, - or _"
    panels = document["panels"]
    yield from _number_problems(panels)
    yield from _place_problems(panels)
    choices = _choices(document)
    for panel in panels:
        if panel["type"] != "row":
            for problem in _panel_problems(panel, points, choices, parser):
                yield f"panel {panel.get('title')!r} {problem}"


def _choices(document: Json) -> dict[str, list[str]]:
    """Values of each variable; the data source's has none."""
    return {
        variable["name"]: [option["value"] for option in variable.get("options", [])]
        for variable in document["templating"]["list"]
    }


def _number_problems(panels: Iterable[Json]) -> Iterator[str]:
    for number, times in Counter(panel.get("id") for panel in panels).items():
        if times > 1:
            yield f"{times} panels have the id {number}: links to them would lead astray"


def _place_problems(panels: Iterable[Json]) -> Iterator[str]:
    placed = [(panel.get("title"), _place(panel["gridPos"])) for panel in panels]
    for title, place in placed:
        if place.x < 0 or place.x + place.width > COLUMNS or min(place.width, place.height) < 1:
            yield f"panel {title!r} leaves the grid of {COLUMNS} columns"
    for (one, here), (other, there) in combinations(placed, 2):
        if here.overlaps(there):
            yield f"panels {one!r} and {other!r} lie over each other"


def _place(grid: Mapping[str, int]) -> Place:
    return Place(grid["x"], grid["y"], grid["w"], grid["h"])


def _panel_problems(
    panel: Json,
    points: Collection[str],
    choices: Mapping[str, list[str]],
    parser: Parser,
) -> Iterator[str]:
    if panel["type"] == "text":
        if not panel["options"].get("content"):
            yield "has no text"
        return
    if not panel.get("title") or not panel.get("description"):
        yield "needs a title and a description"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield "has no unit"
    if not panel.get("targets"):
        yield "asks nothing"
    yield from _datasource_problems(panel, choices)
    for target in panel.get("targets", []):
        yield from _query_problems(target["query"], points, choices, parser)


def _datasource_problems(panel: Json, choices: Mapping[str, list[str]]) -> Iterator[str]:
    known = {"type": DATASOURCE_TYPE, "uid": f"${{{DATASOURCE_VARIABLE}}}"}
    for asked in [panel, *panel.get("targets", [])]:
        if asked.get("datasource") != known or DATASOURCE_VARIABLE not in choices:
            yield f"asks the unknown data source {asked.get('datasource')}"


def _query_problems(
    query: str, points: Collection[str], choices: Mapping[str, list[str]], parser: Parser
) -> Iterator[str]:
    for name in _POINT.findall(query):
        if name not in points:
            yield f"asks for the point {name!r}, which the city does not have"
    first = {name: values[0] for name, values in choices.items() if values}
    try:
        parser.parse(expand(query, _HOUR, 1_000, first))
    except (InfluxQLError, UnfoldError) as error:
        yield f"asks what cannot be answered: {error}"
