"""Problems: what is wrong, where, what was expected, and a hint; collected, not thrown."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file.

    Attributes:
        file: relative to the city's folder.
        line: counted from 1; None means the file as a whole.
        column: counted from 1; None where a row of a spreadsheet is meant.
    """

    file: Path
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.file.as_posix() if self.line is None else f"{self.file.as_posix()}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that must be put right before the city can run.

    Attributes:
        file: relative to the city's folder.
        line, column: counted from 1.
        what: a sentence without its full stop, beginning with what it is about.
        expected: what would have been right, or the empty string.
        hint: what was probably meant, or the empty string.
    """

    file: Path
    line: int | None
    column: int | None
    what: str
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        parts = [self.what]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.hint:
            parts.append(self.hint)
        return f"{Place(self.file, self.line)}: {'; '.join(parts)}"


@dataclass(slots=True, eq=False)
class Problems:
    """Gathers problems while the files are read; the same finding is kept once."""

    _found: dict[tuple[Path, int | None, str], Problem] = field(default_factory=dict)

    def add(self, place: Place, what: str, *, expected: str = "", hint: str = "") -> None:
        """Note a problem.

        Args:
            place: where it stands.
            what: the sentence; the same one at the same place is noted once, so that a
                mistake in a template that forty stations use is one problem.
            expected: what would have been right.
            hint: what was probably meant.
        """
        problem = Problem(place.file, place.line, place.column, what, expected, hint)
        self._found.setdefault((place.file, place.line, what), problem)

    def __len__(self) -> int:
        return len(self._found)

    def in_order(self, first: Path) -> tuple[Problem, ...]:
        """All problems: of the ``first`` file, then of others as met; lines from the top."""
        files = list(dict.fromkeys([first, *(problem.file for problem in self._found.values())]))
        return tuple(
            sorted(
                self._found.values(),
                key=lambda problem: (files.index(problem.file), problem.line or 0),
            )
        )


def report(problems: Iterable[Problem]) -> str:
    """The problems as ``baotu check`` prints them, one a line."""
    return "\n".join(str(problem) for problem in problems)


def problems_as_json(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """The problems for a program: keys file, line, column, what, expected, hint, text."""
    return [
        {
            "file": problem.file.as_posix(),
            "line": problem.line,
            "column": problem.column,
            "what": problem.what,
            "expected": problem.expected,
            "hint": problem.hint,
            "text": str(problem),
        }
        for problem in problems
    ]


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """``did you mean 'port'?`` when a choice comes near the word, else the empty string."""
    known = {choice.lower(): choice for choice in choices}
    near = get_close_matches(word.strip().lower(), known, n=1, cutoff=0.6)
    return f"did you mean {known[near[0]]!r}?" if near else ""


def listed(choices: Iterable[str], most: int = 12) -> str:
    """The choices in one phrase, cut short when there are many."""
    names = list(choices)
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} … ({len(names)} in all)"


def one_of(choices: Iterable[str]) -> str:
    """``one of a, b, c`` – or, for a single choice, just that."""
    names = list(choices)
    return f"one of {listed(names)}" if len(names) != 1 else names[0]
