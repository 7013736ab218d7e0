"""A clone becomes a source archive, the archive a wheel, and the wheel is whole."""

from __future__ import annotations

import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Set

ROOT = Path(__file__).parents[2]
BROWSER_FILES = {"uPlot.esm.js", "uPlot.min.css", "uPlot.LICENSE"}
NOT_SHIPPED = {"vendor", "__pycache__"}

pytestmark = pytest.mark.system


@pytest.fixture(scope="session")
def names(wheel: Path) -> Set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_an_archive_carries_all_that_building_needs(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        inside = {name.partition("/")[2] for name in opened.getnames()}
    assert {
        "_build/backend.py",
        "_build/browser_files.py",
        "package.json",
        "package-lock.json",
        "pyproject.toml",
        "LICENSE",
        "README.md",
    } <= inside
    assert {f"console/vendor/{name}" for name in BROWSER_FILES} <= inside


def test_a_wheel_built_without_node_carries_the_browser_files_and_their_licence(
    wheel: Path, names: Set[str]
) -> None:
    assert {f"console/vendor/{name}" for name in BROWSER_FILES} <= names
    with zipfile.ZipFile(wheel) as opened:
        assert b"uPlot" in opened.read("console/vendor/uPlot.esm.js")[:4_000]
        assert b"MIT License" in opened.read("console/vendor/uPlot.LICENSE")


def test_a_wheel_carries_our_licence(names: Set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


@pytest.mark.parametrize(
    "folder", ["console/templates", "console/static", "console/text", "config"]
)
def test_a_wheel_carries_every_file_that_is_no_code(names: Set[str], folder: str) -> None:
    ours = {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not NOT_SHIPPED & set(path.parts)
    }
    assert ours
    assert ours - names == set()


def test_a_wheel_carries_every_module_and_nothing_else_of_the_repository(names: Set[str]) -> None:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = found["root_packages"]
    modules = {
        str(path.relative_to(ROOT))
        for package in packages
        for path in (ROOT / package).rglob("*.py")
    }
    assert modules - names == set()
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == set(packages)
