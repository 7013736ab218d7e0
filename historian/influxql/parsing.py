"""From text to statements, or to a sentence that says where it went wrong."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from historian.influxql.building import Building
from historian.influxql.errors import ParseError, ReadOnlyError
from historian.influxql.grammar import GRAMMAR

if TYPE_CHECKING:
    from historian.influxql.syntax import Statement

LONGEST_TEXT = 64 * 1024
"""Characters of a query: a panel that names two thousand points still fits."""

DEEPEST = 64
"""Parentheses within each other; nobody writes so many, and each costs stack."""

_CHANGES = frozenset(
    {"ALTER", "CREATE", "DELETE", "DROP", "GRANT", "INSERT", "INTO", "KILL", "REVOKE", "SET"}
)
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")
_WORD = re.compile(r"\w+|\S")
_SHOWN = {
    "$END": "EOF",
    "COMPARED": "<",
    "DECIMAL": "number",
    "DIFFERS": "!=",
    "DURATION": "duration",
    "EQUALS": "=",
    "COMMA": ",",
    "DOT": ".",
    "IDENTIFIER": "identifier",
    "INTEGER": "integer",
    "LPAR": "(",
    "MATCH": "=~",
    "MINUS": "-",
    "NO_MATCH": "!~",
    "PERCENT": "%",
    "PLUS": "+",
    "QUOTED": "identifier",
    "REGEX": "regex",
    "RPAR": ")",
    "SEMICOLON": ";",
    "SLASH": "/",
    "STAR": "*",
    "STRING": "string",
}


class Parser:
    """Reads queries; one is enough for a process, any thread may call it."""

    @cached_property
    def _lark(self) -> Lark:
        """Built for the first query: it takes a tenth of a second."""
        return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False, transformer=Building())

    def parse(self, text: str) -> tuple[Statement, ...]:
        """The statements of a query.

        Args:
            text: one statement, or several with semicolons between them.

        Raises:
            ParseError: in InfluxDB's words where it has some.
            ReadOnlyError: a statement would change something.
        """
        _check_size(text)
        try:
            statements: tuple[Statement, ...] = self._lark.parse(text)  # type: ignore[assignment]  # what Building.start returns
        except UnexpectedInput as error:
            raise _sentence(text, error) from None
        return statements


def _check_size(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise ParseError(f"the query is longer than {LONGEST_TEXT} characters: shorten it")
    depth = deepest = 0
    for character in _QUOTED.sub("", text):
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ParseError(f"more than {DEEPEST} parentheses within each other: simplify the query")


def _sentence(text: str, error: UnexpectedInput) -> ParseError | ReadOnlyError:
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    place = len(text.rstrip()) if at_end else error.pos_in_stream or 0
    word = _WORD.match(text, place)
    found = word[0] if word else "EOF"
    if found.upper() in _CHANGES:
        return ReadOnlyError(f"{found.upper()} is refused: this address answers questions only")
    before = text[:place]
    line, column = before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1
    return ParseError(f"found {found}, expected {_expected(error)} at line {line}, char {column}")


def _expected(error: UnexpectedInput) -> str:
    names: set[str] = set()
    match error:
        case UnexpectedCharacters():
            names = set(error.allowed or ())
        case UnexpectedToken():
            names = set(error.expected)
    return ", ".join(sorted({_SHOWN.get(name, name) for name in names}))
