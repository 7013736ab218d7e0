"""What a parsed query consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator = Literal["+", "-", "*", "/", "%"]
Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "=~", "!~"]


@dataclass(frozen=True, slots=True)
class Name:
    """A field, a tag, or ``time``; quoted or not."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string in single quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number without unit."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time such as ``90s`` or ``1h30m``, nanoseconds."""

    ns: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression between slashes."""

    text: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``*``."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments; the name in lower case."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions and what is done with them; ``depth`` such nodes stand below each other."""

    operator: Operator
    left: Expression
    right: Expression
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Compare:
    """Two expressions compared."""

    operator: Comparison
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions of which all (AND) or at least one (OR) must hold."""

    operator: Literal["AND", "OR"]
    terms: tuple[Expression, ...]


Expression: TypeAlias = (
    Name | Text | Number | Duration | Pattern | Wildcard | Call | Binary | Compare | Logic
)


@dataclass(frozen=True, slots=True)
class Column:
    """One thing selected, with the name it is given, or the empty string."""

    expression: Expression
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A measurement, or those that match a pattern; database and policy may be empty."""

    measurement: str | Pattern
    database: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """What stands in an empty window: nothing at all, null, a neighbour's value or a number."""

    how: Literal["none", "null", "previous", "linear", "number"] = "null"
    number: int | float = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows and which series of an answer are wanted; a limit of 0 means all."""

    limit: int = 0
    offset: int = 0
    series_limit: int = 0
    series_offset: int = 0


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT."""

    columns: tuple[Column, ...]
    sources: tuple[Source, ...]
    where: Expression | None = None
    dimensions: tuple[Expression, ...] = ()
    fill: Fill = Fill()
    descending: bool = False
    page: Page = Page()
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class ShowDatabases:
    """SHOW DATABASES."""


@dataclass(frozen=True, slots=True)
class ShowRetentionPolicies:
    """SHOW RETENTION POLICIES."""

    database: str = ""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """``= "zone"``, ``IN ("site", "zone")``, ``=~ /s/`` and their opposites.

    Attributes:
        wanted: names, or a pattern that they match.
        opposite: those that are not among them.
    """

    wanted: tuple[str, ...] | Pattern
    opposite: bool = False


@dataclass(frozen=True, slots=True)
class ShowMeasurements:
    """SHOW MEASUREMENTS."""

    database: str = ""
    choice: KeyChoice | None = None
    where: Expression | None = None
    page: Page = Page()


@dataclass(frozen=True, slots=True)
class ShowTagKeys:
    """SHOW TAG KEYS."""

    database: str = ""
    sources: tuple[Source, ...] = ()
    where: Expression | None = None
    page: Page = Page()


@dataclass(frozen=True, slots=True)
class ShowTagValues:
    """SHOW TAG VALUES."""

    choice: KeyChoice
    database: str = ""
    sources: tuple[Source, ...] = ()
    where: Expression | None = None
    page: Page = Page()


@dataclass(frozen=True, slots=True)
class ShowFieldKeys:
    """SHOW FIELD KEYS."""

    database: str = ""
    sources: tuple[Source, ...] = ()
    page: Page = Page()


@dataclass(frozen=True, slots=True)
class ShowSeries:
    """SHOW SERIES."""

    database: str = ""
    sources: tuple[Source, ...] = ()
    where: Expression | None = None
    page: Page = Page()


Show: TypeAlias = (
    ShowDatabases
    | ShowRetentionPolicies
    | ShowMeasurements
    | ShowTagKeys
    | ShowTagValues
    | ShowFieldKeys
    | ShowSeries
)
Statement: TypeAlias = Select | Show
