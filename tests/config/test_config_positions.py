"""Each key of a TOML file is found on its own line, whatever the file looks like."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.bundled import example_city
from config.positions import KeyPath, Position, key_positions


def paths_of(value: object, path: KeyPath = ()) -> set[KeyPath]:
    """All paths of a parsed document, tables and lists included."""
    found = {path}
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= paths_of(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found |= paths_of(inner, (*path, index))
    return found


NAMES = ("a", "b-c", "1", "名", "x y", "k=v", "#", "[t]", "dot.ted")
TABLES = ("t", "u-v", "2", "表", "y z", "]", "dot.t")


@dataclass
class Writer:
    """Writes a TOML text of random shape and notes where each key begins."""

    draw: Any
    text: str = ""
    wrote: dict[KeyPath, Position] = field(default_factory=dict)

    def note(self, path: KeyPath) -> None:
        line = self.text.count("\n") + 1
        self.wrote.setdefault(path, Position(line, len(self.text) - self.text.rfind("\n")))

    def document(self) -> None:
        self.blank()
        self.pairs((), many=3)
        for name in self.names(3, TABLES):
            if self.draw(st.booleans()):
                self.table((name,))
            else:
                self.tables(name)

    def table(self, path: KeyPath) -> None:
        self.note(path)
        self.text += f"[{self.space()}{self.key(path[0])}{self.space()}]"
        self.line_end()
        self.pairs(path, many=3)

    def tables(self, name: str) -> None:
        for index in range(self.draw(st.integers(1, 3))):
            self.note((name,))
            self.note((name, index))
            self.text += f"[[{self.key(name)}]]"
            self.line_end()
            self.pairs((name, index), many=2)
            if self.draw(st.booleans()):
                inner = (name, index, "sub")
                self.note(inner)
                self.text += f"[{self.key(name)} . sub]"
                self.line_end()
                self.pairs(inner, many=2)

    def pairs(self, table: KeyPath, many: int) -> None:
        for name in self.names(many):
            self.text += self.space()
            self.pair((*table, name))
            self.line_end()

    def pair(self, path: KeyPath, *, depth: int = 0) -> None:
        self.note(path)
        self.text += self.key(path[-1])
        if self.draw(st.integers(0, 3)) == 0:
            self.text += f"{self.space()}.{self.space()}"
            path = (*path, "deep")
            self.note(path)
            self.text += self.key("deep")
        self.text += f"{self.space()}={self.space()}"
        self.value(path, depth)

    def value(self, path: KeyPath, depth: int) -> None:
        shape = self.draw(st.integers(0, 5)) if depth < 3 else 0
        if shape == 4:
            self.list_(path, depth)
        elif shape == 5:
            self.inline_table(path, depth)
        else:
            self.text += self.draw(st.sampled_from(SCALARS))

    def list_(self, path: KeyPath, depth: int) -> None:
        self.text += "["
        for index in range(self.draw(st.integers(0, 3))):
            self.blank()
            self.note((*path, index))
            self.value((*path, index), depth + 1)
            self.blank()
            self.text += ","
        self.blank()
        self.text += "]"

    def inline_table(self, path: KeyPath, depth: int) -> None:
        self.text += "{"
        for number, name in enumerate(self.names(2)):
            self.text += ", " if number else self.space()
            self.pair((*path, name), depth=depth + 1)
        self.text += "}"

    def names(self, many: int, choice: tuple[str, ...] = NAMES) -> list[str]:
        return self.draw(st.lists(st.sampled_from(choice), max_size=many, unique=True))

    def key(self, name: object) -> str:
        plain = str(name).isascii() and str(name).replace("-", "").isalnum()
        quoted = f'"{name}"', f"'{name}'"
        return self.draw(st.sampled_from((str(name), *quoted) if plain else quoted))

    def space(self) -> str:
        return self.draw(st.sampled_from(["", " ", "\t "]))

    def blank(self) -> None:
        self.text += self.draw(st.sampled_from(["", "", "\n", " # [a] = \"'\n\n", "  "]))

    def line_end(self) -> None:
        self.text += self.draw(st.sampled_from(["\n", " # end ]\n", "\n\n", "\n   # x = 1\n"]))


SCALARS = [
    "1",
    "-0.5e3",
    "0xFF",
    "true",
    "inf",
    "1979-05-27 07:32:00",
    "07:32:00",
    '""',
    '"# no comment \\" ] } , \\\\"',
    "'it is ] } # [x]'",
    '"""one\ntwo "" three\n# [four]\n\\""""""',
    "'''a '' b\n[[c]]\n'''",
    '"""""a"""',
    "''",
]


@given(st.data())
def test_every_key_is_found_where_it_was_written(data: st.DataObject) -> None:
    writer = Writer(data.draw)
    writer.document()

    found = key_positions(writer.text)

    assert set(found) == paths_of(tomllib.loads(writer.text))
    assert {path: found[path] for path in writer.wrote} == writer.wrote


FILES = sorted(example_city().parent.rglob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_example_files_are_indexed_completely(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert set(key_positions(text)) == paths_of(tomllib.loads(text))


def test_key_in_the_second_of_repeated_tables_has_its_own_line() -> None:
    text = "[[device]]\nport = 1\n\n[[device]]\n# a note\n  port = 2\n[device.tls]\non = true\n"

    found = key_positions(text)

    assert found["device", 0, "port"] == Position(2, 1)
    assert found["device", 1, "port"] == Position(6, 3)
    assert found["device", 1] == Position(4, 1)
    assert found["device", 1, "tls", "on"] == Position(8, 1)


def test_text_that_looks_like_keys_inside_a_long_text_is_no_key() -> None:
    text = 'note = """\n[device]\nport = 1\n"""\nport = 2\n'

    assert key_positions(text)["port",] == Position(5, 1)
