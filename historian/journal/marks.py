"""How far each reader has come, one small file for each, so that a restart goes on from there.

A mark may lag behind, never run ahead: readers are idempotent by sequence.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import structlog

from historian.journal.disk import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from historian.journal.disk import Disk

_log = structlog.get_logger()
_SUFFIX = ".mark"


def _path_of(directory: Path, reader: str) -> Path:
    return directory / (quote(reader, safe="") + _SUFFIX)


def save_mark(directory: Path, reader: str, sequence: int) -> None:
    """Remember that ``reader`` needs nothing up to ``sequence`` any more.

    A mark that exists is written over in place, which needs no room on a full disk: without
    marks no segment could go, and the disk would stay full.
    """
    path = _path_of(directory, reader)
    text = f"{sequence:020d}\n"
    if not path.exists() or path.stat().st_size != len(text):
        replace_file(path, text)
        return
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(fd, text.encode("ascii"), 0)
    finally:
        os.close(fd)


def force_marks(directory: Path, disk: Disk) -> None:
    """Make the marks as they stand survive power loss."""
    for path in directory.glob("*" + _SUFFIX):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            disk.sync(fd)
        finally:
            os.close(fd)
    disk.sync_names(directory)


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
    _path_of(directory, reader).unlink(missing_ok=True)
