"""Which line of a TOML file a key stands on.

The standard library's parser keeps no positions. This scanner walks a text *which that parser
has accepted* and notes where each key, table and list element begins; it never decides what a
value is, and so cannot disagree about it.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the top of the document, e.g. ``("device", 3, "port")``."""


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1."""

    line: int
    column: int


def key_positions(text: str) -> dict[KeyPath, Position]:
    """Positions of everything that has a key or an index in a valid TOML text.

    Args:
        text: accepted by :func:`tomllib.loads`, its lines ended by line feeds alone.

    Returns:
        The position of each key and list element; tables that are only implied by longer
        keys stand where they are first mentioned. The empty path is the top of the file.
    """
    scanner = _Scanner(text)
    scanner.document()
    starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def position(offset: int) -> Position:
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    return {path: position(offset) for path, offset in scanner.offsets.items()}


# Possessive groups would be a little quicker, but Python before 3.11.5 matches them wrongly.
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*+)*")
_SPACE = re.compile(r"[ \t]*+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL = re.compile(r"'[^']*+'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}")
_PLAIN = re.compile(r"[^,\]}\n#]++")
_VALUES = (("'''", _LONG_LITERAL), ('"""', _LONG_BASIC), ("'", _LITERAL), ('"', _BASIC))


class _Scanner:
    """Reads the text once from top to bottom; ``at`` is the offset of the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.offsets: dict[KeyPath, int] = {(): 0}
        self._elements: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self._sees("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        start = self.at
        repeated = self.text.startswith("[[", self.at)
        self.at += 2 if repeated else 1
        path: KeyPath = ()
        *parents, last = [key for key, _ in self._dotted_key()]
        for key in parents:
            path = self._latest((*path, key))
            self.offsets.setdefault(path, start)
        path = (*path, last)
        self.offsets.setdefault(path, start)
        if repeated:
            self._elements[path] = self._elements.get(path, 0) + 1
            path = self._latest(path)
            self.offsets[path] = start
        self.at += 2 if repeated else 1
        return path

    def _latest(self, path: KeyPath) -> KeyPath:
        """The table that ``path`` means: of repeated tables, the one begun last."""
        return (*path, self._elements[path] - 1) if path in self._elements else path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for key, offset in self._dotted_key():
            path = (*path, key)
            self.offsets.setdefault(path, offset)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _dotted_key(self) -> list[tuple[str, int]]:
        """The parts of a key with their offsets; stops at what follows the key."""
        parts = []
        while True:
            self._skip(_SPACE)
            start = self.at
            parts.append((self._simple_key(), start))
            self._skip(_SPACE)
            if not self._sees("."):
                return parts
            self.at += 1

    def _simple_key(self) -> str:
        for quote, pattern in (('"', _BASIC), ("'", _LITERAL)):
            if self._sees(quote):
                quoted = self._skip(pattern)
                return next(iter(tomllib.loads(f"{quoted} = 0")))
        return self._skip(_BARE_KEY)

    def _value(self, path: KeyPath) -> None:
        if self._sees("["):
            self._list(path)
        elif self._sees("{"):
            self._inline_table(path)
        else:
            opened = (pattern for quote, pattern in _VALUES if self._sees(quote))
            self._skip(next(opened, _PLAIN))

    def _list(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while not self._sees("]"):
            element = (*path, index)
            self.offsets[element] = self.at
            self._value(element)
            index += 1
            self._comma()
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        self._skip(_BLANK)
        while not self._sees("}"):
            self._pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._sees(","):
            self.at += 1
            self._skip(_BLANK)

    def _sees(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"offset {self.at}: the text is no valid TOML")
        self.at = found.end()
        return found[0]
