"""How far each reader has come, one small file for each, so that a restart goes on from there.

A mark may lag behind, never run ahead: readers are idempotent by sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import structlog

from historian.journal.disk import replace_file

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger()
_SUFFIX = ".mark"


def save_mark(directory: Path, reader: str, sequence: int) -> None:
    """Remember that ``reader`` needs nothing up to ``sequence`` any more."""
    replace_file(directory / (quote(reader, safe="") + _SUFFIX), f"{sequence}\n")


def load_marks(directory: Path) -> dict[str, int]:
    """The marks of all readers; an unreadable one starts over, which repeats but loses nothing."""
    marks: dict[str, int] = {}
    for path in directory.glob("*" + _SUFFIX):
        text = path.read_text(encoding="ascii", errors="replace").strip()
        if not text.isdecimal():
            _log.warning("a reader's mark is unreadable, it reads again", file=str(path))
        marks[unquote(path.name.removesuffix(_SUFFIX))] = int(text) if text.isdecimal() else 0
    return marks


def forget_mark(directory: Path, reader: str) -> None:
    """The reader will not come back; segments are not kept for it any more."""
    (directory / (quote(reader, safe="") + _SUFFIX)).unlink(missing_ok=True)
