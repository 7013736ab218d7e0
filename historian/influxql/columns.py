"""What a SELECT selects: wildcards written out, names given, and what kind of query it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from historian.influxql.directory import FIELDS
from historian.influxql.errors import ParseError, StatementError
from historian.influxql.functions import SELECTORS, check_call
from historian.influxql.syntax import Binary, Call, Column, Name, Number, Pattern, Wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from historian.influxql.patterns import Patterns
    from historian.influxql.syntax import Expression


class Shape(Enum):
    """The kinds of SELECT."""

    RAW = auto()  # single samples
    AGGREGATE = auto()  # functions, one row a window
    PICK = auto()  # one selector: the sample that it picks, with its own time and tags


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns of an answer.

    Attributes:
        time: what the time is called.
        names: of the columns behind it.
        expressions: what stands in them; of names, calls, numbers and operators.
        calls: all calls, each once.
        variables: all fields and tags outside of calls, each once.
    """

    time: str
    names: tuple[str, ...]
    expressions: tuple[Expression, ...]
    calls: tuple[Call, ...]
    variables: tuple[str, ...]

    def shape(self, *, windowed: bool) -> Shape:
        """What kind of SELECT they make.

        Args:
            windowed: whether there is a GROUP BY time().
        """
        if not self.calls:
            return Shape.RAW
        alone = len(self.calls) == 1 and self.calls[0].name in SELECTORS
        return Shape.PICK if alone and (self.variables or not windowed) else Shape.AGGREGATE


def heading_of(columns: Sequence[Column], names: Sequence[str], patterns: Patterns) -> Heading:
    """Look at the columns of a SELECT.

    Args:
        columns: as parsed.
        names: fields and tags that a wildcard means, sorted.
        patterns: finds the names that a pattern means.

    Raises:
        ParseError: something is not supported.
        StatementError: the columns cannot stand together.
    """
    times = [column for column in columns if _is_time(column)]
    expanded = [one for c in columns if c not in times for one in _written_out(c, names, patterns)]
    expressions = tuple(column.expression for column in expanded)
    found = [leaf for expression in expressions for leaf in _leaves(expression)]
    calls = tuple(dict.fromkeys(leaf for leaf in found if isinstance(leaf, Call)))
    variables = tuple(dict.fromkeys(leaf.text for leaf in found if isinstance(leaf, Name)))
    _check(expressions, calls, variables)
    time = next((column.alias for column in times if column.alias), "time")
    return Heading(time, _names(expanded), expressions, calls, variables)


def _is_time(column: Column) -> bool:
    return isinstance(column.expression, Name) and column.expression.text == "time"


def _written_out(column: Column, names: Sequence[str], patterns: Patterns) -> Iterator[Column]:
    match column.expression:
        case Wildcard():
            yield from (Column(Name(name)) for name in names)
        case Pattern(pattern):
            yield from (Column(Name(name)) for name in patterns.chosen(pattern, names))
        case Call(name, (Wildcard() | Pattern() as which, *more)) as call:
            check_call(call)
            fields = sorted(FIELDS)
            if isinstance(which, Pattern):
                fields = patterns.chosen(which.text, fields)
            for field in fields:
                alias = f"{column.alias or name}_{field}"
                yield Column(replace(call, arguments=(Name(field), *more)), alias)
        case _:
            yield column


def _leaves(expression: Expression) -> Iterator[Expression]:
    match expression:
        case Binary(_, left, right):
            yield from _leaves(left)
            yield from _leaves(right)
        case Call(name, (Wildcard() | Pattern(), *_)):
            raise StatementError(f"unsupported expression with wildcard: {name}()")
        case Call():
            check_call(expression)
            yield expression
        case Name() | Number():
            yield expression
        case _:
            raise ParseError(
                "only fields, tags, numbers, functions of fields and + - * / % can be selected"
            )


def _check(
    expressions: Sequence[Expression], calls: Sequence[Call], variables: Sequence[str]
) -> None:
    for expression in expressions:
        kinds = {type(leaf) for leaf in _leaves(expression)}
        if kinds == {Number}:
            raise StatementError("field must contain at least one variable")
        if kinds >= {Call, Name} and len(calls) == 1 and calls[0].name in SELECTORS:
            raise ParseError("a function and a field in one expression are not supported")
    alone = len(calls) == 1 and calls[0].name in SELECTORS
    if calls and variables and not alone:
        raise StatementError("mixing aggregate and non-aggregate queries is not supported")


def _names(columns: Sequence[Column]) -> tuple[str, ...]:
    """Aliases stand as they are; other names that are taken already get a number."""
    taken = {column.alias: 1 for column in columns if column.alias}
    return tuple(column.alias or _free(_name(column.expression), taken) for column in columns)


def _free(name: str, taken: dict[str, int]) -> str:
    count = taken.get(name)
    if count is None:
        taken[name] = 1
        return name
    while f"{name}_{count}" in taken:
        count += 1
    taken[name] = count + 1
    taken[f"{name}_{count}"] = 1
    return f"{name}_{count}"


def _name(expression: Expression) -> str:
    return "_".join(
        leaf.name if isinstance(leaf, Call) else leaf.text
        for leaf in _leaves(expression)
        if isinstance(leaf, Call | Name)
    )
