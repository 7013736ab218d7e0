"""A store seen from outside: its live files and what stands in the journal only, together."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from historian.errors import QueryError, StoreError
from historian.minutes import Minutes
from historian.newest import Newest
from historian.reading.catalogue import EVER, Listing, read_listing
from historian.reading.files import SegmentFiles, SegmentGoneError
from historian.reading.stretches import DAY_NS
from historian.reading.tail import Tail, read_tail
from historian.reading.wanted import Wanted
from historian.rows import Rows
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

T = TypeVar("T")

_ATTEMPTS = 8
NEVER = 2**63 - 1
"""After any time."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the parts of one historian lie.

    Attributes:
        root: holds ``store/`` and ``journal/``.
    """

    root: Path

    @property
    def catalogue(self) -> Path:
        """The list of live files."""
        return self.root / "store" / "catalogue.sqlite"

    @property
    def segments(self) -> Path:
        """Holds the live files, and others."""
        return self.root / "store" / "segments"

    @property
    def journal(self) -> Path:
        """The journal's folder."""
        return self.root / "journal"


@dataclass(slots=True, eq=False)
class View:
    """The readings as of the moment of :func:`look`; of later ones some may be seen as well.

    Attributes:
        folders: where everything lies.
        listing: renewed when a file has been replaced meanwhile.
        tail: what was in the journal only.
    """

    folders: Folders
    listing: Listing
    tail: Tail
    _files: SegmentFiles = field(repr=False)

    @property
    def names(self) -> list[str]:
        """All points, in the order of their numbers."""
        return sorted(self.listing.numbers, key=self.listing.numbers.__getitem__)

    def numbers(self, names: Sequence[str]) -> NDArray[np.int32]:
        """The store's number of each point.

        Raises:
            QueryError: the store has never heard of one of them.
        """
        known = self.listing.numbers
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise QueryError(f"no point is called {name!r}{hint}")
        return np.array([known[name] for name in names], dtype=np.int32)

    def bounded(self, wanted: Wanted) -> Wanted:
        """The same, its open ends set to the first and just behind the newest sample.

        Raises:
            StoreError: the readings cannot be read.
        """
        start, end = wanted.start, wanted.end
        if end == NEVER:
            end = int(self.newest().time[wanted.points].max(initial=0)) + 1
        if start == EVER:
            first = self.first_times(wanted.points)
            start = int(first[first > 0].min(initial=end))
        return Wanted(wanted.points, start, max(start, end))

    def rows(self, wanted: Wanted) -> Rows:
        """The samples that are wanted, by point and time, each once.

        Raises:
            StoreError: they cannot be read.
        """
        stored = self._read(Listing.samples, SegmentFiles.rows, wanted)
        recent = self._recent(wanted)
        rows = Rows.concat([recent] if stored is None else [stored, recent])
        return rows.take(rows.time >= self.listing.raw_from[rows.point]).resolved()

    def minutes(self, wanted: Wanted) -> Minutes:
        """The minutes that are wanted, by point and time, each once; only those in files.

        Raises:
            StoreError: they cannot be read.
        """
        found = self._read(Listing.minutes, SegmentFiles.minutes, wanted)
        minutes = Minutes.empty() if found is None else found
        kept = minutes.time >= self.listing.keep_from[minutes.point]
        return minutes.take(kept).resolved()

    def counts(self, wanted: Wanted) -> NDArray[np.int64]:
        """About how many samples of each point are wanted, ``int64[k]``.

        Duplicates that merging has not resolved yet are counted each.

        Raises:
            StoreError: they cannot be read.
        """
        counts = np.zeros(wanted.points.shape[0], np.int64)
        stored = self._read(Listing.samples, SegmentFiles.extents, wanted)
        if stored is not None:
            counts[np.searchsorted(wanted.points, stored.point)] += stored.rows
        found, rows = np.unique(self._recent(wanted).point, return_counts=True)
        counts[np.searchsorted(wanted.points, found)] += rows
        return counts

    def first_times(self, points: NDArray[np.int32]) -> NDArray[np.int64]:
        """The earliest time of each point, minutes included, ``int64[k]``; 0 without any.

        Raises:
            StoreError: they cannot be read.
        """
        first = np.full(points.shape[0], NEVER, np.int64)
        seen = self.newest().time[points] > 0
        for day in self._days():
            looked_for = points[seen & (first == NEVER)]
            wanted = Wanted(looked_for, day * DAY_NS, (day + 1) * DAY_NS)
            for choose in (Listing.minutes, Listing.samples):
                found = self._read(choose, SegmentFiles.extents, wanted)
                if found is not None:
                    at = np.searchsorted(points, found.point)
                    first[at] = np.minimum(first[at], found.earliest)
        recent = self.tail.rows
        asked = np.isin(recent.point, points)
        np.minimum.at(first, np.searchsorted(points, recent.point[asked]), recent.time[asked])
        return np.where(first == NEVER, 0, np.maximum(first, self.listing.keep_from[points]))

    def _days(self) -> list[int]:
        """UTC days of which there are files, ascending."""
        spans = ((one.min_time // DAY_NS, one.max_time // DAY_NS) for one in self.listing.files)
        return sorted({day for first, last in spans for day in range(first, last + 1)})

    def newest(self) -> Newest:
        """The newest sample of each point, by the store's number."""
        numbers = max(self.listing.numbers.values(), default=0) + 1
        newest = Newest.from_bytes(self.listing.newest, numbers)
        rows = self.tail.rows
        newest.see(Batch(rows.point, rows.time, rows.value, rows.quality))
        return newest

    def _recent(self, wanted: Wanted) -> Rows:
        rows = self.tail.rows
        inside = (rows.time >= wanted.start) & (rows.time < wanted.end)
        return rows.take(inside & np.isin(rows.point, wanted.points))

    def _read(
        self,
        choose: Callable[[Listing, Wanted], list[str]],
        read: Callable[[SegmentFiles, Sequence[str], Wanted], T],
        wanted: Wanted,
    ) -> T | None:
        """What ``read`` makes of the chosen files; None where there are none."""
        for _ in range(_ATTEMPTS):
            files = choose(self.listing, wanted)
            try:
                return read(self._files, files, wanted) if files else None
            except SegmentGoneError:
                self.listing = self._renewed()
        raise StoreError(
            f"the files in {self.folders.segments} are replaced faster than they can be read: "
            "try again, or ask for less at a time"
        )

    def _renewed(self) -> Listing:
        """The listing of now, without files that it lists though somebody took them away."""
        absent = {
            one.file
            for one in read_listing(self.folders.catalogue).files
            if not (self.folders.segments / one.file).exists()
        }
        # One that was merged away between the listing and the look is not listed any more.
        listing = read_listing(self.folders.catalogue)
        present = tuple(one for one in listing.files if one.file not in absent)
        return replace(listing, files=present)


@contextmanager
def look(root: Path, points: Collection[str] | None = None) -> Iterator[View]:
    """See a store as it is now; blocks on the disk.

    Args:
        root: the historian's folder.
        points: which points will be asked about; None for any of them. Of others the newest
            samples are not looked up, which saves memory where the journal is long.

    Raises:
        StoreError: there is no store, or it cannot be read.
        JournalError: the journal cannot be read.
    """
    folders = Folders(root)
    if not folders.catalogue.exists():
        raise StoreError(
            f"{root} holds no readings: name the folder that was given to `baotu run --data`; "
            "what a city keeps in an InfluxDB only is found there"
        )
    listing = read_listing(folders.catalogue)
    # The journal before the catalogue: what it lets go of meanwhile is in a file by then.
    numbers = listing.numbers
    if points is not None:
        numbers = {name: number for name, number in numbers.items() if name in points}
    tail = read_tail(folders.journal, listing.through, numbers)
    listing = read_listing(folders.catalogue)
    with closing(SegmentFiles(folders.segments)) as files:
        yield View(folders, listing, tail, files)
