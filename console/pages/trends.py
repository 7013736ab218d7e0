"""The trend page: which points, over how long, and the same values as a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from console.wording import number
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.wording import Wording
    from historian.queries import Buckets
    from telemetry.points import Point, PointTable

MOST_POINTS = 5
TABLE_ROWS = 24
RANGES_S = {"1h": 3_600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000}
FIRST_RANGE = "1h"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants to see.

    Attributes:
        points: known points, at most five.
        unknown: names that no point has, with similar ones.
        range: one of :data:`RANGES_S`.
    """

    points: tuple[Point, ...]
    unknown: tuple[tuple[str, tuple[str, ...]], ...]
    range: str

    @property
    def span_ns(self) -> int:
        """How far back the chart begins."""
        return RANGES_S[self.range] * SECOND

    @property
    def bucket_ns(self) -> int:
        """Length of a row of the table."""
        return self.span_ns // TABLE_ROWS


def choice(table: PointTable, names: Sequence[str], span: str) -> Choice:
    """Understand what was asked for.

    Args:
        table: all points.
        names: as typed or followed; empty ones are ignored.
        span: a range; one that is not offered becomes the shortest.
    """
    typed = dict.fromkeys(name.strip() for name in names if name.strip())
    known = tuple(table.by_name(name) for name in typed if name in table)
    unknown = tuple((name[:100], _near(table, name[:100])) for name in typed if name not in table)
    return Choice(known[:MOST_POINTS], unknown, span if span in RANGES_S else FIRST_RANGE)


def _near(table: PointTable, name: str) -> tuple[str, ...]:
    return tuple(get_close_matches(name.casefold(), [p.name for p in table], n=3, cutoff=0.5))


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table: a stretch of time and what each point did in it."""

    time: str
    cells: tuple[str, ...]


def table_rows(
    points: Sequence[Point], answers: Sequence[Buckets], wording: Wording
) -> tuple[TableRow, ...]:
    """The table, newest first.

    Args:
        points: what is shown.
        answers: one for each point, over the same buckets.
        wording: in which language times are written.
    """
    if not answers:
        return ()
    rows = [
        TableRow(
            wording.clock(int(time_ns)),
            tuple(_stretch(p, b, i) for p, b in zip(points, answers, strict=True)),
        )
        for i, time_ns in enumerate(answers[0].time.tolist())
    ]
    return tuple(reversed(rows))


def _stretch(point: Point, buckets: Buckets, row: int) -> str:
    """``0.301 – 0.322`` or, where it did not move, one number; a dash where there is none."""
    low, high = float(buckets.minimum[row]), float(buckets.maximum[row])
    if math.isnan(low):
        return number(None, 0)
    least, most = number(low, point.decimals), number(high, point.decimals)
    return least if least == most else f"{least} – {most}"
