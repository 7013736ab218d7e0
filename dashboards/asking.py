"""Ask a server everything that the dashboards ask, as Grafana would, and say what stays empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from dashboards.errors import SeriesServerError
from dashboards.expansion import Range, expand, seconds_of
from dashboards.panels import STATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dashboards.model import Dashboard, Panel, Target
    from historian.naming import SeriesName

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Question:
    """One query as Grafana would send it.

    Attributes:
        dashboard, panel: titles, for people.
        chosen: the chosen station, or the empty string.
        query: as it is sent.
        by: tag that tells the series apart, or the empty string.
        expected: the tag's values that should be answered.
    """

    dashboard: str
    panel: str
    chosen: str
    query: str
    by: str
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a panel does not show.

    Attributes:
        question: what was asked.
        empty: nothing at all was answered.
        missing: series that did not come.
        refusal: what the server said instead of answering.
    """

    question: Question
    empty: bool
    missing: tuple[str, ...]
    refusal: str = ""

    @property
    def sentence(self) -> str:
        """What a person reads."""
        asked = self.question
        where = " – ".join(filter(None, [asked.dashboard, asked.panel, asked.chosen]))
        if self.refusal:
            return f"{where}: the server refuses the query: {self.refusal}"
        if self.empty:
            return f"{where}: nothing is shown"
        return f"{where}: no values of {', '.join(self.missing)}"


def questions(
    dashboards: Iterable[Dashboard], series: Mapping[str, SeriesName], end_ms: int
) -> Iterator[Question]:
    """Every query of every panel, for every choice of its variables.

    Args:
        dashboards: what to look at.
        series: of every point, by name.
        end_ms: the dashboards' time ends here, ms since 1970 UTC.
    """
    for dashboard in dashboards:
        span = Range(end_ms - dashboard.hours * 3_600_000, end_ms)
        stations = [value for choice in dashboard.choices for value, _ in choice.options]
        for panel in dashboard.panels:
            for target in panel.targets:
                for station in stations if f"${{{STATION}" in target.query else [""]:
                    question = _question(dashboard, panel, target, span, station, series)
                    if question.expected:
                        yield question


def _question(  # noqa: PLR0917 - one place calls it
    dashboard: Dashboard,
    panel: Panel,
    target: Target,
    span: Range,
    station: str,
    series: Mapping[str, SeriesName],
) -> Question:
    shown = _shown(panel, span)
    least_ms = round(seconds_of(panel.least_interval) * 1_000)
    names = [series[name] for name in target.points]
    return Question(
        dashboard=dashboard.title,
        panel=panel.title,
        chosen=station,
        query=expand(target.query, shown, max(least_ms, 1_000), {STATION: station}),
        by=target.by,
        expected=frozenset(
            name.tag(target.by) for name in names if not station or name.site == station
        ),
    )


def _shown(panel: Panel, span: Range) -> Range:
    """The panel's own time: ``timeFrom`` counts back from the end, beyond the dashboard's too."""
    if not panel.last:
        return span
    return Range(span.end_ms - round(seconds_of(panel.last) * 1_000), span.end_ms)


def ask_all(client: httpx.Client, database: str, asked: Iterable[Question]) -> list[Finding]:
    """Ask everything; what was answered in full is not reported.

    Args:
        client: with the server's address and, where it wants one, its token.
        database: usually ``baotu``.
        asked: see :func:`questions`.

    Raises:
        SeriesServerError: nobody answers there, or not without a token.
    """
    findings = (ask(client, database, question) for question in asked)
    return [finding for finding in findings if finding is not None]


def ask(client: httpx.Client, database: str, question: Question) -> Finding | None:
    """Ask one question; None when everything expected was answered."""
    return judged(question, _send(client, database, question.query))


def judged(question: Question, document: dict[str, Any]) -> Finding | None:
    """What an answer lacks; None when it holds a value of everything expected."""
    results = document.get("results") or [{}]
    refusal = document.get("error") or results[0].get("error")
    if refusal:
        return Finding(question, empty=True, missing=(), refusal=str(refusal))
    found = {
        (one.get("tags") or {}).get(question.by, "")
        for one in results[0].get("series", [])
        if any(cell is not None for row in one["values"] for cell in row[1:])
    }
    missing = tuple(sorted(question.expected - found))
    if not missing:
        return None
    return Finding(question, empty=not found, missing=missing)


def _send(client: httpx.Client, database: str, query: str) -> dict[str, Any]:
    try:
        answer = client.post(
            "query", params={"db": database, "epoch": "ms"}, data={"q": query}, timeout=_TIMEOUT_S
        )
    except httpx.HTTPError as error:
        raise SeriesServerError(
            f"{client.base_url} does not answer: {error or type(error).__name__}; is this the "
            "address that Grafana's data source has?"
        ) from None
    if answer.status_code in (401, 403):
        raise SeriesServerError(
            f"{client.base_url} answers {answer.status_code}: put a token that may read into "
            "the environment variable BAOTU_TOKEN"
        )
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict) or not ({"results", "error"} & set(document)):
        raise SeriesServerError(
            f"{client.base_url}query answered {answer.status_code}, and not as InfluxDB does"
        )
    return document
