"""A dashboard that somebody spoiled is found, with a sentence."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.checking import problems_of
from dashboards.rendering import dashboard_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.model import Dashboard

Json = dict[str, Any]


@pytest.fixture
def zones(english: tuple[Dashboard, ...]) -> Json:
    return copy.deepcopy(dashboard_json(english[1]))


def asking(document: Json) -> Json:
    panel: Json = next(panel for panel in document["panels"] if panel["type"] == "timeseries")
    return panel


def query(text: str) -> Callable[[Json], None]:
    def spoil(document: Json) -> None:
        asking(document)["targets"][0]["query"] = text

    return spoil


def same_id(document: Json) -> None:
    document["panels"][1]["id"] = document["panels"][2]["id"]


def over_each_other(document: Json) -> None:
    document["panels"][1]["gridPos"]["y"] -= 1


def off_the_grid(document: Json) -> None:
    asking(document)["gridPos"]["w"] = 25


def no_unit(document: Json) -> None:
    del asking(document)["fieldConfig"]["defaults"]["unit"]


def no_description(document: Json) -> None:
    asking(document)["description"] = ""


def other_datasource(document: Json) -> None:
    asking(document)["targets"][0]["datasource"] = {"type": "influxdb", "uid": "P1234"}


def no_datasource_variable(document: Json) -> None:
    document["templating"]["list"] = []


def no_targets(document: Json) -> None:
    asking(document)["targets"] = []


def long_uid(document: Json) -> None:
    document["uid"] = "x" * 41


def no_text(document: Json) -> None:
    document["panels"][0]["options"]["content"] = ""


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (same_id, "2 panels have the id"),
        (over_each_other, "lie over each other"),
        (off_the_grid, "leaves the grid of 24 columns"),
        (no_unit, "has no unit"),
        (no_description, "needs a title and a description"),
        (other_datasource, "asks the unknown data source {'type': 'influxdb', 'uid': 'P1234'}"),
        (no_datasource_variable, "asks the unknown data source"),
        (no_targets, "asks nothing"),
        (long_uid, "must be 1 to 40 letters"),
        (no_text, "has no text"),
        (query("SELECT mean(value) FROM"), "asks what cannot be answered"),
        (query("DROP DATABASE baotu"), "asks what cannot be answered"),
        (query('SELECT "value" FROM "flow" WHERE "site" = \'$town\''), "the query holds $town"),
        (
            query('SELECT "value" FROM "flow" WHERE ("point" = \'north_01.presure\')'),
            "asks for the point 'north_01.presure', which the city does not have",
        ),
    ],
)
def test_spoiled_dashboard_is_found(zones, plan, spoil, sentence):
    spoil(zones)
    problems = problems_of([zones], {point.name for point in plan.points})
    assert [problem for problem in problems if sentence in problem], problems
    assert all(problem.startswith("Spring City example · Pressure zones: ") for problem in problems)


def test_two_dashboards_of_one_uid_are_found(zones, plan):
    problems = problems_of([zones, zones], {point.name for point in plan.points})
    assert problems == ["2 dashboards have the uid 'baotu-zones-en': one would replace the other"]
