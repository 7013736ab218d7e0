"""A SQLite file of a running service, read without leaving a trace.

A reader of a file with a write-ahead log joins in by the log's own files, which are there while
the service runs, or when it was killed. Where they are not, even a reader would make them, and
they could belong to a user that the service is not; so the file is then read as one that nobody
changes, and read again should the service have started meanwhile.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from historian.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

_BUSY_S = 5.0
_ATTEMPTS = 5


def read_sqlite(path: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    """What ``read`` makes of one consistent state of the file.

    Args:
        path: the file; its side files are left as they are.
        read: given a connection inside one transaction; may be called again.

    Raises:
        CatalogueError: the file is missing or cannot be read.
    """
    for _ in range(_ATTEMPTS):
        logged, before = _log_of(path).exists(), _state(path)
        try:
            found = _read_once(path, read, immutable=not logged)
        except sqlite3.Error as error:
            # The service may have begun or ended while we read.
            if logged == _log_of(path).exists() and before == _state(path):
                raise _unreadable(path, error) from error
            continue
        if logged or (not _log_of(path).exists() and before == _state(path)):
            return found
    raise CatalogueError(f"{path} changes all the time: try again in a moment")


def _read_once(path: Path, read: Callable[[sqlite3.Connection], T], *, immutable: bool) -> T:
    options = "mode=ro&immutable=1" if immutable else "mode=ro"
    address = f"{path.absolute().as_uri()}?{options}"
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None)) as db:
        db.execute("BEGIN")
        return read(db)


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _unreadable(path: Path, error: sqlite3.Error) -> CatalogueError:
    if not path.exists():
        return CatalogueError(f"{path} does not exist: is this the folder given to --data?")
    return CatalogueError(f"{path} cannot be read: {error}; its owner and mode, or the disk")
