"""All commands in one place, and how their errors become sentences and exit statuses.

Exit status: 0 done, 1 found problems, 2 wrong use, 3 refused by a safety rule.
"""

from __future__ import annotations

import io
import os
import sys

import typer

from service.cli import (
    backup,
    bench,
    check,
    dashboards,
    demo,
    export,
    feed,
    init,
    run,
    schema,
    simulate,
    store,
    user,
)
from service.cli.streams import complain
from telemetry.errors import BaotuError

app = typer.Typer(
    name="baotu",
    help="Baotu 趵突: telemetry and alarms for a city's water supply. / 城市供水监测与报警。",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("simulate")(simulate.simulate)
app.command("init")(init.init)
app.command("schema")(schema.schema)
app.command("export")(export.export)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("bench")(bench.bench)
app.add_typer(store.app, name="store")
app.add_typer(dashboards.app, name="dashboards")
app.add_typer(feed.app, name="feed")
app.add_typer(user.app, name="user")


def main() -> None:
    """Run the command line; an error of ours becomes one sentence and status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Where the locale knows no Chinese, a name is shown in escapes instead of not at all.
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="baotu")
    except BaotuError as error:
        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output went away; Python would complain again while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
