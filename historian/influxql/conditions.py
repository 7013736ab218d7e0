"""WHERE, taken apart: the interval of time, and what is asked of the tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from historian.influxql.directory import FIELDS
from historian.influxql.errors import ParseError, StatementError
from historian.influxql.syntax import (
    Binary,
    Call,
    Compare,
    Duration,
    Logic,
    Name,
    Number,
    Pattern,
    Text,
)
from historian.influxql.times import instant_ns

if TYPE_CHECKING:
    from datetime import tzinfo

    from historian.influxql.directory import Measurement
    from historian.influxql.patterns import Patterns
    from historian.influxql.syntax import Expression

EARLIEST, LATEST = -(2**63) + 2, 2**63 - 2
"""InfluxDB's first and last instant, ns."""

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(slots=True)
class Condition:
    """What a WHERE asks for.

    Attributes:
        start, end: ``start <= time < end``, ns; None where there is no bound.
        tags: conditions on tags, all of which must hold.
    """

    start: int | None = None
    end: int | None = None
    tags: list[Expression] = field(default_factory=list)

    def after(self, start: int) -> None:
        """Only times from ``start`` on."""
        start = min(max(start, EARLIEST), LATEST)
        self.start = start if self.start is None else max(self.start, start)

    def before(self, end: int) -> None:
        """Only times before ``end``."""
        end = min(max(end, EARLIEST), LATEST)
        self.end = end if self.end is None else min(self.end, end)


def condition_of(where: Expression | None, now_ns: int, zone: tzinfo) -> Condition:
    """Take a WHERE apart.

    Args:
        where: as parsed.
        now_ns: what ``now()`` is.
        zone: of times that name none.

    Raises:
        ParseError, StatementError: it cannot be answered.
    """
    condition = Condition()
    if where is not None:
        _take(where, condition, now_ns, zone)
    return condition


def _take(expression: Expression, into: Condition, now_ns: int, zone: tzinfo) -> None:
    match expression:
        case Logic("AND", terms):
            for term in terms:
                _take(term, into, now_ns, zone)
        case Compare(operator, left, right) if _is_time(left):
            _bound(operator, _instant(right, now_ns, zone), into)
        case Compare(operator, left, right) if _is_time(right):
            _bound(_MIRRORED.get(operator, operator), _instant(left, now_ns, zone), into)
        case _:
            _check_tags(expression)
            into.tags.append(expression)


def _is_time(expression: Expression) -> bool:
    return isinstance(expression, Name) and expression.text.lower() == "time"


def _bound(operator: str, instant: int, into: Condition) -> None:
    match operator:
        case ">=":
            into.after(instant)
        case ">":
            into.after(instant + 1)
        case "<":
            into.before(instant)
        case "<=":
            into.before(instant + 1)
        case "=":
            into.after(instant)
            into.before(instant + 1)
        case _:
            raise StatementError(f"invalid time comparison operator: {operator}")


def _instant(expression: Expression, now_ns: int, zone: tzinfo) -> int:
    match expression:
        case Number(int(value)) | Duration(value):
            return value
        case Text(text):
            return instant_ns(text, zone)
        case Call("now", ()):
            return now_ns
        case Binary("+" | "-" as operator, left, right):
            first, second = (_instant(side, now_ns, zone) for side in (left, right))
            return first + second if operator == "+" else first - second
        case _:
            raise StatementError(
                "time is compared with something that is no time: write e.g. now() - 6h, "
                "'2026-01-01T00:00:00Z' or 1767225600s"
            )


def _check_tags(expression: Expression) -> None:
    match expression:
        case Logic(_, terms):
            for term in terms:
                _check_tags(term)
        case Compare(operator, left, right):
            for side in (left, right):
                if isinstance(side, Name):
                    _check_tag(side.text)
            if not _is_of_tag(operator, left, right):
                raise _unsupported()
        case _:
            raise _unsupported()


def _is_of_tag(operator: str, left: Expression, right: Expression) -> bool:
    if operator in ("=~", "!~"):
        return isinstance(left, Name)
    return operator in ("=", "!=") and {type(left), type(right)} == {Name, Text}


def _unsupported() -> ParseError:
    return ParseError(
        "a condition is not supported: tags are compared with strings by =, !=, =~ and !~, "
        "e.g. \"zone\" = 'east', and time by <, <=, >, >= and ="
    )


def _check_tag(name: str) -> None:
    if name.lower() == "time":
        raise ParseError("time may stand in a condition joined by AND only, not below an OR")
    if name in FIELDS:
        raise ParseError(f"conditions on fields are not supported: {name} is one, tags are none")


def points_where(
    conditions: list[Expression], measurement: Measurement, patterns: Patterns
) -> frozenset[int]:
    """The points of a measurement for which all conditions hold.

    Raises:
        ParseError: a pattern is none.
    """
    found = measurement.points
    for condition in conditions:
        found &= _points(condition, measurement, patterns)
    return found


def _points(condition: Expression, measurement: Measurement, patterns: Patterns) -> frozenset[int]:
    match condition:
        case Logic(operator, terms):
            parts = [_points(term, measurement, patterns) for term in terms]
            both = operator == "AND"
            return frozenset.intersection(*parts) if both else frozenset.union(*parts)
        case Compare(operator, Name(key), Text(value)) | Compare(operator, Text(value), Name(key)):
            found = measurement.with_tag(key, value)
        case Compare(operator, Name(key), Pattern(pattern)):
            values = sorted(measurement.by_tag.get(key, {"": frozenset()}))
            chosen = patterns.chosen(pattern, values)
            found = frozenset().union(*(measurement.with_tag(key, value) for value in chosen))
        case _:
            raise AssertionError("conditions are checked when they are taken apart")
    return found if operator in ("=", "=~") else measurement.points - found
