"""Units as Grafana writes them.

Grafana's own ids convert as they please (``m`` are minutes to it), so units are given as plain
suffixes and a pressure stays in MPa however small it is.
"""

from __future__ import annotations

from telemetry.kinds import FACTS, Kind

PERCENT = "percent"
"""0 to 100."""

COUNT = "none"
"""A number without a unit."""


def unit_of(kind: Kind) -> str:
    """Grafana's unit id for values of a kind."""
    unit = FACTS[kind].unit
    return f"suffix:{unit}" if unit else COUNT


def per_day(kind: Kind) -> str:
    """Grafana's unit id for what a total of this kind grew by in a day."""
    return f"suffix:{FACTS[kind].unit}/d"
