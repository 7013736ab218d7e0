"""Answers SHOW: what databases, measurements, tags, fields and series there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from historian.influxql.conditions import condition_of, points_where
from historian.influxql.directory import FIELDS
from historian.influxql.planning import POLICY
from historian.influxql.rows import Table, page_of
from historian.influxql.syntax import (
    KeyChoice,
    Pattern,
    ShowDatabases,
    ShowFieldKeys,
    ShowMeasurements,
    ShowRetentionPolicies,
    ShowSeries,
    ShowTagKeys,
    ShowTagValues,
)
from historian.naming import TAG_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from historian.influxql.directory import Measurement
    from historian.influxql.planning import Planner
    from historian.influxql.rows import Cell
    from historian.influxql.syntax import Expression, Page, Show, Source

_POLICY_COLUMNS = ("name", "duration", "shardGroupDuration", "replicaN", "default")


@dataclass(frozen=True, slots=True)
class Showing:
    """Answers from the directory alone; no samples are read.

    Attributes:
        planner: knows the database, the series and the patterns.
        database: the one that the request names, or the empty string.
        now_ns: what ``now()`` is.
    """

    planner: Planner
    database: str
    now_ns: int

    def answer(self, show: Show) -> list[Table]:
        """The tables of a SHOW.

        Raises:
            ParseError, StatementError: it cannot be answered.
        """
        match show:
            case ShowDatabases():
                tables = [Table("databases", ["name"], [[self.planner.database]])]
            case ShowRetentionPolicies(database):
                self.planner.check_database(database or self.database)
                tables = [Table("", _POLICY_COLUMNS, [[POLICY, "0s", "168h0m0s", 1, True]])]
            case ShowMeasurements():
                tables = self._measurements(show)
            case ShowTagKeys():
                tables = self._tag_keys(show)
            case ShowTagValues():
                tables = self._tag_values(show)
            case ShowFieldKeys():
                tables = self._field_keys(show)
            case ShowSeries():
                tables = self._series(show)
        return tables

    def _chosen(
        self, database: str, sources: Sequence[Source], where: Expression | None
    ) -> Iterator[tuple[Measurement, frozenset[int]]]:
        """The measurements and their points for which a WHERE holds; times are not looked at."""
        asked = database or self.database
        self.planner.check_database(asked)
        tags = condition_of(where, self.now_ns, UTC).tags
        if sources:
            measurements = self.planner.measurements(sources, asked)
        else:
            names = self.planner.directory.names
            measurements = [m for name in names if (m := self.planner.directory.get(name))]
        for measurement in measurements:
            points = points_where(tags, measurement, self.planner.patterns)
            if points:
                yield measurement, points

    def _among(self, choice: KeyChoice | None, names: Sequence[str]) -> list[str]:
        if choice is None:
            return list(names)
        if isinstance(choice.wanted, Pattern):
            found = set(self.planner.patterns.chosen(choice.wanted.text, names))
        else:
            found = set(choice.wanted)
        return [name for name in names if (name in found) is not choice.opposite]

    def _measurements(self, show: ShowMeasurements) -> list[Table]:
        names = [m.name for m, _ in self._chosen(show.database, (), show.where)]
        return _listed("measurements", "name", self._among(show.choice, names), show.page)

    def _tag_keys(self, show: ShowTagKeys) -> list[Table]:
        return [
            table
            for measurement, points in self._chosen(show.database, show.sources, show.where)
            for table in _listed(
                measurement.name, "tagKey", [k for k, _ in _tags(measurement, points)], show.page
            )
        ]

    def _tag_values(self, show: ShowTagValues) -> list[Table]:
        tables = []
        keys = self._among(show.choice, TAG_KEYS)
        for measurement, points in self._chosen(show.database, show.sources, show.where):
            rows: list[list[Cell]] = [
                [key, value]
                for key, values in _tags(measurement, points)
                for value in values
                if key in keys
            ]
            rows = rows[page_of(len(rows), show.page)]
            if rows:
                tables.append(Table(measurement.name, ["key", "value"], rows))
        return tables

    def _field_keys(self, show: ShowFieldKeys) -> list[Table]:
        tables = []
        for measurement, _ in self._chosen(show.database, show.sources, None):
            rows = list(FIELDS.items())[page_of(len(FIELDS), show.page)]
            if rows:
                tables.append(Table(measurement.name, ["fieldKey", "fieldType"], rows))
        return tables

    def _series(self, show: ShowSeries) -> list[Table]:
        keys = [
            ",".join((_escaped(measurement.name), *(f"{k}={_escaped(v)}" for k, v in tags.items())))
            for measurement, points in self._chosen(show.database, show.sources, show.where)
            for point in points
            if (tags := measurement.series[point].tags())
        ]
        return _listed("", "key", sorted(keys), show.page)


def _listed(name: str, column: str, values: Sequence[str], page: Page) -> list[Table]:
    rows = [[value] for value in values[page_of(len(values), page)]]
    return [Table(name, [column], rows)] if rows else []


def _tags(measurement: Measurement, points: frozenset[int]) -> Iterator[tuple[str, list[str]]]:
    """The tags that some of the points have, and their values, both sorted."""
    for key in TAG_KEYS:
        values = {measurement.series[point].tag(key) for point in points} - {""}
        if values:
            yield key, sorted(values)


def _escaped(text: str) -> str:
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
