"""The wheel alone runs the simulated city, also where there is no Node."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.system


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """The ``bin`` folder of a fresh environment that holds the wheel, away from the checkout.

    The libraries are those of the environment that runs the tests: downloading them again would
    test the index, not the wheel.
    """
    folder = tmp_path / "fresh"
    venv.create(folder, with_pip=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
         "--force-reinstall", wheel],
        check=True,
        cwd=tmp_path,
    )  # fmt: skip
    return folder / "bin"


def run(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [installed / command[0], *command[1:]],
        cwd=installed.parent,
        env={**environment, "PATH": str(installed)},
        text=True,
        capture_output=True,
        check=False,
        timeout=100,
    )


def test_the_wheel_runs_the_demo_in_a_fresh_environment_without_node(installed: Path) -> None:
    where = run(installed, "python", "-c", "import service; print(service.__file__)")
    assert str(installed.parent) in where.stdout
    done = run(installed, "baotu", "demo", "--for", "3", "--port", "0", "--data", "data")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "http://127.0.0.1:" in done.stdout + done.stderr
    token = installed.parent / "data" / "token"
    assert not token.exists() or token.stat().st_mode & 0o077 == 0


def test_without_the_browser_files_the_console_says_what_to_do(installed: Path) -> None:
    for path in installed.parent.glob("lib/python*/site-packages/console/vendor/uPlot.esm.js"):
        path.unlink()
    done = run(installed, "baotu", "demo", "--for", "3", "--port", "0", "--data", "data")
    assert done.returncode != 0
    assert "make install" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
