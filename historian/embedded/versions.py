"""Formats of the catalogue, oldest first, and the way from each to the next.

Version 1 had samples only. Version 2 knows minutes: which files hold them, and how far they go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from historian.errors import CatalogueError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_TO_1 = """
CREATE TABLE point (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE segment (
    file TEXT PRIMARY KEY,
    run INTEGER NOT NULL,
    level INTEGER NOT NULL,
    day INTEGER NOT NULL,
    min_time INTEGER NOT NULL,
    max_time INTEGER NOT NULL,
    min_point INTEGER NOT NULL,
    max_point INTEGER NOT NULL,
    min_sequence INTEGER NOT NULL,
    rows INTEGER NOT NULL
);
CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""

# A segment's highest sequence was not noted; that of the whole store is never below it.
_TO_2 = """
ALTER TABLE point ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE segment ADD COLUMN kind TEXT NOT NULL DEFAULT 'samples';
ALTER TABLE segment ADD COLUMN max_sequence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE segment ADD COLUMN crc INTEGER;
ALTER TABLE segment ADD COLUMN thinned INTEGER NOT NULL DEFAULT 0;
UPDATE segment SET max_sequence = coalesce((SELECT value FROM state WHERE key = 'through'), 0);
CREATE TABLE summarised (
    day INTEGER PRIMARY KEY,
    through INTEGER NOT NULL,
    next_through INTEGER NOT NULL,
    next_point INTEGER NOT NULL,
    next_run INTEGER NOT NULL,
    rewriting INTEGER NOT NULL
);
"""

STEPS = (_TO_1, _TO_2)
"""``STEPS[v]`` brings version ``v`` to ``v + 1``; a new catalogue takes them all."""


def version_of(database: sqlite3.Connection, path: Path) -> int:
    """The version that a catalogue has; 0 when it is new.

    Raises:
        CatalogueError: a newer version of the service wrote it.
    """
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS):
        raise CatalogueError(
            f"{path} was written by a newer version (format {version}, this one knows "
            f"{len(STEPS)}): run that version, or give this one a data folder of its own"
        )
    return int(version)


def bring_up_to_date(database: sqlite3.Connection, path: Path) -> None:
    """Bring a catalogue to the newest version, in one transaction.

    Raises:
        CatalogueError: a newer version wrote it; nothing has changed.
        sqlite3.Error: it cannot be used; nothing has changed.
    """
    version = version_of(database, path)
    if version < len(STEPS):
        steps = "".join(STEPS[version:])
        try:
            database.executescript(f"BEGIN; {steps} PRAGMA user_version={len(STEPS)}; COMMIT;")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
