"""What is live in a store, as its catalogue says at one moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from historian.embedded.listing import points_of, segments_of, state_of, summed_days_of
from historian.embedded.live import live_of, without
from historian.embedded.versions import STEPS, bring_up_to_date, version_of
from historian.reading.sqlite import read_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from historian.embedded.listing import SegmentRow
    from historian.embedded.live import Live
    from historian.reading.wanted import Wanted


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The catalogue at one moment.

    Attributes:
        numbers: the store's number of each point, by name.
        kinds: the kind of each point, by name; empty where the catalogue does not know.
        live: the segments, how far minutes go, and what has been thinned or forgotten.
        through: everything up to this sequence is in the segments.
        newest: the newest sample of each point as of ``through``, see
            :meth:`historian.newest.Newest.from_bytes`.
    """

    numbers: dict[str, int]
    kinds: dict[str, str]
    live: Live
    through: int
    newest: bytes

    @property
    def files(self) -> list[SegmentRow]:
        """All live files."""
        return self.live.rows()

    def samples(self, wanted: Wanted) -> list[str]:
        """The files of samples that may hold some of what is wanted."""
        days = (rows for day, rows in self.live.samples.items() if day in wanted.days)
        return [row.file for rows in days for row in rows if wanted.touches(row)]

    def minutes(self, wanted: Wanted) -> list[str]:
        """The files of minutes that may hold some of what is wanted."""
        return [row.file for row in self.live.minutes if wanted.touches(row)]

    def without(self, lost: Sequence[SegmentRow]) -> Listing:
        """The same as if these files were not listed."""
        return replace(self, live=self.live.after(without(lost)))


def read_listing(path: Path) -> Listing:
    """Read the catalogue; blocks on the disk.

    Args:
        path: of ``catalogue.sqlite``.

    Raises:
        CatalogueError: it cannot be read, or a newer version wrote it.
    """
    return read_sqlite(path, lambda db: _listing(db, path))


def _listing(db: sqlite3.Connection, path: Path) -> Listing:
    if version_of(db, path) == len(STEPS):
        return _listed(db)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        db.backup(copy)
        bring_up_to_date(copy, path)
        return _listed(copy)


def _listed(db: sqlite3.Connection) -> Listing:
    points, state = points_of(db), state_of(db)
    numbers = max((number for _, number, _ in points), default=0) + 1
    return Listing(
        numbers={name: number for name, number, _ in points},
        kinds={name: kind for name, _, kind in points},
        live=live_of(segments_of(db), summed_days_of(db), state, numbers),
        through=int(state.get("through", 0)),
        newest=_blob(state.get("newest")),
    )


def _blob(value: int | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""
