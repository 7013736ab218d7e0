"""A copy of the checkout, and an environment that can build but has no Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).parents[2]
_NO_SOURCE = shutil.ignore_patterns(
    ".*cache", ".git", ".venv", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist",
    "demo-data", "node_modules", "tests", "docs", "vendor",
)  # fmt: skip


class RunPython(Protocol):
    """Runs the building environment's Python, with or without the machine's Node on the path."""

    def __call__(
        self, *arguments: str, cwd: Path, node: bool = True
    ) -> subprocess.CompletedProcess[str]: ...


class RunHook(Protocol):
    """Calls a hook of a tree's build backend; the last line it prints is the answer in JSON."""

    def __call__(
        self, tree: Path, name: str, *arguments: str, node: bool = True
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def run_python(tmp_path_factory: pytest.TempPathFactory) -> RunPython:
    folder = tmp_path_factory.mktemp("builder") / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"

    def run(*arguments: str, cwd: Path, node: bool = True) -> subprocess.CompletedProcess[str]:
        path = str(python.parent) + (os.pathsep + os.environ["PATH"] if node else "")
        return subprocess.run(
            [str(python), *arguments],
            cwd=cwd,
            env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
            capture_output=True,
            check=False,
            timeout=300,
        )

    done = run("-m", "pip", "install", "--quiet", "setuptools>=80", cwd=folder)
    assert done.returncode == 0, done.stderr
    return run


@pytest.fixture(scope="session")
def run_hook(run_python: RunPython) -> RunHook:
    def run(
        tree: Path, name: str, *arguments: str, node: bool = True
    ) -> subprocess.CompletedProcess[str]:
        code = (
            "import json, sys; sys.path.insert(0, '_build'); import backend; "
            f"print(json.dumps(backend.{name}(*{list(arguments)!r})))"
        )
        return run_python("-c", code, cwd=tree, node=node)

    return run


def copy_checkout(target: Path) -> Path:
    """The checkout as a fresh clone has it: without the browser files."""
    shutil.copytree(ROOT, target, ignore=_NO_SOURCE)
    return target


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path / "baotu")


@pytest.fixture(scope="session")
def archive(run_hook: RunHook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source archive built from a fresh clone."""
    folder = tmp_path_factory.mktemp("archive")
    done = run_hook(copy_checkout(folder / "baotu"), "build_sdist", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / str(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="session")
def wheel(run_python: RunPython, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the source archive where there is no Node and no network."""
    folder = tmp_path_factory.mktemp("wheel")
    done = run_python(
        "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index",
        "--wheel-dir", str(folder), str(archive), cwd=folder, node=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built
