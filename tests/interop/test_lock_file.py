"""The packages of the independent clients are pinned, and serve behind any mirror."""

from __future__ import annotations

import json
from pathlib import Path

NODE = Path(__file__).parent / "node"


def test_lock_file_pins_every_package_by_content_and_names_no_host():
    packages = json.loads((NODE / "package-lock.json").read_text("utf-8"))["packages"]
    wanted = json.loads((NODE / "package.json").read_text("utf-8"))["dependencies"]
    assert packages[""]["dependencies"] == wanted
    others = {name: package for name, package in packages.items() if name}
    assert len(others) > 100
    assert all(package["integrity"].startswith("sha512-") for package in others.values())
    assert not [name for name, package in others.items() if "resolved" in package]
