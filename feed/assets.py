"""The files a browser loads with the page; few and small, so they are kept in memory."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from feed.shelf import Document

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@cache
def assets_path() -> str:
    """Where they are served; the path changes with their contents."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return f"/assets/{digest.hexdigest()[:16]}"


def browser_files() -> dict[str, Document]:
    """Every file by its whole path."""
    return {
        f"{assets_path()}/{file.name}": Document.of(
            _TYPES[file.suffix], file.read_bytes(), int(file.stat().st_mtime), _FOR_EVER
        )
        for file in sorted(STATIC.iterdir())
        if file.suffix in _TYPES
    }
