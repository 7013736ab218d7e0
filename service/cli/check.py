"""``baotu check``: every problem of a city's files, without starting anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from service.cli.streams import note, say, say_json


def check(
    city: Annotated[Path, typer.Argument(help="city.toml, or the folder that holds it.")],
    against: Annotated[
        Path | None, typer.Option(help="Also say what would change from this city.")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Read a city's files and say everything that is wrong with them.

    Example: baotu check city.toml --against running/city.toml
    """
    from config.differences import differences
    from config.errors import ConfigError
    from config.load import load_city
    from config.problems import problems_as_json, report

    try:
        loaded = load_city(city, os.environ)
        changes = differences(load_city(against, os.environ), loaded) if against else None
    except ConfigError as error:
        if json:
            say_json({"ok": False, "problems": problems_as_json(error.problems)})
        else:
            say(report(error.problems))
        raise typer.Exit(1) from None
    if json:
        say_json(
            {
                "ok": True,
                "problems": [],
                "points": len(loaded.points),
                "devices": len(loaded.devices),
                "rules": len(loaded.alarms.rules),
                **({} if changes is None else {"changes": changes}),
            }
        )
        return
    for line in changes or ():
        say(line)
    note(
        f"{city}: good – {len(loaded.points)} points on {len(loaded.devices)} devices, "
        f"{len(loaded.alarms.rules)} rules"
    )
