"""From a SELECT to what must be asked of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from historian.influxql.columns import Shape, heading_of
from historian.influxql.conditions import condition_of, points_where
from historian.influxql.directory import FIELDS
from historian.influxql.errors import ParseError, StatementError
from historian.influxql.syntax import Call, Duration, Name, Pattern, Wildcard
from historian.influxql.times import zone_named
from historian.influxql.windows import Every

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from historian.influxql.columns import Heading
    from historian.influxql.directory import Directory, Measurement
    from historian.influxql.patterns import Patterns
    from historian.influxql.syntax import Expression, Select, Source


@dataclass(frozen=True, slots=True)
class Group:
    """One series of an answer.

    Attributes:
        measurement: its name.
        tags: what GROUP BY asked for; empty where the series lack the tag.
        points: which are taken together.
    """

    measurement: str
    tags: Mapping[str, str]
    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A SELECT that can be answered.

    Attributes:
        select: as parsed.
        heading: its columns.
        shape: what kind it is.
        zone: of windows and of the times shown.
        start, end: the interval, ns; None where the query does not say.
        every: GROUP BY time(), or None.
        groups: in the order of the answer.
    """

    select: Select
    heading: Heading
    shape: Shape
    zone: tzinfo
    start: int | None
    end: int | None
    every: Every | None
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans over one set of series.

    Attributes:
        database: what the database is called.
        directory: the series.
        patterns: evaluates regular expressions.
    """

    database: str
    directory: Directory
    patterns: Patterns

    def plan(self, select: Select, now_ns: int, database: str) -> Plan:
        """Plan a SELECT.

        Args:
            select: as parsed.
            now_ns: what ``now()`` is.
            database: of sources that name none.

        Raises:
            ParseError: it asks for something that is not supported.
            StatementError: it makes no sense, in InfluxDB's words.
        """
        zone = zone_named(select.timezone) if select.timezone else UTC
        condition = condition_of(select.where, now_ns, zone)
        every = every_of(select.dimensions, now_ns)
        measurements = self.measurements(select.sources, database)
        tag_keys = sorted({key for one in measurements for key in one.tag_keys})
        grouped = self._grouped(select.dimensions, tag_keys)
        names = _meant(select.dimensions, tag_keys, grouped) if measurements else []
        heading = heading_of(select.columns, names, self.patterns)
        shape = heading.shape(windowed=every is not None)
        if every is not None:
            _check_windows(shape, condition.start)
        groups = [
            group
            for one in measurements
            for group in _page(
                _groups(one, grouped, points_where(condition.tags, one, self.patterns)), select
            )
        ]
        groups.sort(key=lambda g: (g.measurement, *g.tags.values()), reverse=select.descending)
        end = now_ns + 1 if every is not None and condition.end is None else condition.end
        return Plan(select, heading, shape, zone, condition.start, end, every, tuple(groups))

    def measurements(self, sources: Iterable[Source], database: str) -> list[Measurement]:
        """What FROM means, each once, sorted by name; all measurements where there is no FROM.

        Raises:
            StatementError: there is no such database or retention policy.
        """
        found: set[str] = set()
        for source in sources:
            self.check_database(source.database or database)
            if source.policy not in ("", POLICY):
                raise StatementError(f"retention policy not found: {source.policy}")
            found.update(self._names(source))
        return [one for name in sorted(found) if (one := self.directory.get(name))]

    def _names(self, source: Source) -> Sequence[str]:
        if isinstance(source.measurement, Pattern):
            return self.patterns.chosen(source.measurement.text, self.directory.names)
        return (source.measurement,)

    def check_database(self, name: str) -> None:
        """See that a database is ours.

        Raises:
            StatementError: it is not.
        """
        if not name:
            raise StatementError("database name required")
        if name != self.database:
            raise StatementError(f"database not found: {name}")

    def _grouped(self, dimensions: Sequence[Expression], tag_keys: Sequence[str]) -> list[str]:
        found: set[str] = set()
        for dimension in dimensions:
            match dimension:
                case Name(key):
                    found.add(key)
                case Wildcard():
                    found.update(tag_keys)
                case Pattern(pattern):
                    found.update(self.patterns.chosen(pattern, tag_keys))
        return sorted(found)


POLICY = "autogen"
"""The one retention policy, called as InfluxDB calls its first."""


def every_of(dimensions: Sequence[Expression], now_ns: int) -> Every | None:
    """The windows of GROUP BY time(), or None.

    Raises:
        StatementError: they cannot be made.
    """
    times = [d for d in dimensions if isinstance(d, Call)]
    if any(isinstance(d, Name) and d.text.lower() == "time" for d in dimensions):
        raise StatementError("time() is a function and expects at least one argument")
    if any(call.name != "time" for call in times):
        raise StatementError("only time() calls allowed in dimensions")
    if len(times) > 1:
        raise StatementError("multiple time dimensions not allowed")
    if not times:
        return None
    match times[0].arguments:
        case (Duration(ns),):
            offset = 0
        case (Duration(ns), Duration(offset)):
            pass
        case (Duration(ns), Call("now", ())):
            offset = now_ns
        case _:
            raise StatementError("time dimension must have duration argument")
    if ns <= 0:
        raise StatementError("time dimension must be longer than 0")
    return Every(ns, offset % ns)


def _meant(
    dimensions: Sequence[Expression], tag_keys: Sequence[str], grouped: Sequence[str]
) -> list[str]:
    """What a wildcard among the columns means: no tags at all where they are grouped by one."""
    if any(isinstance(d, Wildcard | Pattern) for d in dimensions):
        return sorted(FIELDS)
    return sorted({*tag_keys, *FIELDS} - set(grouped))


def _check_windows(shape: Shape, start: int | None) -> None:
    if shape is Shape.RAW:
        raise StatementError("GROUP BY requires at least one aggregate function")
    if start is None:
        raise ParseError("GROUP BY time() needs a beginning here: add e.g. time >= now() - 6h")


def _groups(measurement: Measurement, keys: Sequence[str], points: Iterable[int]) -> list[Group]:
    members: dict[tuple[str, ...], list[int]] = {}
    for point in sorted(points):
        series = measurement.series[point]
        members.setdefault(tuple(series.tag(key) for key in keys), []).append(point)
    return [
        Group(measurement.name, dict(zip(keys, values, strict=True)), tuple(members[values]))
        for values in sorted(members)
    ]


def _page(groups: list[Group], select: Select) -> list[Group]:
    """SLIMIT and SOFFSET count in the order of InfluxDB's index, where empty tags are missing."""
    page = select.page
    if not page.series_limit and not page.series_offset:
        return groups
    ordered = sorted(groups, key=lambda group: _key(group.tags))
    end = page.series_offset + page.series_limit if page.series_limit else None
    return ordered[page.series_offset : end]


def _key(tags: Mapping[str, str]) -> str:
    there = {key: value for key, value in tags.items() if value}
    return "|".join((*there, *there.values()))
