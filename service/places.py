"""Where things lie in a data directory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from service.errors import ServiceError

if TYPE_CHECKING:
    from pathlib import Path


def records_file(data: Path) -> Path:
    """Alarms, users, audit."""
    return data / "records.sqlite"


def token_file(data: Path) -> Path:
    """The bearer token of a demo's run."""
    return data / "token"


def endpoints_file(data: Path) -> Path:
    """Where the simulated devices of a demo answer."""
    return data / "endpoints.json"


def refused_lines_file(historian: Path) -> Path:
    """Lines that an InfluxDB refused for good, in the historian's folder."""
    return historian / "influxdb-refused.lines"


def feed_folder(data: Path) -> Path:
    """Published files; the process that serves them sees nothing else."""
    return data / "feed"


def made_folder(folder: Path) -> None:
    """Make a folder, unless it is there.

    Raises:
        ServiceError: it cannot be made, or others do not let us write in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ServiceError(
            f"the folder {folder} cannot be made: {reason}; name another, or make it yourself"
        ) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ServiceError(
            f"the folder {folder} cannot be written in: name another, or give it to the user that "
            "runs the service"
        )
