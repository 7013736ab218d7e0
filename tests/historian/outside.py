"""A historian on disk as a running service keeps it, for tests that look at it from outside."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.journal.journal import Journal
from historian.settings import HistorianSettings
from telemetry.places import Site, SiteKind
from telemetry.points import PointTable
from telemetry.text import Text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from historian.journal.reader import Reader
    from telemetry.batch import Batch

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class FakeCity:
    """As much of a city as a reader asks for."""

    points: PointTable
    sites: tuple[Site, ...] = ()
    timezone: ZoneInfo = SHANGHAI
    historian: HistorianSettings = field(default_factory=HistorianSettings)


def city_of(points: PointTable, zone: str = "") -> FakeCity:
    """A city with these points, whose one site lies in a zone."""
    title = Text("站", "site")
    return FakeCity(points, (Site("site", SiteKind.PRESSURE_NODE, title, zone, 0.0, 0.0),))


@dataclass(slots=True, eq=False)
class Historian:
    """Store and journal of a service, driven by hand.

    Attributes:
        data: the data directory.
    """

    data: Path
    store: EmbeddedStore
    journal: Journal
    reader: Reader

    @property
    def root(self) -> Path:
        return self.data / "historian"

    def journalled(self, batch: Batch) -> int:
        """A batch that stands in the journal only."""
        return self.journal.append("modbus:lvyou", batch)

    async def stored(self, *batches: Batch) -> None:
        """Batches, and all before them, that a Parquet file holds."""
        for batch in batches:
            self.journal.append("modbus:lvyou", batch)
        await self.store.append(await self.reader.receive(10_000_000, 5.0))
        await self.store.flush()
        self.reader.advance(await self.store.append([]))
        self.journal.sync()


@asynccontextmanager
async def running(
    data: Path, points: PointTable, sizes: Sizes | None = None
) -> AsyncIterator[Historian]:
    """The historian of a running service in a data directory."""
    root = data / "historian"
    store = EmbeddedStore(root / "store", points, sizes=sizes or Sizes(fan_in=3))
    journal = Journal(root / "journal", points, after=store.through)
    try:
        yield Historian(data, store, journal, journal.reader("store:embedded"))
    finally:
        await store.close()
        journal.close()


def traces(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every file of a folder: when it was changed, its owner, and what is in it."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        # The wal-index is memory that SQLite's readers share; it is no part of the data.
        if path.suffix != ".sqlite-shm":
            state = path.stat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(folder))] = (state.st_mtime_ns, state.st_uid, digest)
    return found
