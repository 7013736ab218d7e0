"""``baotu store``: the InfluxDB beside or instead of the embedded store."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import CityFile
from service.cli.streams import complain, note, say, say_json
from telemetry.clock import SECOND, RealClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.city import City
    from historian.copying import Copied, Errand
    from historian.influx.checking import Finding
    from historian.settings import InfluxSettings

app = typer.Typer(
    help="The InfluxDB of a city: make it ready, look at it, copy readings to and from it.\n\n"
    "Example: baotu store check city.toml",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_DAY_NS = 86_400 * SECOND
_REPORT_ROWS = 1_000_000
_INTERRUPTED = 130


class StoreName(StrEnum):
    """The stores that readings can be copied between."""

    EMBEDDED = "embedded"
    INFLUXDB = "influxdb"


def _load(city: Path) -> City:
    from config.load import load_city

    return load_city(city, os.environ)


def _influx_of(city: City) -> InfluxSettings:
    if city.historian.influxdb is None:
        raise typer.BadParameter("the city has no [historian.influxdb]: add it to its city.toml")
    return city.historian.influxdb


@app.command("init")
def init_store(
    city: CityFile,
    keep_days: Annotated[
        int | None,
        typer.Option(min=1, help="The server forgets readings after so many days; never if none."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Make the database or bucket, and what InfluxQL needs; what is there stays as it is.

    Example: baotu store init city.toml --keep-days 3660
    """
    from historian.influx.client import InfluxClient
    from historian.influx.making import make_database

    settings = _influx_of(_load(city))

    async def run() -> list[str]:
        client = InfluxClient(settings)
        try:
            return await make_database(client, keep_days)
        finally:
            await client.close()

    done = asyncio.run(run())
    if json:
        say_json({"ok": True, "done": done})
        return
    for sentence in done:
        say(sentence)


@app.command("check")
def check_store(city: CityFile, *, json: Json = False) -> None:
    """Try all that the service will do with the InfluxDB: reach it, write, and read back.

    Example: baotu store check city.toml --json
    """
    from historian.influx.checking import check_influx
    from historian.influx.client import InfluxClient

    settings = _influx_of(_load(city))

    async def run() -> list[Finding]:
        client = InfluxClient(settings)
        try:
            return await check_influx(client, RealClock())
        finally:
            await client.close()

    findings = asyncio.run(run())
    good = all(finding.good for finding in findings)
    if json:
        rows = [{"what": f.what, "good": f.good, "sentence": f.sentence} for f in findings]
        say_json({"ok": good, "findings": rows})
    else:
        for finding in findings:
            (say if finding.good else complain)(f"{finding.what}: {finding.sentence}")
    if not good:
        raise typer.Exit(1)


@app.command("copy")
def copy_store(
    city: CityFile,
    origin: Annotated[StoreName, typer.Option("--from", help="Where readings are.")],
    to: Annotated[StoreName, typer.Option("--to", help="Where they are wanted, too.")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day (UTC).")],
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day left out; after today if none."),
    ] = None,
    data: Annotated[Path, typer.Option(help="The service's data directory.")] = Path("baotu-data"),
    *,
    json: Json = False,
) -> None:
    """Copy readings between the embedded store and InfluxDB; the same command goes on.

    Copying from the embedded store may go on beside the running service; for copying to it the
    service must be stopped.

    Example: baotu store copy city.toml --from embedded --to influxdb --since 2026-01-01
    """
    from service.copying import copy_city

    if origin is to:
        raise typer.BadParameter("--from and --to must be different stores")
    loaded = _load(city)
    settings = _influx_of(loaded)
    errand = _errand(loaded, origin, to, _day(since), _last_day(until))
    folder = data / loaded.historian.directory
    try:
        copied = asyncio.run(copy_city(loaded, settings, folder, errand, _reporter()))
    except KeyboardInterrupt:
        complain("interrupted: the same command goes on from what was made safe")
        raise typer.Exit(_INTERRUPTED) from None
    _conclude(copied, to, as_json=json)


def _conclude(copied: Copied, to: StoreName, *, as_json: bool) -> None:
    """Say how the figures explain each other; exit status 1 where they do not."""
    figures = {
        "read": copied.read,
        "found": copied.found,
        "refused": copied.refused,
        "missing": copied.missing,
    }
    if as_json:
        say_json({"ok": not copied.missing, **figures})
    else:
        say(
            f"read {copied.read:,} = found {copied.found:,} + refused {copied.refused:,} "
            f"+ missing {copied.missing:,} samples"
        )
    if copied.missing:
        complain(f"{to.value} does not have all that it took: run the same command again")
        raise typer.Exit(1)


def _day(date: datetime) -> int:
    return int(date.replace(tzinfo=UTC).timestamp()) // 86_400


def _last_day(until: datetime | None) -> int:
    return RealClock().now() // _DAY_NS + 1 if until is None else _day(until)


def _errand(city: City, origin: StoreName, to: StoreName, first_day: int, end_day: int) -> Errand:
    from historian.copying import Errand

    return Errand(
        origin=origin.value,
        destination=to.value,
        fingerprint=city.points.fingerprint,
        points=len(city.points),
        first_day=first_day,
        end_day=end_day,
    )


def _reporter() -> Callable[[Copied], None]:
    """Says how far it is after every day, and after every so many samples."""
    import numpy as np

    told = 0

    def report(copied: Copied) -> None:
        nonlocal told
        if copied.point and copied.read - told < _REPORT_ROWS:
            return
        told = copied.read
        day = np.datetime64(copied.day, "D")
        note(f"copied up to {day}, point {copied.point}: {copied.read:,} samples")

    return report
