"""Everything that the example city's dashboards ask at the end of the simulated time."""

from __future__ import annotations

from dashboards.asking import Question, questions
from dashboards.building import build_dashboards
from historian.naming import SeriesName, series_names
from telemetry.text import Language
from tests.dashboards.example import END_MS, example, example_plan


def example_series() -> tuple[SeriesName, ...]:
    """The series of every point of the example city, in the table's order."""
    city = example()
    return series_names(city.points, {site.name: site for site in city.sites})


def example_questions() -> list[Question]:
    """Every query, for every station that can be chosen."""
    built = build_dashboards(example_plan(), Language.EN)
    return list(questions(built, {name.point: name for name in example_series()}, END_MS))
