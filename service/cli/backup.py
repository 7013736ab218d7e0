"""``baotu backup`` and ``baotu restore``: everything a service remembers, as one file."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.streams import complain, note, say_json
from telemetry.clock import SECOND, RealClock

if TYPE_CHECKING:
    from config.city import City
    from service.archive import Manifest

_STEPS = 1_000


def backup(
    city: Annotated[
        Path | None, typer.Argument(help="city.toml, or its folder: its files are kept as well.")
    ] = None,
    data: Annotated[Path, typer.Option(help="The service's data directory.")] = Path("baotu-data"),
    out: Annotated[
        Path, typer.Option(help="A new file that ends in .tar, or else a new folder.")
    ] = Path("baotu-backup.tar"),
    *,
    json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Back up readings, alarms, users and the city's files while the service runs.

    Everything that was acknowledged before the command began is in the backup. Secrets are not:
    those of the city stay where they are, of passwords and tokens there are hashes only.

    Example: baotu backup my-city --data /var/lib/baotu --out /mnt/usb/baotu-2026-01-31.tar
    """
    from config.load import load_city
    from historian.settings import HistorianSettings
    from service.backup import Source, make_backup
    from service.last_backup import note_backup

    # A stopped backup takes its draft away, however it was stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    loaded: City | None = None if city is None else load_city(city, os.environ)
    settings = HistorianSettings() if loaded is None else loaded.historian
    source = Source(data, settings.directory, loaded, _moment(RealClock().now()))
    with typer.progressbar(length=_STEPS, label="backup", file=sys.stderr) as bar:

        def progress(part: float) -> None:
            bar.update(round(part * _STEPS) - bar.pos)

        made = make_backup(source, out, progress)
    note_backup(data, made.newest)
    newest = _moment(made.newest) if made.newest else None
    if json:
        say_json({"backup": str(out), "bytes": made.bytes, **_facts(made.manifest, newest)})
    else:
        note(f"{len(made.manifest.files)} files, {made.bytes:,} bytes in {out}")
        note(f"readings up to {newest or 'never: there are none'}")
    _tell_problems(made.manifest)


def restore(
    backup: Annotated[Path, typer.Argument(help="What `baotu backup` wrote.")],
    data: Annotated[Path, typer.Option(help="A data directory that does not exist yet.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Say what was restored as JSON.")] = False,
) -> None:
    """Bring a backup back into a new data directory, after checking every byte of it.

    Exit status 3 when the directory is in use, or the file was not made by `baotu backup`.

    Example: baotu restore /mnt/usb/baotu-2026-01-31.tar --data baotu-restored
    """
    from service.errors import RestoreRefusedError
    from service.restore import restore as bring_back

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with typer.progressbar(length=_size(backup), label="restore", file=sys.stderr) as bar:
            restored = bring_back(backup, data, bar.update)
    except RestoreRefusedError as error:
        complain(str(error))
        raise typer.Exit(3) from None
    newest = _moment(restored.newest) if restored.newest else None
    if json:
        say_json({"data": str(data), **_facts(restored.manifest, newest)})
    else:
        count, made = len(restored.manifest.files), restored.manifest.made
        note(f"{count} files restored in {data}, as of {made}")
        note(f"readings up to {newest or 'never: there are none'}")
        if restored.manifest.city:
            note(f"start it with: baotu run {data / restored.manifest.city} --data {data}")
    _tell_problems(restored.manifest)


def _facts(manifest: Manifest, newest: str | None) -> dict[str, object]:
    return {
        "made": manifest.made,
        "program": manifest.program,
        "files": len(manifest.files),
        "readings_up_to": newest,
        "city": manifest.city or None,
        "lost": list(manifest.lost),
        "damaged": list(manifest.damaged),
    }


def _tell_problems(manifest: Manifest) -> None:
    """Say what the store had lost before; the rest of the backup is sound."""
    for name in manifest.lost:
        complain(f"{name} is listed by the store but was not on its disk: its readings are lost")
    for name in manifest.damaged:
        complain(f"{name} was not what the store once wrote: the disk may be failing")
    if manifest.lost or manifest.damaged:
        raise typer.Exit(1)


def _size(backup: Path) -> int:
    if backup.is_dir():
        return sum(path.stat().st_size for path in backup.rglob("*") if path.is_file())
    return backup.stat().st_size if backup.exists() else 0


def _moment(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // SECOND, UTC).isoformat()
