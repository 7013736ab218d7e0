"""Readings for analysts: pandas DataFrames, from any process, while the service runs.

Nothing here writes, locks, or waits for the service. What it took in until now is seen, also
what has not reached a Parquet file yet.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # pandas ships no types

from historian.errors import QueryError
from historian.queries import BucketQuery
from historian.reading import frames
from historian.reading.facts import facts_of
from historian.reading.times import length_ns, midnight_before, time_ns
from historian.reading.view import NEVER, look
from historian.reading.wanted import Wanted
from historian.retention import EVER
from historian.settings import HistorianSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.reading.city import CityFacts

Time = str | datetime
"""ISO 8601 text, ``datetime`` or ``pandas.Timestamp``."""


def open_store(data: str | Path, *, city: CityFacts | None = None) -> OpenedStore:
    """Open the readings of a data directory, for looking only.

    Args:
        data: what was given to ``baotu run --data``.
        city: from ``config.load.load_city``; adds units and the city's time zone.

    Raises:
        StoreError: there are no readings, or they cannot be read.
    """
    settings = HistorianSettings() if city is None else city.historian
    store = OpenedStore(Path(data) / settings.directory, city)
    with look(store.folder, ()):
        return store


class OpenedStore:
    """Readings as DataFrames; each question sees what the store holds at its moment.

    Times without an offset are in the city's zone, or in UTC where no city was given. Intervals
    are half-open, ``start <= time < end``; an end left out reaches to the newest reading.

    Args:
        folder: the historian's folder in the data directory.
        city: what is known of the points beside their names.
    """

    def __init__(self, folder: Path, city: CityFacts | None) -> None:
        self.folder = folder
        self._city = city
        self._zone: tzinfo = UTC if city is None else city.timezone

    @property
    def points(self) -> pd.DataFrame:
        """All points: name, kind, unit (of the city, when given), first and last reading."""
        with look(self.folder) as view:
            names = view.names
            numbers = view.numbers(names)
            first = view.first_times(numbers)
            last = view.newest().time[numbers]
        facts = facts_of(names, view.listing.kinds, self._city)
        return pd.DataFrame(
            {
                "name": names,
                "kind": [fact.kind for fact in facts],
                "unit": [fact.unit for fact in facts],
                "first": frames.times(first, self._zone),
                "last": frames.times(last, self._zone),
            }
        )

    def readings(
        self,
        points: str | Sequence[str],
        start: Time | None = None,
        end: Time | None = None,
        *,
        tz: str | None = None,
        wide: bool = False,
    ) -> pd.DataFrame:
        """Every reading of one or several points.

        Where a reading is BAD, its value is what was received, or NaN.

        Args:
            points: a name gives columns value, quality and reason; a list of names gives a
                column point as well.
            start: first time.
            end: first time that is left out.
            tz: zone of the answer, and of times without an offset.
            wide: instead, one column of values for each point; a BAD reading is NaN there,
                because nothing else would show it.

        Returns:
            With a DatetimeIndex ``time``.

        Raises:
            QueryError: no such point, time or zone.
            StoreError: the readings cannot be read.
        """
        zone = self._in_zone(tz)
        names = _listed(points)
        with look(self.folder, names) as view:
            numbers = view.numbers(names)
            rows = view.rows(_wanted(numbers, start, end, zone))
        if wide:
            return frames.wide_frame(rows, names, numbers, zone)
        if isinstance(points, str):
            return frames.readings_frame(rows, zone)
        return frames.long_frame(rows, names, numbers, zone)

    def buckets(
        self,
        points: str | Sequence[str],
        start: Time | None = None,
        end: Time | None = None,
        every: str = "1h",
        *,
        tz: str | None = None,
    ) -> pd.DataFrame:
        """Readings summed up per bucket: min, mean, max and last of those that are not BAD.

        Buckets begin at midnight of the first day and at whole lengths after it. An empty bucket
        is a row with ``count`` 0; ``good < count`` shows that some readings were BAD.

        Args:
            points: a name, or a list of names; then with a column point.
            start: first time.
            end: first time that is left out.
            every: length of a bucket, e.g. ``"15min"``, ``"1h"``, ``"1D"``.
            tz: zone of the answer, of midnight, and of times without an offset.

        Raises:
            QueryError: no such point, time, zone or length, or too many buckets.
            StoreError: the readings cannot be read.
        """
        zone = self._in_zone(tz)
        bucket_ns = length_ns(every)
        names = _listed(points)
        with look(self.folder, names) as view:
            numbers = view.numbers(names)
            wanted = view.bounded(_wanted(numbers, start, end, zone))
            origin = midnight_before(wanted.start, zone)
            query = BucketQuery(0, wanted.start, wanted.end, bucket_ns, origin)
            found = dict(
                zip(wanted.points.tolist(), view.buckets(wanted.points, query), strict=True)
            )
        if isinstance(points, str):
            return frames.bucket_frame(found[int(numbers[0])], zone)
        parts = {
            name: frames.bucket_frame(found[number], zone)
            for name, number in zip(names, numbers.tolist(), strict=True)
        }
        return pd.concat(parts, names=["point"]).reset_index("point")

    def latest(self) -> pd.DataFrame:
        """The newest reading of each point, by name; NaT and BAD(waiting) where there is none."""
        with look(self.folder) as view:
            names = view.names
            newest = view.newest()
            numbers = view.numbers(names)
        return pd.DataFrame(
            {
                "time": frames.times(newest.time[numbers], self._zone),
                "value": newest.value[numbers],
                "quality": frames.qualities(newest.quality[numbers]),
                "reason": frames.reasons(newest.quality[numbers]),
            },
            index=pd.Index(names, name="point"),
        )

    def _in_zone(self, tz: str | None) -> tzinfo:
        if tz is None:
            return self._zone
        try:
            return ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError):
            raise QueryError(f"{tz!r} is no time zone: write e.g. Asia/Shanghai") from None


def _listed(points: str | Sequence[str]) -> list[str]:
    return [points] if isinstance(points, str) else list(dict.fromkeys(points))


def _wanted(
    numbers: NDArray[np.int32], start: Time | None, end: Time | None, zone: tzinfo
) -> Wanted:
    return Wanted(
        np.unique(numbers),
        EVER if start is None else time_ns(start, zone),
        NEVER if end is None else time_ns(end, zone),
    )
