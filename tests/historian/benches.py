"""The stores that the contract suite runs over; a new one is a factory in ``BENCHES``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.memory import MemoryStore
from historian.queries import BucketQuery, RangeQuery
from historian.retention import EVER, Horizons
from tests.historian.making import DAY, NOON, SECOND, numbered_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from historian.entry import Entry
    from historian.queries import Buckets, Series
    from historian.store import Store
    from telemetry.batch import Batch

POINTS = numbered_table(4)
TINY = Sizes(fan_in=2, rows_per_file=3, minutes_per_file=2)


def at(seconds: float) -> int:
    """Nanoseconds of so many seconds after noon."""
    return NOON + int(seconds * SECOND)


def thinned_before(point: int, time_ns: int) -> Horizons:
    """Samples of one point before a time are thinned, nothing else."""
    raw = np.full(len(POINTS), EVER, dtype=np.int64)
    raw[point] = time_ns
    return Horizons(raw, np.full(len(POINTS), EVER, dtype=np.int64), EVER, EVER)


class Bench:
    """A store, and what its kind does whenever the test has given it something.

    Attributes:
        store: under test.
        thins: whether it can thin samples to minutes; tests of that are left out otherwise.
    """

    thins = False

    def __init__(self, store: Store) -> None:
        self.store = store

    async def give(self, *entries: Entry) -> int:
        return await self.store.append(entries)

    async def thin(self, point: int, before_s: float) -> None:
        """Thin the samples of a point before a midnight, given in seconds after noon."""
        raise NotImplementedError

    async def samples(
        self, point: int = 0, start_s: float = -1e9, end_s: float = 1e9, limit: int = 1000
    ) -> Series:
        return await self.store.query(RangeQuery(point, at(start_s), at(end_s), limit))

    async def buckets(
        self, start_s: float, end_s: float, bucket_s: float, origin_s: float | None = None
    ) -> Buckets:
        origin = None if origin_s is None else at(origin_s)
        query = BucketQuery(0, at(start_s), at(end_s), int(bucket_s * SECOND), origin)
        return await self.store.query(query)

    async def latest(self, points: Sequence[int]) -> Batch:
        return await self.store.latest(np.array(points, dtype=np.int32))

    async def close(self) -> None:
        """Let go of everything."""


class MemoryBench(Bench):
    """The store without a disk."""

    thins = True

    def __init__(self) -> None:
        self.memory = MemoryStore(len(POINTS))
        super().__init__(self.memory)

    async def thin(self, point: int, before_s: float) -> None:
        await self.memory.retain(thinned_before(point, at(before_s)))


class EmbeddedBench(Bench):
    """The embedded store, disturbed in one way after everything it is given."""

    thins = True

    def __init__(self, directory: Path, disturbance: str) -> None:
        self._directory = directory
        self._disturbance = disturbance
        self.embedded = self._open()
        super().__init__(self.embedded)

    def _open(self) -> EmbeddedStore:
        return EmbeddedStore(self._directory, POINTS, sizes=TINY)

    async def give(self, *entries: Entry) -> int:
        through = await super().give(*entries)
        match self._disturbance:
            case "flushed":
                await self.embedded.flush()
            case "merged":
                await self.embedded.flush()
                await self._merge()
            case "summed":
                await self.embedded.flush()
                await self._sum()
                await self._merge()
            case "restarted":
                await self._restart()
        return through

    async def _merge(self) -> None:
        while await self.embedded.compact():
            pass

    async def _sum(self) -> None:
        while await self.embedded.summarise(NOON + 1000 * DAY):
            pass

    async def _restart(self) -> None:
        await self.close()
        self.store = self.embedded = self._open()

    async def thin(self, point: int, before_s: float) -> None:
        await self.embedded.flush()
        await self._sum()
        while await self.embedded.retain(thinned_before(point, at(before_s))):
            pass
        if self._disturbance == "restarted":
            await self._restart()

    async def close(self) -> None:
        await self.embedded.close()


BENCHES: dict[str, Callable[[Path], Bench]] = {
    "memory": lambda _: MemoryBench(),
    "hot": lambda directory: EmbeddedBench(directory, "nothing"),
    "flushed": lambda directory: EmbeddedBench(directory, "flushed"),
    "merged": lambda directory: EmbeddedBench(directory, "merged"),
    "summed": lambda directory: EmbeddedBench(directory, "summed"),
    "restarted": lambda directory: EmbeddedBench(directory, "restarted"),
}
