"""The example city that comes with Baotu."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def example_city() -> Path:
    """Path of the example city's ``city.toml``; its files may be copied and changed."""
    return Path(str(files("config"))) / "example" / "city.toml"
