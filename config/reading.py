"""Reads the files of one folder, and nothing outside it."""

from __future__ import annotations

import math
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.positions import KeyPath, Position, key_positions
from config.problems import Place, Problems, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_TOML_BYTES = 1 << 20
MOST_CSV_BYTES = 32 << 20
# The parser's time grows with the square of the parts of one key; a line bounds it.
MOST_TOML_LINE = 8_192


@dataclass(frozen=True, slots=True, eq=False)
class TomlDocument:
    """A TOML file that could be parsed.

    Attributes:
        file: relative to the city's folder.
        table: what it holds.
        positions: where each key stands.
    """

    file: Path
    table: dict[str, Any]
    positions: Mapping[KeyPath, Position]

    def place(self, path: KeyPath) -> Place:
        """Where a key stands; of a missing one, where its table begins."""
        known = path
        while known not in self.positions:
            known = known[:-1]
        position = self.positions[known]
        return Place(self.file, position.line, position.column)


@dataclass(slots=True, eq=False)
class CityFolder:
    """The folder that holds a city's files.

    Attributes:
        root: absolute, with links resolved.
        problems: where everything that is wrong is noted.
        files: absolute paths of all files that were read.
    """

    root: Path
    problems: Problems
    files: list[Path] = field(default_factory=list)

    def inside(self, name: str, named_at: Place) -> Path | None:
        """The absolute path of a file that must stand in the folder, or None with a problem."""
        if "\0" in name:
            self.problems.add(named_at, "a file name holds a null character")
            return None
        path = (self.root / name).resolve()
        if path.is_relative_to(self.root):
            return path
        self._outside(name, named_at)
        return None

    def _outside(self, name: str, named_at: Place) -> None:
        self.problems.add(
            named_at,
            f"{name!r} leads out of the city's folder",
            expected="a file in the folder of city.toml or below it",
            hint="copy it there; links to other places are not followed",
        )

    def matching(self, pattern: str, named_at: Place) -> list[Path]:
        """The files that a name or a pattern like ``rules/*.toml`` means, relative to the root."""
        if not any(mark in pattern for mark in "*?["):
            path = self.inside(pattern, named_at)
            return [] if path is None else [path.relative_to(self.root)]
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            self._outside(pattern, named_at)
            return []
        found = sorted(p.relative_to(self.root) for p in self.root.glob(pattern) if p.is_file())
        if not found:
            self.problems.add(named_at, f"no file matches {pattern!r}")
        return found

    def read(self, name: Path, limit: int, named_at: Place) -> bytes | None:
        """The bytes of a file in the folder, or None with a problem.

        Args:
            name: relative to the root.
            limit: bytes; a larger file is refused before it is read.
            named_at: what names the file, for the problem.
        """
        path = self.inside(str(name), named_at)
        if path is None:
            return None
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                self.problems.add(named_at, f"{name.as_posix()!r} is no ordinary file")
                return None
            with path.open("rb") as stream:
                content = stream.read(limit + 1)
        except FileNotFoundError:
            self._missing(name, path, named_at)
            return None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.problems.add(named_at, f"file {name.as_posix()!r} cannot be read: {reason}")
            return None
        if len(content) > limit:
            size = f"{limit / (1 << 20):g} MiB"
            self.problems.add(Place(name), "the file is too large", expected=f"at most {size}")
            return None
        self.files.append(path)
        return content

    def _missing(self, name: Path, path: Path, named_at: Place) -> None:
        beside = path.parent.iterdir() if path.parent.is_dir() else ()
        near = did_you_mean(path.name, (other.name for other in beside))
        self.problems.add(named_at, f"file {name.as_posix()!r} does not exist", hint=near)

    def toml(self, name: Path, named_at: Place) -> TomlDocument | None:
        """A TOML file of the folder, or None with a problem."""
        content = self.read(name, MOST_TOML_BYTES, named_at)
        if content is None:
            return None
        text = _text(content, name, self.problems)
        if text is None or not _lines_are_short(text, name, self.problems):
            return None
        document = _parsed(text, name, self.problems)
        if document is None:
            return None
        for path in _not_finite(document.table):
            self.problems.add(document.place(path), f"{path[-1]} is no finite number")
        return document


def _text(content: bytes, name: Path, problems: Problems) -> str | None:
    try:
        # Editors on Windows put a byte order mark before the text.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(Place(name, line), "the text is not UTF-8", hint="save the file as UTF-8")
        return None


def _lines_are_short(text: str, name: Path, problems: Problems) -> bool:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MOST_TOML_LINE:
            limit = f"at most {MOST_TOML_LINE} characters"
            problems.add(Place(name, number), "the line is too long", expected=limit)
            return False
    return True


def _parsed(text: str, name: Path, problems: Problems) -> TomlDocument | None:
    try:
        return TomlDocument(name, tomllib.loads(text), key_positions(text))
    except tomllib.TOMLDecodeError as error:
        what, line = _split_place(str(error), text)
        problems.add(Place(name, line), f"no valid TOML: {what}")
    except RecursionError:
        problems.add(Place(name), "lists or tables are nested too deeply")
    except ValueError:
        # The interpreter refuses integers of thousands of digits.
        problems.add(Place(name), "an integer has too many digits")
    return None


def _split_place(message: str, text: str) -> tuple[str, int]:
    """The parser's sentence and its line, e.g. from ``Invalid value (at line 3, column 7)``."""
    what, _, place = message.rpartition(" (at ")
    digits = "".join(c for c in place.partition(",")[0] if c.isdigit())
    line = int(digits) if digits else text.rstrip("\n").count("\n") + 1
    return (what[:1].lower() + what[1:], line)


def _not_finite(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Paths of nan and inf, which compare with nothing and would switch a limit off unseen."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, (*path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield path
