"""Programs of other people that check our pages; in a folder outside of the tree."""

from __future__ import annotations

from pathlib import Path

from tests.interop.programs import node_packages

NODE = Path(__file__).parent / "node"


def node_modules() -> Path:
    """TypeScript and axe; fetched once for each lock file."""
    return node_packages(NODE) / "node_modules"
