"""The suites by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench import (
    alarm_rules,
    modbus_decoding,
    outage,
    reaction,
    sending,
    start_up,
    storing,
    whole_path,
)
from telemetry.errors import BaotuError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.house import House
    from bench.rows import Row


def _suites(house: House) -> dict[str, Callable[[], list[Row]]]:
    return {
        "collectors": modbus_decoding.measure,
        "alarms": alarm_rules.measure,
        "historian": storing.measure,
        "influxdb": lambda: [*sending.measure(), *outage.measure()],
        "path": whole_path.measure,
        "reaction": partial(reaction.measure, house),
        "start": start_up.measure,
    }


def run_suites(house: House, wanted: Sequence[str], say: Callable[[str], None]) -> list[Row]:
    """Run some suites, or all.

    Args:
        house: builds and runs the whole service.
        wanted: names; none means all.
        say: told what is being measured, because it takes minutes.

    Raises:
        BaotuError: a suite that does not exist.
    """
    suites = _suites(house)
    unknown = sorted(set(wanted) - set(suites))
    if unknown:
        raise BaotuError(f"no suite is called {unknown[0]!r}: choose from {', '.join(suites)}")
    rows: list[Row] = []
    for name, measure in suites.items():
        if name in (wanted or suites):
            say(f"measuring {name} …")
            rows += measure()
    return rows
