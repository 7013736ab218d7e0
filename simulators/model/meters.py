"""The smart meters: hourly totals of many customers, each a function of seed and hour."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulators.errors import HistoryError
from simulators.model.demand import Use, demand_factor

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

HOUR_NS = 3_600 * 10**9
KEPT_HOURS = 24 * 14
BEFORE_START_HOURS = 24 * 7
HOME_SHARE = 0.93
HOME_M3_PER_DAY = 0.42
"""A household of three at 140 L a head and day."""

WORK_M3_PER_DAY = 6.0


class Meters:
    """Totals of all meters at full hours, for the last two weeks and a week before the start.

    One meter's use in an hour is its customer's mean, times the hour of the day's profile,
    times a draw that is often nothing: households open taps a few times a day.

    Args:
        count: meters.
        seed: of the city.
        start_ns: the city's first instant.
        zone: local time.
    """

    def __init__(self, count: int, seed: int, start_ns: int, zone: ZoneInfo) -> None:
        self._seed, self._local = seed, zone
        random = np.random.default_rng((seed, 1))
        self._work = random.random(count) > HOME_SHARE
        mean = np.where(self._work, WORK_M3_PER_DAY, HOME_M3_PER_DAY)
        self._mean_m3h = mean / 24 * random.gamma(4.0, 0.25, count)
        begun = random.uniform(5.0, 900.0, count) * np.where(self._work, 14.0, 1.0)
        self._last_hour = start_ns // HOUR_NS - BEFORE_START_HOURS
        self._shown = self._last_hour, self.use_m3(self._last_hour)
        self._totals: deque[NDArray[np.float64]] = deque([begun], maxlen=KEPT_HOURS)

    @property
    def count(self) -> int:
        """Number of meters."""
        return int(self._mean_m3h.shape[0])

    def use_m3(self, hour: int) -> NDArray[np.float64]:
        """What each meter passes in the hour that begins ``hour`` hours after 1970, ``(n,)``."""
        random = np.random.default_rng((self._seed, 2, hour))
        middle = datetime.fromtimestamp(hour * 3600, self._local) + timedelta(minutes=30)
        home, work = demand_factor(Use.HOME, middle), demand_factor(Use.WORK, middle)
        draw = random.gamma(0.9, 1 / 0.9, self.count)
        return self._mean_m3h * np.where(self._work, work, home) * draw

    def totals_m3(self, first_ns: int, hours: int) -> NDArray[np.float64]:
        """Readings at ``hours`` full hours from ``first_ns`` (rounded down on the hour).

        Returns:
            ``(hours, n)`` m³.

        Raises:
            HistoryError: earlier than meters keep.
        """
        first = first_ns // HOUR_NS
        last = first + hours - 1
        while self._last_hour < last:
            self._totals.append(self._totals[-1] + self.use_m3(self._last_hour))
            self._last_hour += 1
        oldest = self._last_hour - len(self._totals) + 1
        if first < oldest or hours < 1:
            raise HistoryError(
                f"meters keep {len(self._totals)} hourly totals; {hours} from hour {first} on "
                f"were asked and the oldest is hour {oldest}: ask for later hours"
            )
        return np.array([self._totals[hour - oldest] for hour in range(first, last + 1)])

    def now(self, time_ns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Total m³ and flow m³/h of every meter at an instant, both ``(n,)``."""
        total = self.totals_m3(time_ns, 1)[0]
        hour = time_ns // HOUR_NS
        if hour != self._shown[0]:
            self._shown = hour, self.use_m3(hour)
        flow = self._shown[1]
        return total + flow * (time_ns % HOUR_NS / HOUR_NS), flow
