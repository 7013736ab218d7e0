"""Series that real instruments have written, and a city that plays them."""

from __future__ import annotations

import csv
import gzip
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulators.errors import FaultTargetError, ReadOnlySignalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulators.faults import HydraulicFault

CASES = Path(__file__).parents[1] / "cases" / "measured"
SECOND = 1_000_000_000
HOUR_NS = 3_600 * SECOND


@dataclass(frozen=True)
class Recording:
    """A file: the instant of each row, and its columns as written, None where a cell is empty."""

    times_ns: list[int]
    columns: dict[str, list[str | None]]

    def __len__(self) -> int:
        return len(self.times_ns)

    def numbers(self, column: str) -> list[float | None]:
        """A column as numbers."""
        return [None if cell is None else float(cell) for cell in self.columns[column]]


def read_recording(file: str, time_column: str) -> Recording:
    """Read one of the files of ``tests/cases/measured``; a time without offset is UTC."""
    with gzip.open(CASES / file, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = [name for name in rows[0] if name != time_column]
    return Recording(
        [_instant_ns(row[time_column]) for row in rows],
        {name: [row[name] or None for row in rows] for name in names},
    )


def _instant_ns(text: str) -> int:
    when = datetime.fromisoformat(text)
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()) * SECOND


class NoMeters:
    """A city of which only the stations were recorded."""

    count = 0

    def totals_m3(self, first_ns: int, hours: int) -> NDArray[np.float64]:
        return np.empty((hours, 0))

    def now(self, time_ns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.empty(0), np.empty(0)


class RecordedMeter:
    """One meter whose hourly flow was recorded; it counts what it has seen.

    The total of an hour without a value is not known; the meter counts on after it.

    Args:
        first_ns: the first full hour.
        flow_m3h: at that hour and those after it, NaN where it is missing.
    """

    count = 1

    def __init__(self, first_ns: int, flow_m3h: Sequence[float]) -> None:
        self.first_ns = first_ns
        self.flow_m3h = list(flow_m3h)
        self.total_m3: list[float] = []
        passed = 0.0
        for flow in self.flow_m3h:
            passed += 0.0 if math.isnan(flow) else flow
            self.total_m3.append(math.nan if math.isnan(flow) else passed)

    def totals_m3(self, first_ns: int, hours: int) -> NDArray[np.float64]:
        first = (first_ns - self.first_ns) // HOUR_NS
        assert 0 <= first <= first + hours <= len(self.total_m3), "asked for what was not recorded"
        return np.array(self.total_m3[first : first + hours]).reshape(hours, 1)

    def now(self, time_ns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        hour = (time_ns - self.first_ns) // HOUR_NS
        return np.array([self.total_m3[hour]]), np.array([self.flow_m3h[hour]])


class RecordedCity:
    """What the faces show is what the file says, row by row.

    Args:
        times_ns: the instant of each row.
        signals: a column for each name, NaN where there is no value.
        meters: the meters.
    """

    def __init__(
        self,
        times_ns: Sequence[int],
        signals: dict[str, Sequence[float]],
        meters: NoMeters | RecordedMeter | None = None,
    ) -> None:
        self.names = tuple(signals)
        self.meters = meters or NoMeters()
        self._times_ns = times_ns
        columns = list(signals.values())
        self._rows = np.array(columns).T if columns else np.empty((len(times_ns), 0))
        self._row = 0

    @property
    def values(self) -> NDArray[np.float64]:
        return self._rows[self._row]

    @property
    def now_ns(self) -> int:
        return self._times_ns[self._row]

    @property
    def step_s(self) -> float:
        """Until the next row."""
        return (self._times_ns[self._row + 1] - self.now_ns) / SECOND

    def step(self) -> None:
        self._row += 1

    def write(self, name: str, value: float) -> float:
        raise ReadOnlySignalError(f"{name} was recorded and cannot be set to {value}")

    def apply(self, fault: HydraulicFault) -> None:
        raise FaultTargetError(f"a recording knows no {fault.kind}")

    def clear(self, fault: HydraulicFault) -> None:
        """Nothing can have begun."""
