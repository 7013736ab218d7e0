"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

from typing import Any

import orjson
import typer


def say(text: str = "") -> None:
    """Print a line of the command's result."""
    typer.echo(text)


def say_json(document: Any) -> None:
    """Print one JSON document and nothing else."""
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def note(text: str) -> None:
    """Tell the person something that is not the result."""
    typer.echo(text, err=True)


def complain(text: str) -> None:
    """Say what went wrong."""
    typer.secho(text, err=True, fg=typer.colors.RED)
