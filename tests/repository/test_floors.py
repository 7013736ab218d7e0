"""The house has floors: every folder stands on one, and imports go down only."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from telemetry.errors import BaotuError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
PACKAGES = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"
)
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# Where the real time may be read, and why.
CLOCKS = {"telemetry/clock.py"}
CLOCK_CALLS = {
    "time.time",
    "time.time_ns",
    "time.sleep",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
}


def contract(kind: str) -> dict[str, Any]:
    contracts: list[dict[str, Any]] = SETTINGS["importlinter"]["contracts"]
    return next(c for c in contracts if c["type"] == kind)


def floors() -> list[str]:
    return [name.strip() for layer in contract("layers")["layers"] for name in layer.split("|")]


def test_there_are_the_rooms_that_the_plan_shows() -> None:
    assert {"telemetry", "records", "historian", "config", "service"} <= set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_stands_on_a_floor_and_is_checked_and_shipped(package: str) -> None:
    assert floors().count(package) == 1
    assert package in SETTINGS["importlinter"]["root_packages"]
    assert package in SETTINGS["mypy"]["files"]
    shipped = SETTINGS["setuptools"]["packages"]["find"]["include"]
    assert any(fnmatch(package, pattern) for pattern in shipped)


def test_no_floor_is_empty() -> None:
    assert set(floors()) <= set(PACKAGES)
    assert set(SETTINGS["importlinter"]["root_packages"]) <= set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_stands_in_the_plan(package: str) -> None:
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| \S* ?\| `{package}/` \|", plan, re.MULTILINE)


def test_imports_go_down_only() -> None:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def offenders(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: what for name, what in found.items() if what}


def test_only_the_clock_reads_the_time() -> None:
    found = {
        name: [call for call in calls(tree_of(path)) if call in CLOCK_CALLS]
        for path in MODULES
        if (name := path.relative_to(ROOT).as_posix()) not in CLOCKS
    }
    assert offenders(found) == {}


def test_nobody_swallows_everything() -> None:
    """A broad handler must end by raising: it cleans up or translates, it never goes on."""
    broad = {"Exception", "BaseException"}
    found = {
        path.relative_to(ROOT).as_posix(): [
            f"line {node.lineno}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.ExceptHandler)
            and (node.type is None or ast.unparse(node.type) in broad)
            and not isinstance(node.body[-1], ast.Raise)
        ]
        for path in MODULES
    }
    assert offenders(found) == {}


def test_modules_hold_no_global_that_changes() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): [
            f"line {node.lineno}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Global)
        ]
        for path in MODULES
    }
    assert offenders(found) == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


@pytest.mark.parametrize(
    "module", sorted(f"{path.parent.name}.errors" for path in ROOT.glob("*/errors.py"))
)
def test_every_error_stands_in_its_folders_tree(module: str) -> None:
    loaded = importlib.import_module(module)
    drawn = loaded.__doc__ or ""
    for name, found in inspect.getmembers(loaded, inspect.isclass):
        if issubclass(found, Exception) and found.__module__ == module:
            assert issubclass(found, BaotuError), name
            assert re.search(rf"\b{name}\b", drawn), f"{name} is not drawn in {module}"
