"""The folder of one test's embedded store, and what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from historian.embedded.store import EmbeddedStore
from historian.queries import BucketQuery, RangeQuery
from historian.retention import EVER, Horizons
from tests.historian.making import DAY, NOON, numbered_table

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from historian.queries import Buckets
    from telemetry.points import PointTable

POINTS = numbered_table(4)
LATER = NOON + 1000 * DAY
MINUTE = 60_000_000_000


class Place:
    """The folder of one test's store, through restarts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: list[EmbeddedStore] = []

    def open(self, points: PointTable = POINTS, **options: Any) -> EmbeddedStore:
        """Open the store."""
        store = EmbeddedStore(self.path, points, **options)
        self._opened.append(store)
        return store

    @property
    def segments(self) -> Path:
        """The folder of its files."""
        return self.path / "segments"

    def files(self, level: str = "") -> list[str]:
        """Names of its files, of one level if asked."""
        return sorted(p.name for p in self.segments.glob("*.parquet") if level in p.name)

    async def close(self) -> None:
        """Close whatever is open."""
        for store in self._opened:
            await store.close()


async def values(store: EmbeddedStore, point: int = 0) -> list[float]:
    """All samples of a point."""
    series = await store.query(RangeQuery(point, 0, 2**62))
    return [float(value) for value in series.value]


async def by_minute(store: EmbeddedStore, point: int = 0, minutes: int = 10) -> Buckets:
    """The first minutes after noon, one by one."""
    return await store.query(BucketQuery(point, NOON, NOON + minutes * MINUTE, MINUTE))


async def sum_all(store: EmbeddedStore) -> None:
    """Sum up every day."""
    await store.flush()
    while await store.summarise(LATER):
        pass


async def merge_all(store: EmbeddedStore) -> None:
    """Merge whatever is due."""
    while await store.compact():
        pass


def older_than(before: int, *, points: Collection[int] = range(len(POINTS))) -> Horizons:
    """Of some points, samples before the midnight that ``before`` follows are too old."""
    midnight = before // DAY * DAY
    chosen = np.isin(np.arange(len(POINTS)), list(points))
    raw = np.where(chosen, midnight, EVER)
    return Horizons(raw, np.full(len(POINTS), EVER, dtype=np.int64), EVER, EVER)


async def thin_all(store: EmbeddedStore, before: int, **options: Any) -> None:
    """Thin what is too old, and give all of the disk back."""
    while await store.retain(older_than(before, **options)):
        pass
