"""When a data directory was last backed up: a line beside the data, for the page."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from historian.journal.disk import replace_file

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "last-backup"


def note_backup(data: Path, newest_ns: int) -> None:
    """Note that everything up to a city time has been carried away.

    A data directory in which whoever backs up may not write is not an error.

    Args:
        data: the data directory.
        newest_ns: time of the newest reading in the backup.
    """
    with suppress(OSError):
        replace_file(data / _FILE, f"{newest_ns}\n")


def last_backup(data: Path) -> int | None:
    """City time up to which the last backup reaches, ns; None when none was noted."""
    with suppress(OSError, ValueError):
        return int((data / _FILE).read_text(encoding="utf-8"))
    return None
