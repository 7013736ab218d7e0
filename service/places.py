"""Where things lie in a data directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
