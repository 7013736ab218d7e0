"""The files a browser loads: there, ours, small, and typed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from console.app import create_app
from console.assets import STATIC, TEMPLATES, VENDOR, VENDOR_FILES, require_browser_files
from console.errors import BrowserFilesError
from tests.console.tools import NODE, node_modules

SCRIPTS = sorted(STATIC.glob("*.js"))


def test_an_install_without_the_browser_files_refuses_to_start_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    (tmp_path / VENDOR_FILES[0]).write_text("")
    with pytest.raises(BrowserFilesError) as refused:
        require_browser_files(tmp_path)
    said = str(refused.value)
    assert "make install" in said
    assert VENDOR_FILES[0] not in said
    assert all(name in said for name in VENDOR_FILES[1:])


def test_a_whole_install_starts() -> None:
    require_browser_files(VENDOR)
    assert callable(create_app)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.name)
def test_a_script_is_short_and_never_makes_markup_from_text_H6(script: Path) -> None:
    text = script.read_text("utf-8")
    assert text.count("\n") < 150
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text)


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda t: t.name)
def test_a_template_has_no_inline_script_or_style_H6(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:|\|\s*safe", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in [*SCRIPTS, *STATIC.glob("*.css"), *TEMPLATES.glob("*.html")]:
        found = re.findall(r"https?://[^\s\"')]+", file.read_text("utf-8"))
        assert [f for f in found if not f.startswith("http://www.w3.org/")] == []


@pytest.mark.system
@pytest.mark.skipif(shutil.which("npm") is None, reason="TypeScript comes by npm")
def test_the_scripts_are_typed(tmp_path: Path) -> None:
    """``tsc --checkJs`` over our scripts, with uPlot's own types beside its script."""
    modules = node_modules()
    shutil.copytree(STATIC, tmp_path / "static")
    (tmp_path / "vendor").mkdir()
    shutil.copy(modules / "uplot" / "dist" / "uPlot.d.ts", tmp_path / "vendor" / "uPlot.esm.d.ts")
    shutil.copy(NODE / "tsconfig.json", tmp_path)
    found = subprocess.run(
        [modules / ".bin" / "tsc", "--project", tmp_path],
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.stdout == ""
    assert found.returncode == 0


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((NODE / "package-lock.json").read_text("utf-8"))
    packages = {name: p for name, p in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in p and "resolved" not in p for p in packages.values())
