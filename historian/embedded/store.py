"""The embedded store: a hot window in memory in front of sorted Parquet segments."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from historian.embedded.catalogue import Catalogue
from historian.embedded.hot import Frozen, HotView, HotWindow
from historian.embedded.listing import Change
from historian.embedded.parquet import FileCalls, Parquet
from historian.embedded.reading import Reading
from historian.embedded.segments import Segments
from historian.embedded.sizes import DEFAULT_SIZES, Sizes
from historian.embedded.upkeep import Upkeep
from historian.embedded.writing import Writing
from historian.errors import StoreError, UnreadableError
from historian.locking import DirectoryLock
from historian.newest import Newest
from historian.queries import BucketQuery, Buckets, RangeQuery, Series
from historian.table import check_points
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.embedded.figures import StoredFigures
    from historian.entry import Entry
    from historian.retention import Horizons
    from historian.rows import Rows
    from telemetry.points import PointTable

T = TypeVar("T")

QUESTIONS = 3
"""Answered at the same time; the others wait, and leave threads to the journal and to writing."""


class EmbeddedStore:
    """Implements :class:`historian.store.Store`; belongs to one event loop.

    Samples are answered from memory as soon as they are taken in. They are safe once
    :meth:`flush` has written their segment and the catalogue lists it; until then the journal
    must keep them, which is what the result of :meth:`append` says.

    Args:
        directory: its folder; created when missing, held by one process at a time.
        points: the table whose indices batches and questions use. On disk a point has a stable
            number by its name, so that the table may change between runs.
        hot_s: seconds of samples that are kept in memory for speed.
        sizes: when segments are written and merged.
        calls: how files get to the disk and away from it.

    Raises:
        DirectoryLockedError: another instance works on this folder.
        CatalogueError: the catalogue cannot be used.
    """

    def __init__(
        self,
        directory: Path,
        points: PointTable,
        *,
        hot_s: float = 900.0,
        sizes: Sizes = DEFAULT_SIZES,
        calls: FileCalls | None = None,
    ) -> None:
        self._points = points
        with ExitStack() as opened:
            self._open(directory, points, calls, opened)
            self._opened = opened.pop_all()
        self._sizes = sizes
        state = self._catalogue.state()
        self._through = int(state.get("through", 0))
        numbers = self._segments.live.keep_from.shape[0]
        self._newest = Newest.from_bytes(bytes(state.get("newest", b"")), numbers)
        self._last = self._through
        self._hot = HotWindow(hot_s, sizes.hot_rows, self._through)
        self._upkeep = Upkeep(self._segments, self._parquet, sizes)
        self._problem: str | None = None
        self._flushing = asyncio.Lock()
        self._keeping = asyncio.Lock()
        self._asking = asyncio.Semaphore(QUESTIONS)
        self._writing = threading.Lock()
        self._working = threading.Lock()

    def _open(
        self, directory: Path, points: PointTable, calls: FileCalls | None, opened: ExitStack
    ) -> None:
        folder = directory / "segments"
        folder.mkdir(parents=True, exist_ok=True)
        opened.callback(DirectoryLock(directory).close)
        self._catalogue = opened.enter_context(closing(Catalogue(directory / "catalogue.sqlite")))
        self._parquet = opened.enter_context(closing(Parquet(folder, calls=calls)))
        self._number = self._catalogue.numbers({p.name: p.kind.value for p in points})
        self._segments = Segments(folder, self._catalogue, self._parquet)

    @property
    def points(self) -> PointTable:
        """The table whose indices batches and questions use."""
        return self._points

    @property
    def through(self) -> int:
        """Everything up to this sequence is in segments."""
        return self._through

    @property
    def taken(self) -> int:
        """Everything up to this sequence has been taken in and is seen by questions."""
        return self._last

    @property
    def damaged(self) -> int:
        """Files that were found damaged or missing while running; the log names each."""
        return self._segments.damaged

    @property
    def problem(self) -> str | None:
        """Why nothing can be written just now; None while it can."""
        return self._problem

    def figures(self) -> StoredFigures:
        """How much there is on the disk; cheap."""
        return self._segments.figures()

    async def append(self, entries: Sequence[Entry]) -> int:
        """Take entries in; see :meth:`historian.store.Store.append`.

        While the disk fails, at most twice ``segment_rows`` and one entry are held in memory;
        what follows is refused and stays in the journal.
        """
        for entry in entries:
            if entry.sequence > self._last:
                if self._hot.fresh >= self._sizes.segment_rows:
                    await self.flush()
                self._take(entry)
        return self._through

    def _take(self, entry: Entry) -> None:
        batch = entry.batch
        numbers = self._number[batch.point]
        self._last = entry.sequence
        self._hot.add(numbers, batch, entry.sequence)
        self._newest.see(Batch(numbers, batch.time, batch.value, batch.quality))

    async def flush(self) -> None:
        """Write what is only in memory to a segment.

        Raises:
            StoreError: it stays in memory and is written by the next call.
        """
        async with self._flushing:
            frozen = self._hot.freeze(self._last, self._newest)
            if frozen is not None:
                rows = await asyncio.to_thread(self._noted, frozen)
                self._hot.settle(frozen, rows)

    def _noted(self, frozen: Frozen) -> Rows:
        try:
            rows = self._write(frozen)
        except StoreError as error:
            self._problem = str(error)
            raise
        self._problem = None
        return rows

    def _write(self, frozen: Frozen) -> Rows:
        rows = frozen.rows.resolved()
        # A cancelled flush goes on in its thread; the next one must not write the same again.
        with self._writing:
            if frozen.upto > self._through:
                first = int(rows.sequence.min())
                writing = Writing(self._segments.new_run(), 0, first, frozen.upto)
                state: dict[str, int | bytes] = {
                    "through": frozen.upto,
                    "newest": frozen.newest.to_bytes(),
                }
                with self._segments.writing() as new:
                    self._segments.write_samples(new, rows, writing)
                    self._segments.apply(Change(new=new, state=state))
                self._through = frozen.upto
        return rows

    async def compact(self) -> bool:
        """Merge small segments once; returns whether there was something to merge.

        Raises:
            StoreError: nothing has changed.
        """
        return await self._keep(self._upkeep.compact)

    async def summarise(self, before_ns: int) -> bool:
        """Do a part of summing days up by the minute; returns whether there was something to do.

        Args:
            before_ns: days that have ended before this time are over.

        Raises:
            StoreError: this part of the work has changed nothing.
        """
        return await self._keep(lambda: self._upkeep.summarise(before_ns, self._through))

    async def retain(self, horizons: Horizons) -> bool:
        """Forget and thin what is too old; returns whether there may be more to do.

        Questions see the new horizons at once; the disk is given back call by call. Samples of
        a day whose minutes are not complete stay until they are.

        Raises:
            StoreError: this part of the work has changed nothing.
        """
        return await self._keep(lambda: self._upkeep.retain(horizons, self._number))

    async def prune(self, before_ns: int) -> None:
        """Forget what is older; whole segments are deleted, the rest when they are merged."""
        await self._keep(lambda: self._upkeep.prune(before_ns))

    async def _keep(self, work: Callable[[], T]) -> T:
        """One piece of upkeep at a time, in a thread."""
        async with self._keeping:
            return await asyncio.to_thread(self._kept, work)

    def _kept(self, work: Callable[[], T]) -> T:
        # Cancelled upkeep goes on in its thread; the next must not come in between.
        with self._working:
            return self._set_right(work)

    def _set_right(self, ask: Callable[[], T]) -> T:
        """Ask, and ask again without the segments that turn out to be damaged."""
        while True:
            try:
                return ask()
            except UnreadableError as failure:
                self._segments.set_right(failure)

    @overload
    async def query(self, query: RangeQuery) -> Series: ...

    @overload
    async def query(self, query: BucketQuery) -> Buckets: ...

    async def query(self, query: RangeQuery | BucketQuery) -> Series | Buckets:
        """Answer from memory and segments together, in a thread.

        Buckets that begin at whole minutes and are whole minutes long are answered from minutes
        where those exist, others from samples. Where samples have been thinned, minutes answer
        whatever the buckets are: a minute counts in the bucket in which it begins, if that is
        within the interval.
        """
        check_points(query.point, len(self._points))
        async with self._asking:
            # Memory is looked at first: what moves to a segment meanwhile is found twice, not
            # never.
            hot = self._hot.view()
            return await asyncio.to_thread(self._set_right, lambda: self._answer(query, hot))

    def _answer(self, query: RangeQuery | BucketQuery, hot: HotView) -> Series | Buckets:
        with self._segments.look() as live:
            reading = Reading(live, hot, self._parquet, int(self._number[query.point]))
            if isinstance(query, RangeQuery):
                return reading.series(query)
            return reading.buckets(query)

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        """The newest sample of each point, from memory."""
        check_points(points, len(self._points))
        return self._newest.of(self._number[points], points)

    async def close(self) -> None:
        """Write what is in memory and let the folder go.

        Raises:
            StoreError: not all could be written; the journal still has it.
        """
        try:
            await self.flush()
        finally:
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._segments.stop()
        with self._writing, self._working:
            self._opened.close()
