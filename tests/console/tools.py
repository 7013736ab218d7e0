"""Programs of other people that check our pages; in a folder outside of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NODE = Path(__file__).parent / "node"
_FILES = ("package.json", "package-lock.json", ".npmrc")


def node_modules() -> Path:
    """TypeScript and axe; fetched once for each lock file."""
    root = os.environ.get("BAOTU_TEST_SERVERS") or Path.home() / ".cache" / "baotu-tests"
    folder = Path(root) / "console-node"
    if not _same_lock(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            shutil.copy(NODE / name, folder / name)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True)
    return folder / "node_modules"


def _same_lock(folder: Path) -> bool:
    kept = folder / "package-lock.json"
    fresh = (folder / "node_modules" / ".package-lock.json").is_file() and kept.is_file()
    return fresh and kept.read_bytes() == (NODE / "package-lock.json").read_bytes()
