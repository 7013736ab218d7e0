"""``baotu export``: readings as files, while the service runs or after it has stopped."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from historian.exporting.formats import Format
from service.cli.streams import complain, note, say_json
from telemetry.kinds import Kind

if TYPE_CHECKING:
    from config.city import City
    from historian.exporting.export import Exported
    from historian.exporting.order import Order

_STEPS = 1_000


def export(
    city: Annotated[
        Path | None,
        typer.Argument(help="city.toml, or its folder: adds units, zones and local time."),
    ] = None,
    data: Annotated[Path, typer.Option(help="The service's data directory.")] = Path("baotu-data"),
    point: Annotated[list[str] | None, typer.Option(help="A point; may be repeated.")] = None,
    prefix: Annotated[str, typer.Option(help="All points whose names begin so.")] = "",
    kind: Annotated[Kind | None, typer.Option(help="All points of this kind.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="First time, e.g. 2026-01-31 or 2026-01-31T08:00.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="First time that is left out.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="Of the file.")] = Format.CSV,
    bucket: Annotated[
        str | None, typer.Option(help="Sum up by this length, e.g. 60s, 15min, 1h, 1d.")
    ] = None,
    out: Annotated[str, typer.Option(help="A file, a folder, or - for standard output.")] = "-",
    *,
    json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Write readings to a file; the running service is not disturbed.

    Without --point, --prefix or --kind all points are written. Times without an offset are in
    the city's time zone, or in UTC without a city. The file appears when it is whole.

    Example: baotu export my-city --point north_01.pressure --from 2026-01-31 --out north.csv
    """
    from config.load import load_city
    from historian.errors import QueryError
    from historian.exporting.order import Order

    if json and out == "-":
        raise typer.BadParameter("--json needs a file to be told about: name one with --out")
    if format_ is Format.LINES and (city is None or bucket is not None):
        raise typer.BadParameter(
            "line protocol needs the city, whose names it writes, and holds readings, not buckets"
        )
    loaded = None if city is None else load_city(city, os.environ)
    # A stopped export takes its draft away, however it was stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    order = Order(
        points=tuple(point or ()),
        prefix=prefix,
        kind=kind or "",
        start=start,
        end=end,
        bucket=bucket,
        format=format_,
    )
    target = _target(out, order)
    try:
        done = _carry_out(data, order, loaded, target)
    except QueryError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    report = _report(done, target, UTC if loaded is None else loaded.timezone)
    if json:
        say_json(report)
    else:
        note("{rows} rows of {points} points written to {file}".format(**report))


def _target(out: str, order: Order) -> Path | None:
    """The file to write; None for standard output. In a folder the file gets a name."""
    if out == "-":
        return None
    path = Path(out)
    return path / order.file_name() if path.is_dir() else path


def _carry_out(data: Path, order: Order, city: City | None, target: Path | None) -> Exported:
    from historian.exporting.order import carry_out
    from historian.settings import HistorianSettings

    settings = HistorianSettings() if city is None else city.historian
    out = target or sys.stdout.buffer
    with typer.progressbar(length=_STEPS, label="export", file=sys.stderr) as bar:

        def progress(part: float) -> None:
            bar.update(round(part * _STEPS) - bar.pos)

        return carry_out(data / settings.directory, order, city, out, progress)


def _report(done: Exported, target: Path | None, zone: tzinfo) -> dict[str, object]:
    from historian.reading.times import iso_text

    return {
        "file": "standard output" if target is None else str(target),
        "bytes": None if target is None else target.stat().st_size,
        "rows": done.rows,
        "points": done.points,
        "from": iso_text(done.start, zone),
        "to": iso_text(done.end, zone),
    }
