"""The embedded store: a hot window in memory in front of sorted Parquet segments."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, overload

import numpy as np

from historian.bucketing import Bucketing
from historian.embedded.catalogue import Catalogue
from historian.embedded.compaction import Merging, merge, merge_due
from historian.embedded.hot import Frozen, HotView, HotWindow
from historian.embedded.parquet import Parquet
from historian.embedded.segments import DAY_NS, Segments, Span
from historian.embedded.sizes import DEFAULT_SIZES, Sizes
from historian.locking import DirectoryLock
from historian.newest import Newest
from historian.queries import BucketQuery, Buckets, RangeQuery, Series
from historian.rows import Rows, series_of
from historian.table import check_points
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.entry import Entry
    from telemetry.points import PointTable

EVER = -(2**63)
"""Before any time: nothing has been pruned."""


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
    ) -> None:
        with ExitStack() as opened:
            self._open(directory, opened)
            self._opened = opened.pop_all()
        self._points = len(points)
        self._number = self._catalogue.numbers([point.name for point in points])
        self._sizes = sizes
        state = self._catalogue.state()
        self._through = int(state.get("through", 0))
        self._horizon = int(state.get("horizon", EVER))
        numbers = self._catalogue.highest_number() + 1
        self._newest = Newest.from_bytes(bytes(state.get("newest", b"")), numbers)
        self._last = self._through
        self._hot = HotWindow(hot_s, sizes.hot_rows, self._through)
        self._flushing = asyncio.Lock()
        self._merging = asyncio.Lock()
        self._writing = threading.Lock()

    def _open(self, directory: Path, opened: ExitStack) -> None:
        folder = directory / "segments"
        folder.mkdir(parents=True, exist_ok=True)
        opened.callback(DirectoryLock(directory).close)
        self._catalogue = opened.enter_context(closing(Catalogue(directory / "catalogue.sqlite")))
        self._parquet = opened.enter_context(closing(Parquet(folder)))
        self._segments = Segments(folder, self._catalogue, self._parquet)

    @property
    def through(self) -> int:
        """Everything up to this sequence is in segments."""
        return self._through

    @property
    def taken(self) -> int:
        """Everything up to this sequence has been taken in and is seen by questions."""
        return self._last

    async def append(self, entries: Sequence[Entry]) -> int:
        """Take entries in; see :meth:`historian.store.Store.append`."""
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
                rows = await asyncio.to_thread(self._write, frozen)
                self._hot.settle(frozen, rows)

    def _write(self, frozen: Frozen) -> Rows:
        rows = frozen.rows.resolved()
        # A cancelled flush goes on in its thread; the next one must not write the same again.
        with self._writing:
            if frozen.upto > self._through:
                new = self._segments.write(rows, self._segments.new_run(), level=0)
                newest = frozen.newest.to_bytes()
                self._segments.replace(new=new, state={"through": frozen.upto, "newest": newest})
                self._through = frozen.upto
        return rows

    async def compact(self) -> bool:
        """Merge small segments once; returns whether there was something to merge.

        Raises:
            StoreError: nothing has changed.
        """
        async with self._merging:
            old = merge_due(self._segments.live(), self._sizes.fan_in)
            if old:
                merging = Merging(self._horizon, self._sizes.rows_per_file)
                await asyncio.to_thread(merge, old, self._segments, self._parquet, merging)
            return bool(old)

    @overload
    async def query(self, query: RangeQuery) -> Series: ...

    @overload
    async def query(self, query: BucketQuery) -> Buckets: ...

    async def query(self, query: RangeQuery | BucketQuery) -> Series | Buckets:
        """Answer from memory and segments together, in a thread."""
        check_points(query.point, self._points)
        # Memory is looked at first: what moves to a segment meanwhile is found twice, not never.
        hot = self._hot.view()
        if isinstance(query, RangeQuery):
            return await asyncio.to_thread(self._range, query, hot)
        return await asyncio.to_thread(self._buckets, query, hot)

    def _range(self, query: RangeQuery, hot: HotView) -> Series:
        pieces: list[Rows] = []
        found = 0
        for rows in self._days(query, hot):
            pieces.append(rows)
            found += len(rows)
            if found > query.limit:
                break
        return series_of(pieces, query.limit)

    def _buckets(self, query: BucketQuery, hot: HotView) -> Buckets:
        bucketing = Bucketing(query)
        for rows in self._days(query, hot):
            bucketing.add(Series(rows.time, rows.value, rows.quality))
        return bucketing.result()

    def _days(self, query: RangeQuery | BucketQuery, hot: HotView) -> Iterator[Rows]:
        """The point's resolved rows, one UTC day after the other, so that a year fits."""
        start = max(query.start, self._horizon)
        span = Span(int(self._number[query.point]), start, query.end, hot.complete_after)
        recent = hot.of_point(span.point, start, query.end)
        days = set(self._segments.days(span)) | set(np.unique(recent.time // DAY_NS).tolist())
        for day in sorted(days):
            today = span.within(day * DAY_NS, (day + 1) * DAY_NS)
            part = recent.of_point(span.point, today.start, today.end)
            yield Rows.concat([self._segments.of_point(today), part]).resolved()

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        """The newest sample of each point, from memory."""
        check_points(points, self._points)
        return self._newest.of(self._number[points], points)

    async def prune(self, before_ns: int) -> None:
        """Forget what is older; whole segments are deleted, the rest when they are merged."""
        self._horizon = max(self._horizon, before_ns)
        async with self._merging:
            old = [row for row in self._segments.live() if row.max_time < self._horizon]
            state: dict[str, int | bytes] = {"horizon": self._horizon}
            await asyncio.to_thread(self._segments.replace, old=old, state=state)

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
        with self._writing:
            self._opened.close()
