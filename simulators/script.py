"""Fault scripts: what breaks in the simulated city, when, and for how long.

A script is TOML, one table per fault::

    [[fault]]
    at = "07:10:00"          # after the start; also "PT7H10M" or seconds
    for = "PT40M"            # without it the fault stays
    kind = "burst"
    target = "south_07"
    flow_m3h = 600           # parameters, see :mod:`simulators.faults`
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from simulators.errors import ScriptError
from simulators.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

KINDS: dict[str, type[Fault]] = {kind.kind: kind for kind in get_args(Fault)}
"""The words of a script and the faults that they mean."""

_GENERAL = ("at", "for", "kind", "target")
_HEADER = re.compile(r"\s*\[\[\s*fault\s*\]\]")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_-]+)\"?\s*=")
_CLOCK = re.compile(r"(?P<h>\d{1,4}):(?P<m>[0-5]\d):(?P<s>[0-5]\d)")
_ISO = re.compile(
    r"P(?:(?P<d>\d+)D)?(?:T(?=\d)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a script."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault and its time.

    Attributes:
        at_s: seconds after the start.
        for_s: how long it lasts; None for ever.
        line: where it stands in the script.
    """

    at_s: float
    for_s: float | None
    fault: Fault
    line: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """All planned faults, in the order of the file."""

    name: str = "no script"
    faults: tuple[Planned, ...] = ()

    def problem(self, planned: Planned, sentence: str) -> Problem:
        """Something wrong with one fault of this script."""
        return Problem(self.name, planned.line, sentence)


def read_script(path: Path) -> Script:
    """Read a script from a file.

    Raises:
        ScriptError: with everything that is wrong.
    """
    try:
        return parse_script(path.read_text("utf-8"), path.name)
    except OSError as error:
        sentence = f"the fault script cannot be read: {error.strerror}; check the path {path}"
        raise ScriptError((Problem(path.name, 1, sentence),)) from error
    except UnicodeDecodeError as error:
        sentence = "the fault script is not UTF-8; save it again in that encoding"
        raise ScriptError((Problem(path.name, 1, sentence),)) from error


def parse_script(text: str, name: str) -> Script:
    """Read a script.

    Args:
        text: TOML.
        name: of the file, for messages.

    Raises:
        ScriptError: with everything that is wrong, each with its line.
    """
    tables = _tables(text, name)
    lines = _lines(text, len(tables))
    reader = _Reader(name)
    planned = [reader.planned(table, at) for table, at in zip(tables, lines, strict=True)]
    if reader.problems:
        raise ScriptError(tuple(sorted(reader.problems, key=lambda problem: problem.line)))
    return Script(name, tuple(entry for entry in planned if entry is not None))


def parse_span(value: object) -> float | None:
    """Seconds of a number, ``"HH:MM:SS"`` or an ISO 8601 duration; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 <= value < float("inf") else None
    if not isinstance(value, str):
        return None
    found = _CLOCK.fullmatch(value) or _ISO.fullmatch(value)
    if found is None or not any(found.groupdict().values()):
        return None
    return sum(_SECONDS[unit] * float(number or 0) for unit, number in found.groupdict().items())


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, or nothing."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


@dataclass(frozen=True, slots=True)
class _Lines:
    """Line numbers of one table: its header and its keys."""

    header: int
    keys: Mapping[str, int]

    def of(self, key: str) -> int:
        return self.keys.get(key, self.header)


def _tables(text: str, name: str) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise ScriptError((Problem(name, line, f"this is no TOML: {error}"),)) from error
    problems = [
        Problem(name, _line_of(text, key), f"unknown key {key!r}: expected [[fault]] tables only")
        for key in document
        if key != "fault"
    ]
    tables: list[dict[str, Any]] = document.get("fault", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        sentence = "faults are written as [[fault]], with two brackets"
        problems.append(Problem(name, _line_of(text, "fault"), sentence))
    if problems:
        raise ScriptError(tuple(problems))
    return tables


def _line_of(text: str, word: str) -> int:
    """First line that begins with a key or table of this name."""
    begins = re.compile(rf"\s*\[*\s*\"?{re.escape(word)}\b")
    return next((i for i, line in enumerate(text.splitlines(), 1) if begins.match(line)), 1)


def _lines(text: str, count: int) -> list[_Lines]:
    """Where the tables stand; tomllib does not say."""
    found: list[tuple[int, dict[str, int]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADER.match(line):
            found.append((number, {}))
        elif found and (key := _KEY.match(line)):
            found[-1][1].setdefault(key[1], number)
    if len(found) != count:  # written inline, as one array
        found = [(_line_of(text, "fault"), {})] * count
    return [_Lines(header, keys) for header, keys in found]


class _Reader:
    """Turns tables into faults and gathers what is wrong."""

    def __init__(self, name: str) -> None:
        self.problems: list[Problem] = []
        self._name = name

    def planned(self, table: Mapping[str, Any], lines: _Lines) -> Planned | None:
        before = len(self.problems)
        at_s = self._span(table, "at", lines)
        for_s = self._span(table, "for", lines) if "for" in table else None
        fault = self._fault(table, lines)
        if len(self.problems) > before or at_s is None or fault is None:
            return None
        return Planned(at_s, for_s, fault, lines.header)

    def _add(self, line: int, sentence: str) -> None:
        self.problems.append(Problem(self._name, line, sentence))

    def _span(self, table: Mapping[str, Any], key: str, lines: _Lines) -> float | None:
        if key not in table:
            self._add(
                lines.header, f"{key!r} is missing: when does the fault begin, after the start?"
            )
            return None
        span = parse_span(table[key])
        if span is None:
            self._add(
                lines.of(key),
                f"{key} = {table[key]!r} is no time: expected seconds, 'HH:MM:SS' or e.g. 'PT10M'",
            )
        return span

    def _fault(self, table: Mapping[str, Any], lines: _Lines) -> Fault | None:
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            what = f"unknown kind {kind!r}" if "kind" in table else "'kind' is missing"
            hint = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
            self._add(lines.of("kind"), f"{what}: expected one of {', '.join(KINDS)}{hint}")
            return None
        target = table.get("target")
        if not isinstance(target, str) or not target:
            self._add(lines.of("target"), f"'target' is missing: what does the {kind} act on?")
        parameters = self._parameters(KINDS[kind], table, lines)
        if parameters is None or not isinstance(target, str):
            return None
        return KINDS[kind](target=target, **parameters)

    def _parameters(
        self, kind: type[Fault], table: Mapping[str, Any], lines: _Lines
    ) -> dict[str, float] | None:
        fields = {f.name: f for f in dataclasses.fields(kind) if f.name != "target"}
        given = {key: value for key, value in table.items() if key not in _GENERAL}
        problems = [
            *self._unknown(kind, given, fields, lines),
            *self._missing(kind, given, fields, lines),
        ]
        result = {}
        for key in given.keys() & fields.keys():
            sentence = _out_of_bounds(key, given[key], fields[key].metadata)
            if sentence:
                problems.append(Problem(self._name, lines.of(key), sentence))
            else:
                result[key] = float(given[key])
        self.problems += problems
        return None if problems else result

    def _unknown(
        self,
        kind: type[Fault],
        given: Mapping[str, Any],
        fields: Mapping[str, dataclasses.Field[Any]],
        lines: _Lines,
    ) -> Iterator[Problem]:
        takes = f"takes {', '.join(fields)}" if fields else "takes no parameters"
        for key in given.keys() - fields.keys():
            hint = did_you_mean(key, [*fields, *_GENERAL])
            sentence = f"unknown key {key!r}: a {kind.kind} {takes}{hint}"
            yield Problem(self._name, lines.of(key), sentence)

    def _missing(
        self,
        kind: type[Fault],
        given: Mapping[str, Any],
        fields: Mapping[str, dataclasses.Field[Any]],
        lines: _Lines,
    ) -> Iterator[Problem]:
        for key, field in fields.items():
            if key not in given and field.default is dataclasses.MISSING:
                sentence = (
                    f"{key!r} is missing: a {kind.kind} needs it, in {field.metadata['unit']}"
                )
                yield Problem(self._name, lines.header, sentence)


def _out_of_bounds(key: str, value: object, bounds: Mapping[str, Any]) -> str | None:
    """What is wrong with a parameter, or None."""
    low, high, unit = bounds["low"], bounds["high"], bounds["unit"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{key} = {value!r} is no number: expected {unit}"
    if not low <= value <= high:
        return f"{key} = {value} is outside {low:g} to {high:g} ({unit})"
    return None
