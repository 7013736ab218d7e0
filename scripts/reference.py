"""Write docs/reference/ from the program itself: commands, HTTP API, city files.

`python scripts/reference.py` writes the pages; with `--check` it only says whether they are
true, and exits 1 if not.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import typer

from config.schema import schema
from console.app import openapi_document
from service.cli.app import app

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


def _command(command: click.Command, path: list[str]) -> list[str]:
    context = click.Context(command, info_name=path[-1])
    parts = []
    if len(path) > 1:
        parts.append(f"## {' '.join(path)}\n\n{_help(command)}\n")
        parts += _options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                parts += _command(child, [*path, name])
    return parts


def _help(command: click.Command) -> str:
    return (command.help or "").strip()


def _options(command: click.Command, context: click.Context) -> list[str]:
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or "--help" in record[0]:
            continue
        rows.append(f"| `{record[0].strip()}` | {_cell(record[1])} |")
    return ["| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"] if rows else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def api_page() -> str:
    """Every route of the HTTP API."""
    document = openapi_document()
    rows = [
        f"| `{method.upper()} {path}` | {_cell(operation.get('summary', ''))} |"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        "# HTTP API\n\n" + _NOTE + "`Authorization: Bearer …` with a token of `baotu user token`, "
        "or the page's login. Errors are problem+json (RFC 9457). Times are ISO 8601 with offset.\n"
        "The running service serves this as OpenAPI under `/api/v1/openapi.json`.\n\n"
        "| route | what |\n|---|---|\n" + "\n".join(rows) + "\n"
    )


def city_files_page() -> str:
    """Every key of the city files."""
    document = schema()
    parts = ["# City files\n\n" + _NOTE]
    parts.append(_object("city.toml", document))
    for name, part in sorted(document.get("$defs", {}).items()):
        if part.get("properties"):
            parts.append(_object(name, part))
    return "\n".join(parts)


def _object(name: str, part: dict[str, Any]) -> str:
    needed = set(part.get("required", ()))
    rows = [
        f"| `{key}` | {_type(value)} | {'required' if key in needed else _default(value)} |"
        for key, value in part.get("properties", {}).items()
    ]
    about = part.get("description", "").strip()
    return (
        f"## {name}\n\n{about}\n\n| key | type | default |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


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
    return f"`{value['default']}`" if "default" in value else ""


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
