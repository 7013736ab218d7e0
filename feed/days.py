"""The values of one day, interval by interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from feed.shape import ROW, Day, DaySeries
from feed.table import head, series_lines, value_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from feed.shape import Latest, Value

_FIXED = {"district", "water", "kind", "unit", "decimals", "limit", "method", "provisional"}


@dataclass(slots=True, eq=False)
class DayBook:
    """Gathers the snapshots of one day; what stays the same is written once.

    Attributes:
        day: in the city's zone.
        timezone: its name.
        titles: of the districts, in Chinese, by name.
    """

    day: date
    timezone: str
    titles: Mapping[str, str]
    _series: dict[str, DaySeries] = field(default_factory=dict)
    _lines: list[bytes] = field(default_factory=list)

    @classmethod
    def read(cls, document: Day, titles: Mapping[str, str], before: str) -> DayBook:
        """Go on with a day that has been published in part.

        Args:
            document: as it was published.
            titles: of the districts.
            before: rows that begin here or later are left out; they will be published again.
        """
        book = cls(document.day, document.timezone, titles)
        if document.columns == ROW:
            for series in document.series:
                rows = [row for row in series.rows if str(row[0]) < before]
                book._series[_key(series)] = series.model_copy(update={"rows": rows})
        book._lines.append(series_lines(list(book._series.values()), titles))
        return book

    def add(self, snapshot: Latest) -> None:
        """Take one interval in; a limit that has changed begins a series of its own."""
        for value in snapshot.values:
            key = _key(value)
            if key not in self._series:
                self._series[key] = DaySeries(**value.model_dump(include=_FIXED), rows=[])
            row = value.model_dump(mode="json", by_alias=True)
            self._series[key].rows.append([row[name] for name in ROW])
        self._lines.append(value_lines(snapshot.values, self.titles))

    def document(self, *, complete: bool) -> Day:
        """The day as it is published."""
        return Day(
            day=self.day,
            timezone=self.timezone,
            complete=complete,
            columns=ROW,
            series=tuple(self._series.values()),
        )

    def table(self) -> bytes:
        """The day as a CSV file."""
        return head() + b"".join(self._lines)


def _key(one: Value | DaySeries) -> str:
    limit = "" if one.limit is None else one.limit.model_dump_json()
    return f"{one.district} {one.water} {one.kind} {limit}"
