"""Editors get a schema that says the same as the check."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config.bundled import example_city
from config.schema import FileKind, schema
from config.shapes import Shape

FOLDER = example_city().parent
FILES = [
    (FileKind.CITY, FOLDER / "city.toml"),
    *((FileKind.RULES, file) for file in sorted((FOLDER / "rules").glob("*.toml"))),
    *((FileKind.TEMPLATE, file) for file in sorted((FOLDER / "templates").glob("*.toml"))),
]


def misfits(value: Any, shape: Shape, path: str = "") -> list[str]:
    """Where a document does not fit its schema, as far as keys, types and words go."""
    shape = shape.resolved(value)
    node = shape.node
    if "anyOf" in node or "oneOf" in node:
        members = [Shape(m, shape.root) for m in node.get("anyOf", node.get("oneOf", []))]
        each = [misfits(value, member, path) for member in members]
        return min(each, key=len)
    if isinstance(value, dict):
        if node.get("type") != "object":
            return [f"{path}: a table"]
        missing = [f"{path}.{key}: missing" for key in node.get("required", []) if key not in value]
        unknown = [f"{path}.{k}: unknown" for k in value if not is_known(k, shape)]
        inner = [m for k, v in value.items() for m in misfits(v, shape.inner(k), f"{path}.{k}")]
        return missing + unknown + (inner if not unknown else [])
    if isinstance(value, list):
        if node.get("type") != "array":
            return [f"{path}: a list"]
        return [m for i, v in enumerate(value) for m in misfits(v, shape.inner(i), f"{path}[{i}]")]
    if shape.choices:
        return [] if value in shape.choices else [f"{path}: {value!r}"]
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    return [] if isinstance(value, types.get(node.get("type", ""), ())) else [f"{path}: {value!r}"]


def is_known(key: str, table: Shape) -> bool:
    open_ = isinstance(table.node.get("additionalProperties"), dict)
    return open_ or key in table.keys or bool(table.inner(key).node)


@pytest.mark.parametrize(("kind", "file"), FILES, ids=lambda part: getattr(part, "name", part))
def test_example_fits_its_schema(kind: FileKind, file: Path) -> None:
    document = schema(kind)

    assert misfits(tomllib.loads(file.read_text(encoding="utf-8")), Shape(document, document)) == []


@pytest.mark.parametrize(
    "text",
    [
        'titel = "x"',
        "device = 3",
        '[[device]]\nprotocol = "modbus"\nname = "a"\nhost = "b"\nprot = 1',
        '[[webhook]]\nname = "duty"\nurl = "https://example.org"',
        '[console]\nlanguage = "de"',
    ],
)
def test_schema_refuses_what_the_check_refuses(text: str) -> None:
    document = schema()
    head = 'title = { zh = "a", en = "b" }\ntimezone = "UTC"\n'

    assert misfits(tomllib.loads(head + text), Shape(document, document))


@pytest.mark.parametrize("kind", list(FileKind))
def test_schema_is_json_and_closed(kind: FileKind) -> None:
    document = json.loads(json.dumps(schema(kind)))

    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["additionalProperties"] is False
    assert document["title"].startswith("Baotu: ")


def test_keys_are_described_for_the_editor() -> None:
    devices = schema()["$defs"]["ModbusEntry"]["properties"]

    assert devices["poll_s"]["description"] == "Seconds of city time between two reads."
    assert (devices["port"]["minimum"], devices["port"]["maximum"]) == (1, 65_535)
