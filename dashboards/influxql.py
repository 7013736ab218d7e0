"""The text of the queries: the InfluxQL that Baotu's own ``/query`` and every InfluxDB answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

INTERVAL = "$__interval"
"""A bucket as long as a pixel of the panel is wide, in time."""


def one_of(tag: str, values: Iterable[str]) -> str:
    """A condition: the tag has one of these values.

    Written as equalities and not as a regular expression, which has a length limit and would
    need escaping.
    """
    alternatives = " OR ".join(f'"{tag}" = {_quoted(value)}' for value in values)
    return f"({alternatives})"


def none_of(tag: str, values: Iterable[str]) -> str:
    """A condition: the tag has another value than these."""
    return "(" + " AND ".join(f'"{tag}" != {_quoted(value)}' for value in values) + ")"


def chosen(tag: str, variable: str) -> str:
    """A condition: the tag has the value that the person chose."""
    return f'"{tag}" =~ /^${{{variable}:regex}}$/'


def buckets(
    columns: str,
    measurement: str,
    where: Iterable[str],
    *,
    every: str = INTERVAL,
    by: str = "",
    fill: str = "null",
    tz: str = "",
) -> str:
    """A query for one row a bucket.

    Args:
        columns: e.g. ``mean("value")``.
        measurement: kind of the points.
        where: conditions; the dashboard's time is added.
        every: length of a bucket.
        by: tag that tells series apart, or the empty string.
        fill: what an empty bucket holds; ``null`` draws a gap.
        tz: time zone in which days begin.
    """
    grouped = f"time({every})" + (f', "{by}"' if by else "")
    zone = f" tz({_quoted(tz)})" if tz else ""
    return f"{_select(columns, measurement, where)} GROUP BY {grouped} fill({fill}){zone}"


def summary(
    columns: str, measurement: str, where: Iterable[str], *, by: str = "", fill: str = ""
) -> str:
    """A query for one row over the whole range of the dashboard."""
    grouped = f' GROUP BY "{by}"' if by else ""
    filled = f" fill({fill})" if fill else ""
    return f"{_select(columns, measurement, where)}{grouped}{filled}"


def _select(columns: str, measurement: str, where: Iterable[str]) -> str:
    conditions = " AND ".join([*where, "$timeFilter"])
    # Written for Grafana to send; nothing of it comes from outside the city's files.
    return f'SELECT {columns} FROM "{measurement}" WHERE {conditions}'  # noqa: S608


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
