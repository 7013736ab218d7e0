"""Every command block of README and docs does what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)

# What would end only by hand, or would call these tests again, runs in a form that ends.
_IN_TESTS = {
    "make demo": "baotu demo --for 6 --port 0 --data demo-data",
    "make test": f"make --dry-run --directory '{ROOT}' test",
    "make check": f"make --dry-run --directory '{ROOT}' check",
    "make bench": f"make --dry-run --directory '{ROOT}' bench",
}


def _pages() -> list[Path]:
    """The pages with commands; of pages with the same commands, as in two languages, the first."""
    pages = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
    by_commands: dict[str, Path] = {}
    for page in pages:
        if commands := _commands(page):
            by_commands.setdefault(commands, page)
    return list(by_commands.values())


def _commands(page: Path) -> str:
    blocks = _BLOCK.findall(page.read_text())
    lines = [line for block in blocks for line in block.splitlines()]
    return "\n".join(_IN_TESTS.get(line.strip(), line) for line in lines)


@pytest.mark.system
@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_the_page_run(page: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _commands(page)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{page}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
