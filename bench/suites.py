"""The suites by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import alarm_rules, modbus_decoding, reaction, start_up, storing, whole_path
from telemetry.errors import BaotuError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.rows import Row

SUITES: dict[str, Callable[[], list[Row]]] = {
    "collectors": modbus_decoding.measure,
    "alarms": alarm_rules.measure,
    "historian": storing.measure,
    "path": whole_path.measure,
    "reaction": reaction.measure,
    "start": start_up.measure,
}


def run_suites(wanted: Sequence[str], say: Callable[[str], None]) -> list[Row]:
    """Run some suites, or all.

    Args:
        wanted: names; none means all.
        say: told what is being measured, because it takes minutes.

    Raises:
        BaotuError: a suite that does not exist.
    """
    unknown = sorted(set(wanted) - set(SUITES))
    if unknown:
        raise BaotuError(f"no suite is called {unknown[0]!r}: choose from {', '.join(SUITES)}")
    rows: list[Row] = []
    for name, measure in SUITES.items():
        if name in (wanted or SUITES):
            say(f"measuring {name} …")
            rows += measure()
    return rows
