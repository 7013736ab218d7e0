"""What is live in a store, as its catalogue says at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.errors import CatalogueError
from historian.reading.sqlite import read_sqlite

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.reading.wanted import Wanted

NEWEST_FORMAT = 2
EVER = -(2**63)
"""Before any time."""

_FILES = {
    1: "SELECT file, day, min_time, max_time, min_point, max_point, 'samples', 0, NULL "
    "FROM segment",
    2: "SELECT file, day, min_time, max_time, min_point, max_point, kind, max_sequence, crc "
    "FROM segment",
}
_POINTS = {1: "SELECT name, id, '' FROM point", 2: "SELECT name, id, kind FROM point"}
_SUMMARISED = {2: "SELECT day, through FROM summarised"}


@dataclass(frozen=True, slots=True)
class LiveFile:
    """One live Parquet file.

    Attributes:
        file: its name in the segments' folder.
        day: UTC day of everything in it, counted from 1970.
        min_time, max_time: inclusive, ns.
        min_point, max_point: the store's numbers, inclusive.
        kind: ``samples`` or ``minutes``.
        max_sequence: of its samples; 0 where the catalogue does not know.
        crc: CRC-32 of the whole file; None where the catalogue does not know.
    """

    file: str
    day: int
    min_time: int
    max_time: int
    min_point: int
    max_point: int
    kind: str
    max_sequence: int
    crc: int | None

    def may_hold(self, wanted: Wanted) -> bool:
        """Whether some of what is wanted may be in it."""
        return bool(
            self.min_point <= wanted.points[-1]
            and self.max_point >= wanted.points[0]
            and self.min_time < wanted.end
            and self.max_time >= wanted.start
        )


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The catalogue at one moment.

    Attributes:
        numbers: the store's number of each point, by name.
        kinds: the kind of each point, by name; empty where the catalogue does not know.
        files: all live files.
        summarised: sequence up to which the minutes of a day cover its samples.
        through: everything up to this sequence is in the files.
        newest: the newest sample of each point as of ``through``, see
            :meth:`historian.newest.Newest.from_bytes`.
        keep_from: ``int64[n]``, by number: nothing of the point is shown before this time, ns.
        raw_from: ``int64[n]``, by number: before this time there are minutes only, ns.
    """

    numbers: dict[str, int]
    kinds: dict[str, str]
    files: tuple[LiveFile, ...]
    summarised: dict[int, int]
    through: int
    newest: bytes
    keep_from: NDArray[np.int64]
    raw_from: NDArray[np.int64]

    def samples(self, wanted: Wanted) -> list[str]:
        """The files of samples that may hold some of what is wanted."""
        return _names(self.files, "samples", wanted)

    def minutes(self, wanted: Wanted) -> list[str]:
        """The files of minutes that may hold some of what is wanted."""
        return _names(self.files, "minutes", wanted)


def _names(files: Iterable[LiveFile], kind: str, wanted: Wanted) -> list[str]:
    if not wanted.points.shape[0]:
        return []
    return [one.file for one in files if one.kind == kind and one.may_hold(wanted)]


def read_listing(path: Path) -> Listing:
    """Read the catalogue; blocks on the disk.

    Args:
        path: of ``catalogue.sqlite``.

    Raises:
        CatalogueError: it cannot be read, or a newer version wrote it.
    """
    return read_sqlite(path, lambda db: _listing(db, path))


def _listing(db: sqlite3.Connection, path: Path) -> Listing:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version not in _FILES:
        raise CatalogueError(
            f"{path} has format {version}, and this program reads 1 to {NEWEST_FORMAT}: "
            "use the version of the program that wrote it"
        )
    state = dict(db.execute("SELECT key, value FROM state"))
    points = list(db.execute(_POINTS[version]))
    count = max((number for _, number, _ in points), default=0) + 1
    horizon = int(state.get("horizon", EVER))
    keep_from = np.maximum(_by_number(state.get("keep_from", b""), count), horizon)
    return Listing(
        numbers={name: number for name, number, _ in points},
        kinds={name: kind for name, _, kind in points},
        files=tuple(LiveFile(*row) for row in db.execute(_FILES[version])),
        summarised=dict(db.execute(_SUMMARISED[version])) if version in _SUMMARISED else {},
        through=int(state.get("through", 0)),
        newest=bytes(state.get("newest", b"")),
        keep_from=keep_from,
        raw_from=np.maximum(_by_number(state.get("raw_from", b""), count), keep_from),
    )


def _by_number(blob: bytes, count: int) -> NDArray[np.int64]:
    """The times in a blob, with room for ``count`` points."""
    times = np.full(count, EVER, dtype=np.int64)
    known = np.frombuffer(blob, "<i8")[:count]
    times[: known.shape[0]] = known
    return times
