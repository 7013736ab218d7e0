"""Where an export goes: under its final name only when it is whole."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from historian.errors import StoreError
from historian.journal.disk import sync_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 120


def safe_name(words: str, ending: str) -> str:
    """A file name made of any words: never a path, never hidden, never too long."""
    stem = _UNSAFE.sub("_", words).strip("_")[:_LONGEST] or "export"
    return f"{stem}.{ending}"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a draft beside ``path`` that takes its place when the block ends well.

    Whatever ends the block otherwise, the draft goes and ``path`` is as it was.

    Raises:
        StoreError: nothing can be written there.
    """
    try:
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".draft")
        os.close(fd)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}; name a folder that exists and is yours"
        ) from error
    draft = Path(name)
    try:
        yield draft
        _settle(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _settle(draft: Path, path: Path) -> None:
    try:
        draft.chmod(0o666 & ~_umask())
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
