"""The newest sample of every point, as arrays that are overwritten in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telemetry.clock import SECOND
from telemetry.quality import Reason, Severity, bad, severities, uncertain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telemetry.batch import Batch
    from telemetry.points import PointTable

_STALE = uncertain(Reason.STALE)
_WAITING = bad(Reason.WAITING)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one point at one instant.

    Attributes:
        value: canonical unit, or None where there is nothing to show.
        quality: quality byte, staleness included.
        age_s: city seconds since the latest value that was no BAD one, or None when never: of a
            device that answers no more, this says for how long.
        time_ns: when it was measured, or 0 when never.
    """

    value: float | None
    quality: int
    age_s: float | None
    time_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """All points as they are to be shown at one instant.

    Attributes:
        now_ns: the instant, ns UTC.
        value: ``float64[n]``, NaN where there is nothing to show.
        quality: ``uint8[n]``, staleness included.
        time: ``int64[n]`` ns UTC of each measurement, 0 when never.
        valued: ``int64[n]`` ns UTC of the latest measurement that was not BAD, 0 when never.
    """

    now_ns: int
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    time: NDArray[np.int64]
    valued: NDArray[np.int64]

    def age_s(self) -> NDArray[np.float64]:
        """``float64[n]`` city seconds since each latest value, NaN when never, never below 0."""
        age = np.maximum((self.now_ns - self.valued) / SECOND, 0.0)
        return np.where(self.valued > 0, age, np.nan)

    def reading(self, index: int) -> Reading:
        """The reading of one point."""
        value, valued_ns = float(self.value[index]), int(self.valued[index])
        age_s = max(0.0, (self.now_ns - valued_ns) / SECOND) if valued_ns else None
        shown = None if np.isnan(value) else value
        return Reading(shown, int(self.quality[index]), age_s, int(self.time[index]))


class Snapshot:
    """The newest sample of every point; the console's own copy, fed from the bus.

    Args:
        points: the table whose indices the batches use.
    """

    def __init__(self, points: PointTable) -> None:
        n = len(points)
        self._expected_ns = points.expected_ns
        self._value = np.full(n, np.nan)
        self._quality = np.full(n, _WAITING, dtype=np.uint8)
        self._time = np.zeros(n, dtype=np.int64)
        self._valued = np.zeros(n, dtype=np.int64)

    def take(self, batch: Batch) -> None:
        """Overwrite what is older; a late sample never replaces a newer one.

        Args:
            batch: samples in any order; points beyond the table are ignored.
        """
        known = (batch.point >= 0) & (batch.point < self._time.shape[0])
        newer = batch.take(known)
        newer = newer.take(newer.time >= self._time[newer.point])
        # Fancy assignment keeps the last of equal indices, so the newest must come last.
        newer = newer.take(np.argsort(newer.time, kind="stable"))
        self._value[newer.point] = newer.value
        self._quality[newer.point] = newer.quality
        self._time[newer.point] = newer.time
        valued = newer.take(severities(newer.quality) < Severity.BAD)
        self._valued[valued.point] = valued.time

    def shown(self, now_ns: int) -> Shown:
        """A copy for showing: values past their expected interval become uncertain(stale).

        Args:
            now_ns: city time, ns UTC.
        """
        overdue = (self._time > 0) & (now_ns - self._time > self._expected_ns)
        stale = overdue & (severities(self._quality) < Severity.BAD)
        quality = np.where(stale, np.uint8(_STALE), self._quality).astype(np.uint8)
        return Shown(now_ns, self._value.copy(), quality, self._time.copy(), self._valued.copy())
