"""Whether two answers are the same, and which differences are known and documented."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.historian.influxql.asking import Asked


class Verdict(Enum):
    """How our answer to a query compares with InfluxDB's; see docs/how-to/query.md."""

    SAME = "the same"
    TIED_ROWS = "rows of several series at one instant stand in another order"
    TIED_PICK = "of several samples with the value picked, another one's time and tags are shown"
    NO_RANK = "InfluxDB ends a series at the first window with too few samples for a percentile"
    LIMIT_PER_COLUMN = "InfluxDB counts LIMIT for each column where fill(none) leaves holes"
    CLOCK_CHANGE = "windows of more than an hour around the change of clocks"
    NOTHING_BY_ZERO = "InfluxDB divides a standard deviation that is null by zero and gives zero"
    UNEXPLAINED = "different"


ODD = frozenset(
    {Verdict.NO_RANK, Verdict.LIMIT_PER_COLUMN, Verdict.CLOCK_CHANGE, Verdict.NOTHING_BY_ZERO}
)
"""Differences that are InfluxDB's oddities and must stay few."""

_LIMITED = re.compile(r"fill\(none\).* LIMIT")


def compare(asked: Asked, own: Any, theirs: Any) -> Verdict:
    """Compare two results of one statement."""
    if same(own, theirs):
        return Verdict.SAME
    mine, other = own.get("series", []), theirs.get("series", [])
    if _headings(mine) == _headings(other):
        pairs = [(a["values"], b["values"]) for a, b in zip(mine, other, strict=True)]
        if all(_tied_rows(a, b) for a, b in pairs):
            return Verdict.TIED_ROWS
        if asked.picks and all(same(_column(a, 1), _column(b, 1)) for a, b in pairs):
            return Verdict.TIED_PICK
    return _odd(asked)


def _odd(asked: Asked) -> Verdict:
    if ", 5)" in asked.text and "percentile" in asked.text:
        return Verdict.NO_RANK
    if _LIMITED.search(asked.text):
        return Verdict.LIMIT_PER_COLUMN
    if asked.clock_change:
        return Verdict.CLOCK_CHANGE
    if "stddev" in asked.text and "/ 0" in asked.text:
        return Verdict.NOTHING_BY_ZERO
    return Verdict.UNEXPLAINED


def same(a: Any, b: Any) -> bool:
    """Equal, numbers to nine digits."""
    if a == b:
        return True
    match a, b:
        case dict(), dict():
            return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
        case list(), list():
            return len(a) == len(b) and all(map(same, a, b))
        case ((int() | float()), (int() | float())):
            return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
        case _:
            return False


def _headings(series: list[Any]) -> list[Any]:
    return [(one.get("name"), one.get("tags"), one["columns"]) for one in series]


def _column(rows: list[Any], number: int) -> list[Any]:
    return [row[number] for row in rows]


def _tied_rows(mine: list[Any], other: list[Any]) -> bool:
    """The same rows at each time; which of them a page ends with at its edges is chance too."""
    a, b = _by_time(mine), _by_time(other)
    if [(time, len(rows)) for time, rows in a.items()] != [
        (time, len(rows)) for time, rows in b.items()
    ]:
        return False
    inner = list(a)[1:-1]
    return all(same(sorted(a[time], key=repr), sorted(b[time], key=repr)) for time in inner)


def _by_time(rows: list[Any]) -> dict[Any, list[Any]]:
    found: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return dict(found)
