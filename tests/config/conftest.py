"""A small city that is right, to be spoilt by the tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parent.parent / "cases" / "config"


@pytest.fixture
def environment() -> dict[str, str]:
    """The variables that the small city's secrets come from."""
    return {
        "BROKER_PASSWORD": "broker-canary-4711",
        "WEBHOOK_URL": "https://hook.example.org/canary-4711",
        "BROKEN_URL": "http://[canary-4711",
        "FTP_URL": "ftp://hook.example.org/canary-4711",
    }


@pytest.fixture
def small_city(tmp_path: Path) -> Path:
    """A copy of the small city's folder."""
    folder = tmp_path / "city"
    shutil.copytree(CASES / "good", folder)
    return folder


@pytest.fixture
def edit(small_city: Path) -> Callable[[str, str, str], None]:
    """Replace a text in one of the small city's files."""

    def replace(file: str, old: str, new: str) -> None:
        path = small_city / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} does not stand in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
