"""What each rule of the grammar means, as types."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lark import Token, Transformer

from historian.influxql.errors import ParseError
from historian.influxql.syntax import (
    Binary,
    Call,
    Column,
    Compare,
    Comparison,
    Duration,
    Expression,
    Fill,
    KeyChoice,
    Logic,
    Name,
    Number,
    Operator,
    Page,
    Pattern,
    Select,
    ShowDatabases,
    ShowFieldKeys,
    ShowMeasurements,
    ShowRetentionPolicies,
    ShowSeries,
    ShowTagKeys,
    ShowTagValues,
    Source,
    Text,
    Wildcard,
)
from historian.influxql.times import duration_ns

if TYPE_CHECKING:
    from historian.influxql.syntax import Statement

MOST_OPERATORS = 64
"""Operators below each other in one expression."""

LARGEST = 2**63 - 1
_ESCAPE = re.compile(r"\\(.)")
_FILLS = ("none", "null", "previous", "linear")


class Identifier(str):
    """An identifier without its quotes."""

    __slots__ = ()


class Part(NamedTuple):
    """A part that stands in a statement at most once: the attribute it is, and its content."""

    attribute: str
    content: Any


class Building(Transformer[Token, "tuple[Statement, ...]"]):
    """Called by the parser with the children of each rule, inner rules first.

    What stands in a statement at most once is a :class:`Part`; its attribute is the name that
    the statement's type gives it.
    """

    def start(self, children: list[Any]) -> tuple[Statement, ...]:
        """All statements."""
        return tuple(children)

    # Names and values

    def name(self, children: list[Any]) -> Identifier:
        """``zone`` or ``"zone"``."""
        token = children[0]
        return Identifier(_unquoted(token) if token.type == "QUOTED" else token)

    def variable(self, children: list[Any]) -> Name:
        """A field or tag; the type behind ``::`` says nothing that is not known."""
        return Name(str(children[0]))

    def text(self, children: list[Any]) -> Text:
        """``'east'``."""
        return Text(_unquoted(children[0]))

    def pattern(self, children: list[Any]) -> Pattern:
        """``/^east/``; only the slash needs a backslash of its own."""
        return Pattern(children[0][1:-1].replace("\\/", "/"))

    def wildcard(self, _: list[Any]) -> Wildcard:
        """``*``."""
        return Wildcard()

    def integer(self, children: list[Any]) -> Number:
        """``42``."""
        return Number(_whole(children[0]))

    def decimal(self, children: list[Any]) -> Number:
        """``0.5``."""
        value = float(children[0])
        if math.isinf(value):
            raise ParseError(f"{children[0][:20]}… is too large a number")
        return Number(value)

    def duration(self, children: list[Any]) -> Duration:
        """``1h30m``."""
        return Duration(duration_ns(children[0]))

    # Expressions

    def call(self, children: list[Any]) -> Call:
        """``mean("value")``; function names are read in any case."""
        return Call(str(children[0]).lower(), tuple(children[1:]))

    def binary(self, children: list[Any]) -> Binary:
        """``a + b``."""
        left, operator, right = children
        return _binary(cast("Operator", str(operator)), left, right)

    def negative(self, children: list[Any]) -> Expression:
        """``-a``."""
        match children[1]:
            case Number(value):
                return Number(-value)
            case Duration(ns):
                return Duration(-ns)
            case operand:
                return _binary("*", Number(-1), operand)

    def positive(self, children: list[Any]) -> Expression:
        """``+a``."""
        operand: Expression = children[1]
        return operand

    def compare(self, children: list[Any]) -> Compare:
        """``a >= b``."""
        left, operator, right = children
        operator = "!=" if operator == "<>" else str(operator)
        return Compare(cast("Comparison", operator), left, right)

    def match(self, children: list[Any]) -> Compare:
        """``a =~ /x/``."""
        left, operator, regex = children
        return Compare(cast("Comparison", str(operator)), left, self.pattern([regex]))

    def all_of(self, children: list[Any]) -> Logic:
        """``a AND b``."""
        return Logic("AND", tuple(children))

    def any_of(self, children: list[Any]) -> Logic:
        """``a OR b``."""
        return Logic("OR", tuple(children))

    # Parts of statements

    def column(self, children: list[Any]) -> Column:
        """An expression and its alias."""
        return Column(children[0], str(children[1]) if len(children) > 1 else "")

    def source(self, children: list[Any]) -> Source:
        """``m``, ``policy.m``, ``database.policy.m`` or ``database..m``."""
        dots = sum(isinstance(child, Token) for child in children)
        names = [child for child in children if not isinstance(child, Token)]
        measurement = names[-1] if isinstance(names[-1], Pattern) else str(names[-1])
        before = [str(name) for name in names[:-1]]
        match dots:
            case 0:
                return Source(measurement)
            case 1:
                return Source(measurement, policy=before[0])
            case _:
                return Source(measurement, before[0], before[1] if len(before) > 1 else "")

    def where(self, children: list[Any]) -> Part:
        """WHERE."""
        return Part("where", children[0])

    def group(self, children: list[Any]) -> Part:
        """GROUP BY."""
        return Part("dimensions", tuple(children))

    def fill(self, children: list[Any]) -> Part:
        """FILL."""
        return Part("fill", _fill(children[0]))

    def order(self, children: list[Any]) -> Part:
        """ORDER BY time."""
        if children and isinstance(children[0], Identifier) and children[0].lower() != "time":
            raise ParseError("only ORDER BY time supported at this time")
        return Part("descending", str(children[-1]).lower() == "desc" if children else False)

    def direction(self, children: list[Any]) -> str:
        """ASC or DESC."""
        return str(children[0])

    def by_name(self, _: list[Any]) -> Part:
        """What a SHOW lists is in the order of names anyway."""
        return Part("by_name", None)

    def limit(self, children: list[Any]) -> Part:
        """LIMIT."""
        return Part("limit", _whole(children[0]))

    def offset(self, children: list[Any]) -> Part:
        """OFFSET."""
        return Part("offset", _whole(children[0]))

    def slimit(self, children: list[Any]) -> Part:
        """SLIMIT."""
        return Part("series_limit", _whole(children[0]))

    def soffset(self, children: list[Any]) -> Part:
        """SOFFSET."""
        return Part("series_offset", _whole(children[0]))

    def timezone(self, children: list[Any]) -> Part:
        """TZ."""
        return Part("timezone", _unquoted(children[0]))

    def on(self, children: list[Any]) -> Part:
        """ON."""
        return Part("database", str(children[0]))

    def from_(self, children: list[Any]) -> Part:
        """FROM of a SHOW."""
        return Part("sources", tuple(children))

    def with_measurement(self, children: list[Any]) -> Part:
        """WITH MEASUREMENT."""
        part: Part = children[0]
        return part

    def is_name(self, children: list[Any]) -> Part:
        """``= "zone"``."""
        return Part("choice", KeyChoice((str(children[1]),), children[0].type == "DIFFERS"))

    def in_names(self, children: list[Any]) -> Part:
        """``IN ("site", "zone")``."""
        return Part("choice", KeyChoice(tuple(map(str, children))))

    def like(self, children: list[Any]) -> Part:
        """``=~ /s/``."""
        chosen = self.pattern([children[1]])
        return Part("choice", KeyChoice(chosen, children[0].type == "NO_MATCH"))

    # Statements

    def select(self, children: list[Any]) -> Select:
        """SELECT."""
        return Select(
            columns=tuple(child for child in children if isinstance(child, Column)),
            sources=tuple(child for child in children if isinstance(child, Source)),
            **_parts(children),
        )

    def show_databases(self, _: list[Any]) -> ShowDatabases:
        """SHOW DATABASES."""
        return ShowDatabases()

    def show_policies(self, children: list[Any]) -> ShowRetentionPolicies:
        """SHOW RETENTION POLICIES."""
        return ShowRetentionPolicies(*(part.content for part in children))

    def show_measurements(self, children: list[Any]) -> ShowMeasurements:
        """SHOW MEASUREMENTS."""
        return ShowMeasurements(**_parts(children))

    def show_tag_keys(self, children: list[Any]) -> ShowTagKeys:
        """SHOW TAG KEYS."""
        return ShowTagKeys(**_parts(children))

    def show_tag_values(self, children: list[Any]) -> ShowTagValues:
        """SHOW TAG VALUES."""
        return ShowTagValues(**_parts(children))

    def show_field_keys(self, children: list[Any]) -> ShowFieldKeys:
        """SHOW FIELD KEYS."""
        return ShowFieldKeys(**_parts(children))

    def show_series(self, children: list[Any]) -> ShowSeries:
        """SHOW SERIES."""
        return ShowSeries(**_parts(children))


def _parts(children: list[Any]) -> dict[str, Any]:
    """The parts of a statement by attribute, those of its page together."""
    parts = {p.attribute: p.content for p in children if isinstance(p, Part)}
    parts.pop("by_name", None)
    page = {key: parts.pop(key) for key in Page.__slots__ if key in parts}
    return {**parts, "page": Page(**page)}


def _binary(operator: Operator, left: Expression, right: Expression) -> Binary:
    depth = 1 + max(_depth(left), _depth(right))
    if depth > MOST_OPERATORS:
        raise ParseError(f"more than {MOST_OPERATORS} operators in one expression: simplify it")
    return Binary(operator, left, right, depth)


def _depth(expression: Expression) -> int:
    return expression.depth if isinstance(expression, Binary) else 0


def _fill(what: Any) -> Fill:
    match what:
        case Number(value):
            return Fill("number", value)
        case str() if what.lower() in _FILLS:
            return Fill(cast("Any", what.lower()))
        case _:
            raise ParseError("expected number argument in fill()")


def _whole(token: str) -> int:
    value = int(token[:20])
    if value > LARGEST or len(token) > 20:
        raise ParseError(f"{token[:20]} is too large a number: the largest is {LARGEST}")
    return value


def _unquoted(token: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], token[1:-1])
