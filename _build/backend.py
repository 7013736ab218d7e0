"""The build backend: setuptools, after the browser files have been put in place.

Named in ``pyproject.toml``. Wheels, editable installs and source archives all carry the files,
so that nothing is fetched when the service runs, nor when a source archive is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser_files import extra_requirements, fetch
from setuptools import build_meta
from setuptools.build_meta import (
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    Settings = Mapping[str, str | list[str] | None] | None

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What building a wheel needs beside setuptools."""
    return build_meta.get_requires_for_build_wheel(config_settings) + extra_requirements()


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """What an editable install needs beside setuptools."""
    return build_meta.get_requires_for_build_editable(config_settings) + extra_requirements()


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """What a source archive needs beside setuptools."""
    return build_meta.get_requires_for_build_sdist(config_settings) + extra_requirements()


def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel; returns its file name."""
    fetch()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Build an editable wheel; returns its file name."""
    fetch()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Build a source archive that carries the browser files; returns its file name."""
    fetch()
    return build_meta.build_sdist(sdist_directory, config_settings)
