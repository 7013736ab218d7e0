"""InfluxDB behind the seam of stores.

What differs from the embedded store, because InfluxDB is what it is:

* A BAD sample has no value there, so a number that came with a BAD quality is not kept.
* Nothing is thinned and nothing is deleted from here: that is what the retention policy of the
  bucket is for. :meth:`InfluxStore.prune` only stops showing what is older, until a restart.
* A sample corrected from good to BAD is BAD for every question asked here; whoever asks the
  server directly still finds the old ``value`` beside the new ``quality``.
* Which entries were taken is known to the journal's mark only: after a restart a redelivered
  entry is written again, and everything behind it.
* ``first`` and ``last`` of a bucket, like everything else, are of the samples the server has
  taken: what still waits in the journal is not seen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, overload

import numpy as np

from historian.influx.questions import Questions, buckets_from, newest_from, series_from
from historian.newest import Newest
from historian.queries import BucketQuery, Buckets, RangeQuery, Series
from historian.table import check_points
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from historian.entry import Entry
    from historian.influx.client import InfluxClient
    from historian.influx.writer import InfluxWriter
    from historian.naming import SeriesName

PAGE_ROWS = 50_000
"""Samples in one answer; a longer range is asked for in pages, so that no answer fills memory."""


class InfluxStore:
    """Implements :class:`historian.store.Store` on an InfluxDB; belongs to one event loop.

    Args:
        client: asks questions.
        writer: writes samples.
        names: the series of each point, by index.
        page_rows: samples in one answer.
    """

    def __init__(
        self,
        client: InfluxClient,
        writer: InfluxWriter,
        names: Sequence[SeriesName],
        *,
        page_rows: int = PAGE_ROWS,
    ) -> None:
        self._client = client
        self._writer = writer
        self._names = tuple(names)
        self._questions = Questions(client.settings)
        self._page_rows = page_rows
        self._newest = Newest.unseen(len(self._names))
        self._loaded = False
        self._loading = asyncio.Lock()
        self._last = 0
        self._horizon = 0

    async def append(self, entries: Sequence[Entry]) -> int:
        """Write entries and return once the server has them; see the seam.

        What the server refuses for good is quarantined and not raised: giving it again would
        change nothing. A running service is fed by
        :func:`historian.influx.feeding.feed_influx` instead, which sends live readings first and
        counts what is refused.
        """
        fresh = [entry for entry in entries if entry.sequence > self._last]
        if fresh:
            await self._writer.attempt(fresh)
            self._last = fresh[-1].sequence
            self.see(fresh)
        return self._last

    def see(self, entries: Sequence[Entry]) -> None:
        """Let :meth:`latest` know of samples that the server has."""
        for entry in entries:
            self._newest.see(entry.batch)

    @overload
    async def query(self, query: RangeQuery) -> Series: ...

    @overload
    async def query(self, query: BucketQuery) -> Buckets: ...

    async def query(self, query: RangeQuery | BucketQuery) -> Series | Buckets:
        """Ask the server."""
        check_points(query.point, len(self._names))
        if isinstance(query, RangeQuery):
            return await self._range(query)
        return await self._buckets(query)

    async def _range(self, query: RangeQuery) -> Series:
        name = self._names[query.point]
        start, wanted = max(query.start, self._horizon), query.limit + 1
        pieces: list[Series] = []
        while wanted > 0 and start < query.end:
            most = min(wanted, self._page_rows)
            (tables,) = await self._client.ask(
                self._questions.samples(name, start, query.end, most)
            )
            piece = series_from(tables)
            if not len(piece):
                break
            pieces.append(piece)
            start, wanted = int(piece.time[-1]) + 1, wanted - len(piece)
        return _joined(pieces, query.limit)

    async def _buckets(self, query: BucketQuery) -> Buckets:
        start = max(query.start, self._horizon)
        if start >= query.end:
            return buckets_from(query, [], [])
        name = self._names[query.point]
        values, all_ = await self._client.ask(
            self._questions.buckets(name, query, start), statements=2
        )
        return buckets_from(query, values, all_)

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        """The newest sample of each point, from memory; the server is asked once, at first."""
        check_points(points, len(self._names))
        await self.load()
        return self._newest.of(points, points)

    async def load(self) -> None:
        """Ask the server for the newest sample of every point, unless that was done.

        Raises:
            StoreError: it cannot be asked; the next call tries again.
        """
        async with self._loading:
            if not self._loaded:
                await self._load()
                self._loaded = True

    async def _load(self) -> None:
        numbers = {name.point: number for number, name in enumerate(self._names)}
        for measurement in sorted({name.measurement for name in self._names}):
            (tables,) = await self._client.ask(self._questions.newest(measurement))
            known = [table for table in tables if table.rows and table.tags.get("point") in numbers]
            rows = [newest_from(table) for table in known]
            points = np.array([numbers[table.tags["point"]] for table in known], dtype=np.int32)
            # What came in meanwhile is newer than what the server was asked for.
            older = np.array([row[0] for row in rows], np.int64) > self._newest.time[points]
            if rows:
                time, value, codes = zip(*rows, strict=True)
                self._newest.see(Batch.of(points, time, value, codes).take(older))

    async def prune(self, before_ns: int) -> None:
        """Stop showing what is older; deleting is left to the server's retention policy."""
        self._horizon = max(self._horizon, before_ns)


def _joined(pieces: Sequence[Series], limit: int) -> Series:
    empty = Series(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8))
    parts = pieces or [empty]
    time = np.concatenate([part.time for part in parts])
    value = np.concatenate([part.value for part in parts])
    codes = np.concatenate([part.quality for part in parts])
    return Series(time[:limit], value[:limit], codes[:limit], truncated=time.shape[0] > limit)
