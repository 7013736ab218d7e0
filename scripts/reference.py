"""Write docs/reference/ from the program itself: commands, HTTP API, city files.

`python scripts/reference.py` writes the pages; with `--check` it only says whether they are
true, and exits 1 if not.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import typer

from config.schema import FileKind, schema
from console.app import openapi_document
from service.cli.app import app

_ATTRIBUTE = re.compile(r" {4}((?:\w+)(?:, \w+)*): (.*)")
PAGES = Path(__file__).parents[1] / "docs" / "reference"
_NOTE = "<!-- written by scripts/reference.py; change the program, not this page -->\n\n"


def commands_page() -> str:
    """Every command with its help text."""
    root = typer.main.get_command(app)
    parts = [
        "# Command line\n\n" + _NOTE,
        "Exit status: 0 done, 1 found problems, 2 wrong use, 3 refused by a safety rule.\n",
    ]
    parts += _command(root, ["baotu"])
    return "\n".join(parts).rstrip() + "\n"


def _command(command: Any, path: list[str]) -> list[str]:
    # Typer carries a click of its own, so commands are told apart by what they can do.
    context = command.make_context(path[-1], [], resilient_parsing=True)
    parts = []
    if len(path) > 1:
        parts.append(f"## {' '.join(path)}\n\n{(command.help or '').strip()}\n")
        parts += _options(command, context)
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            parts += _command(command.get_command(context, name), [*path, name])
    return parts


def _options(command: Any, context: Any) -> list[str]:
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in record[0]:
            rows.append(f"| `{record[0].strip()}` | {_cell(record[1])} |")
    return ["| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"] if rows else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def api_page() -> str:
    """Every route of the HTTP API."""
    document = openapi_document()
    rows = [
        f"| `{method.upper()} {path}` | {_query(operation)} | {_about(operation)} |"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        "# HTTP API\n\n" + _NOTE + "`Authorization: Bearer …` with a token of `baotu user token`, "
        "or the page's login. Errors are problem+json (RFC 9457). Times are ISO 8601 with offset.\n"
        "The running service serves this as OpenAPI under `/api/v1/openapi.json`.\n\n"
        "| route | query | what |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _query(operation: dict[str, Any]) -> str:
    names = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]
    return ", ".join(f"`{name}`" for name in names)


def _about(operation: dict[str, Any]) -> str:
    description = operation.get("description") or operation.get("summary", "")
    return _cell(description.strip().split("\n\n")[0])


def city_files_page() -> str:
    """Every key of the city files."""
    parts = ["# City files\n\n" + _NOTE]
    seen: set[str] = set()
    for kind, name in (
        (FileKind.CITY, "city.toml"),
        (FileKind.RULES, "rules/*.toml"),
        (FileKind.TEMPLATE, "templates/*.toml"),
    ):
        document = schema(kind)
        parts.append(_object(name, document))
        for part_name, part in sorted(document.get("$defs", {}).items()):
            if part.get("properties") and part_name not in seen:
                seen.add(part_name)
                parts.append(_object(part_name, part))
    return "\n".join(parts)


def _object(name: str, part: dict[str, Any]) -> str:
    needed = set(part.get("required", ()))
    about, meanings = _described(part.get("description", ""))
    rows = [
        f"| `{key}` | {_type(value)} | {'required' if key in needed else _default(value)} "
        f"| {_cell(meanings.get(key, ''))} |"
        for key, value in part.get("properties", {}).items()
    ]
    head = f"## {name}\n\n{about}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _described(docstring: str) -> tuple[str, dict[str, str]]:
    """The text of a settings type, and the meaning of each key from its Attributes."""
    about, _, attributes = docstring.partition("Attributes:")
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in attributes.splitlines():
        found = _ATTRIBUTE.fullmatch(line)
        if found:
            names = [name.strip() for name in found[1].split(",")]
            meanings.update(dict.fromkeys(names, found[2]))
        else:
            meanings.update({name: f"{meanings[name]} {line.strip()}" for name in names})
    return about.strip(), meanings


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rsplit("/", 1)[-1]
    for union in ("anyOf", "oneOf"):
        if union in value:
            return " or ".join(_type(choice) for choice in value[union])
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}))}"
    if "enum" in value:
        return "one of " + ", ".join(str(choice) for choice in value["enum"])
    return str(value.get("const", value.get("type", "any")))


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    if isinstance(default, dict):
        return "see its keys"
    return f"`{default}`" if "default" in value else ""


def main() -> int:
    """Write or check the pages."""
    pages = {
        "commands.md": commands_page(),
        "api.md": api_page(),
        "city-files.md": city_files_page(),
    }
    if "--check" in sys.argv[1:]:
        old = [
            name
            for name, text in pages.items()
            if not (PAGES / name).exists() or (PAGES / name).read_text() != text
        ]
        for name in old:
            print(f"docs/reference/{name} is not true any more: run `make docs`")
        return 1 if old else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (PAGES / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
