"""What Grafana makes of a query before it sends it; pure.

Only what our dashboards use: ``$timeFilter``, ``$__interval``, ``$__interval_ms`` and
``${variable:regex}``, as the InfluxDB data source writes them in InfluxQL mode.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.errors import UnfoldError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIXELS = 1_000
"""Dots that a panel draws across."""

_STEPS_MS = (
    *(1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000),
    *(60_000, 120_000, 300_000, 600_000, 900_000, 1_200_000, 1_800_000),
    *(3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000),
)
"""Lengths to which an interval is rounded."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}/]")


@dataclass(frozen=True, slots=True)
class Range:
    """The dashboard's time, in milliseconds since 1970 UTC."""

    start_ms: int
    end_ms: int


def interval_ms(span: Range, least_ms: int) -> int:
    """``$__interval``: the time of one dot, rounded, and at least ``least_ms``."""
    wanted = max((span.end_ms - span.start_ms) / _PIXELS, least_ms)
    return next((step for step in _STEPS_MS if step >= wanted), _STEPS_MS[-1])


def expand(query: str, span: Range, least_ms: int, choices: Mapping[str, str]) -> str:
    """The query as it is sent.

    Args:
        query: with variables.
        span: the time that is asked for.
        least_ms: the panel's shortest interval.
        choices: the chosen value of each of the dashboard's variables.

    Raises:
        UnfoldError: a variable that nobody knows.
    """

    def value(found: re.Match[str]) -> str:
        name, form = found[1] or found[3], found[2]
        match name:
            case "timeFilter":
                return f"time >= {span.start_ms}ms and time <= {span.end_ms}ms"
            case "__interval_ms":
                return str(interval_ms(span, least_ms))
            case "__interval":
                return duration(interval_ms(span, least_ms))
        if name not in choices:
            raise UnfoldError(
                f"the query holds ${name}, which is no variable of Grafana or of this dashboard: "
                f"{query}"
            )
        chosen = choices[name]
        return _SPECIAL.sub(r"\\\g<0>", chosen) if form == "regex" else chosen

    return _VARIABLE.sub(value, query)


def duration(ms: int) -> str:
    """A length of time as InfluxQL writes it."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"


def seconds_of(text: str) -> float:
    """Seconds of a length of time such as ``60s`` or ``7d``; 0 for the empty string."""
    if not text:
        return 0.0
    return float(text[:-1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[text[-1]]
