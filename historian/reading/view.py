"""A store seen from outside: its live files and what stands in the journal only, together."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from historian.embedded.files import SegmentFiles, duckdb_config
from historian.embedded.hot import HotView, Settled
from historian.embedded.live import days_of
from historian.embedded.reading import Reading
from historian.errors import QueryError, StoreError, UnreadableError
from historian.newest import Newest
from historian.reading.catalogue import Listing, read_listing
from historian.reading.tail import Tail, read_tail
from historian.reading.wanted import Wanted
from historian.retention import DAY_NS, EVER
from historian.rows import Rows
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.embedded.files import Extents
    from historian.embedded.listing import SegmentRow
    from historian.queries import BucketQuery, Buckets

T = TypeVar("T")

_ATTEMPTS = 8
_MEMORY_MIB = 256
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
        listing: renewed when a file has been replaced meanwhile, or is damaged.
        tail: what was in the journal only.
    """

    folders: Folders
    listing: Listing
    tail: Tail
    _files: SegmentFiles = field(repr=False)
    _lost: set[str] = field(default_factory=set)
    _hot: HotView = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # No file is passed over because of its sequences: the journal may have lost some.
        rows = self.tail.rows.resolved()
        self._hot = HotView(NEVER, unsettled=(), settled=(Settled(rows, middle=0),))

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
        """The samples that are wanted and not thinned, by point and time, each once.

        Raises:
            StoreError: they cannot be read.
        """

        def stored(listing: Listing) -> Rows:
            if not (files := listing.samples(wanted)):
                return Rows.empty()
            interval = wanted.start, wanted.end
            return self._files.samples_of_points(files, wanted.points, interval)

        rows = Rows.concat([self._read(stored), self._recent(wanted)])
        live = self.listing.live
        return rows.since(np.maximum(live.raw_from, live.keep_from)).resolved()

    def buckets(self, points: NDArray[np.int32], query: BucketQuery) -> list[Buckets]:
        """Answer one bucketed question for each of the points, as the store itself would.

        Args:
            points: ``int32[k]``, the store's numbers.
            query: its point is of no account.

        Raises:
            StoreError: the readings cannot be read.
        """

        def answer(listing: Listing, number: int) -> Buckets:
            return Reading(listing.live, self._hot, self._files, number).buckets(query)

        return [self._read(partial(answer, number=number)) for number in points.tolist()]

    def counts(self, wanted: Wanted) -> NDArray[np.int64]:
        """About how many samples of each point are wanted, ``int64[k]``.

        Duplicates that merging has not resolved yet are counted each.

        Raises:
            StoreError: they cannot be read.
        """
        counts = np.zeros(wanted.points.shape[0], np.int64)
        stored = self._read(partial(self._extents, choose=Listing.samples, wanted=wanted))
        if stored is not None:
            counts[np.searchsorted(wanted.points, stored.point)] += stored.rows
        found, rows = np.unique(self._recent(wanted).point, return_counts=True)
        counts[np.searchsorted(wanted.points, found)] += rows
        return counts

    def _extents(
        self, listing: Listing, choose: Callable[[Listing, Wanted], list[str]], wanted: Wanted
    ) -> Extents | None:
        if not (files := choose(listing, wanted)):
            return None
        return self._files.extents(files, wanted.points, (wanted.start, wanted.end))

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
                found = self._read(partial(self._extents, choose=choose, wanted=wanted))
                if found is not None:
                    at = np.searchsorted(points, found.point)
                    first[at] = np.minimum(first[at], found.earliest)
        recent = self.tail.rows
        asked = np.isin(recent.point, points)
        np.minimum.at(first, np.searchsorted(points, recent.point[asked]), recent.time[asked])
        keep_from = self.listing.live.keep_from[points]
        return np.where(first == NEVER, 0, np.maximum(first, keep_from))

    def _days(self) -> list[int]:
        """UTC days of which there are files, ascending."""
        return sorted({day for row in self.listing.files for day in days_of(row)})

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

    def _read(self, ask: Callable[[Listing], T]) -> T:
        """Ask, and ask again without files that turn out to be damaged or gone."""
        for _ in range(_ATTEMPTS):
            try:
                return ask(self.listing)
            except UnreadableError as failure:
                self.listing = self._renewed(failure)
        raise StoreError(
            f"the files in {self.folders.segments} are replaced faster than they can be read: "
            "try again, or ask for less at a time"
        )

    def _renewed(self, failure: UnreadableError) -> Listing:
        """The listing of now, without the files that cannot be read.

        Raises:
            UnreadableError: nothing is wrong with them.
        """
        self._lost |= {row.file for row in self._suspects(failure)}
        # One that was merged away between the listing and the look is not listed any more.
        listing = read_listing(self.folders.catalogue)
        return listing.without([row for row in listing.files if row.file in self._lost])

    def _suspects(self, failure: UnreadableError) -> list[SegmentRow]:
        if not self.folders.segments.is_dir():
            raise failure
        files = set(failure.files)
        lost = self._files.unsound(row for row in self.listing.files if row.file in files)
        if not lost:
            raise failure
        return lost


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
    with closing(SegmentFiles(folders.segments, duckdb_config(_MEMORY_MIB))) as files:
        yield View(folders, listing, tail, files)
