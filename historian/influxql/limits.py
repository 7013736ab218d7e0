"""What one query may cost, so that a storm of dashboards cannot starve the control room."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the work that queries make.

    Attributes:
        values: most values in the answer of one statement, rows times columns.
        samples: most single samples that one statement reads.
        series: most points that one statement looks at.
        endless: most points whose whole past one statement may sum up.
        statements: most statements in one query.
        deadline_s: seconds of real time for one query, waiting included.
        queries: queries that are worked on at the same time.
        waiting: further queries that may wait for their turn.
        questions: questions to the store at the same time, of all queries together.
    """

    values: int = 100_000
    samples: int = 1_000_000
    series: int = 5_000
    endless: int = 20
    statements: int = 100
    deadline_s: float = 20.0
    queries: int = 4
    waiting: int = 100
    questions: int = 3
