"""The trend page: which points, over how long, the same values as a table, and the gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from console.drawing.steps import MINUTE, Grid
from console.past import Stretch
from console.wording import number
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from console.gaps import Gap
    from console.past import Past
    from console.wording import Wording
    from historian.queries import Buckets
    from telemetry.points import Point, PointTable

MOST_POINTS = 5
TABLE_ROWS = 24
MOST_GAPS = 50
RANGES_S = {
    "1h": 3_600,
    "6h": 21_600,
    "24h": 86_400,
    "7d": 604_800,
    "30d": 2_592_000,
    "365d": 31_536_000,
}
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


def table_stretches(table: PointTable, chosen: Choice, now_ns: int) -> list[Stretch]:
    """What the page's table shows of each point: few long columns, the last one up to now.

    Args:
        table: all points.
        chosen: which points, over how long.
        now_ns: city time.
    """
    start = (now_ns - chosen.span_ns) // MINUTE * MINUTE
    columns = Grid(chosen.bucket_ns, start)
    indices = [table.index(point.name) for point in chosen.points]
    return [Stretch(i, start, now_ns, int(table.expected_ns[i]), columns) for i in indices]


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


@dataclass(frozen=True, slots=True)
class GapLine:
    """One gap in words.

    Attributes:
        series: which of the points, from 0.
        start, end, reason, duration: of the gap.
    """

    series: int
    start: str
    end: str
    reason: str
    duration: str


@dataclass(frozen=True, slots=True)
class GapTable:
    """The gaps of all points, newest first.

    Attributes:
        lines: at most :data:`MOST_GAPS`.
        notes: what is not in the lines, in words.
        captured: by point, how much of what was due came, in words.
    """

    lines: tuple[GapLine, ...]
    notes: tuple[str, ...]
    captured: tuple[str, ...]


def gap_table(pasts: Sequence[Past], now_ns: int, wording: Wording) -> GapTable:
    """The gaps beside a chart.

    Args:
        pasts: of each point.
        now_ns: city time.
        wording: in which language.
    """
    found = [(i, gap) for i, past in enumerate(pasts) for gap in past.gaps(now_ns)]
    found.sort(key=lambda each: each[1].start, reverse=True)
    return GapTable(
        lines=tuple(_gap_line(i, gap, wording) for i, gap in found[:MOST_GAPS]),
        notes=tuple(_notes(len(found), max((p.step_ns for p in pasts), default=0), wording)),
        captured=tuple(share_text(past.captured(now_ns), wording) for past in pasts),
    )


def _gap_line(series: int, gap: Gap, wording: Wording) -> GapLine:
    return GapLine(
        series=series,
        start=wording.clock(gap.start),
        end=wording.clock(gap.end),
        reason=wording(f"reason.{gap.word}"),
        duration=wording.age((gap.end - gap.start) / SECOND),
    )


def _notes(gaps: int, step_ns: int, wording: Wording) -> Iterator[str]:
    if gaps == 0:
        yield wording("script.no_gaps")
    if gaps > MOST_GAPS:
        yield wording("script.more_gaps", n=gaps - MOST_GAPS)
    if step_ns:
        yield wording("script.finest", step=wording.age(step_ns / SECOND))


def share_text(share: float | None, wording: Wording) -> str:
    """How much of what was due came; never rounded up to all of it."""
    if share is None:
        return ""
    return wording("script.captured", share=f"{math.floor(share * 1000) / 10:.1f}")
