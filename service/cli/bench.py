"""``baotu bench``: figures, each beside its reference in the same run."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.streams import note, say, say_json


def bench(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            help="collectors, alarms, historian, influxdb, path, reaction, start; all if none."
        ),
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Measure now, each figure beside its reference in the same run, alternated, medians.

    Example: baotu bench alarms --json
    """
    from bench.house import House
    from bench.rows import as_json, table
    from bench.suites import run_suites
    from service.compose import compose, jobs

    rows = run_suites(House(compose, jobs), what or [], note)
    if json:
        say_json(as_json(rows))
    else:
        say(table(rows))
    if not all(row.met for row in rows):
        raise typer.Exit(1)
