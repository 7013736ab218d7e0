"""Both ends of a copy between the stores of one city, opened and closed."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import TYPE_CHECKING

from historian.copying import PositionFile, copy_readings
from historian.embedded.copying import EmbeddedDestination, EmbeddedSource, drained
from historian.embedded.store import EmbeddedStore
from historian.errors import StoreError
from historian.influx.checking import check_influx
from historian.influx.copying import InfluxDestination, InfluxSource
from historian.influx.opening import open_influx
from historian.journal.journal import Journal
from historian.naming import series_names
from historian.reading.view import look
from service.history import EMBEDDED
from service.places import made_folder, refused_lines_file
from telemetry.clock import RealClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from config.city import City
    from historian.copying import Copied, Destination, Errand, Source
    from historian.influx.opening import Influx
    from historian.settings import InfluxSettings


async def copy_city(
    city: City,
    settings: InfluxSettings,
    folder: Path,
    errand: Errand,
    progress: Callable[[Copied], None],
) -> Copied:
    """Copy what the errand names between the embedded store and the InfluxDB of a city.

    Args:
        city: whose readings.
        settings: of its InfluxDB.
        folder: of its historian.
        errand: what to copy, and which way.
        progress: told after each step.

    Raises:
        BaotuError: a store cannot be used; the same call goes on where it was.
    """
    made_folder(folder)
    position = PositionFile(folder / f"copy-{errand.origin}-{errand.destination}.json")
    names = series_names(city.points, {site.name: site for site in city.sites})
    influx = open_influx(settings, names, clock=RealClock(), quarantine=refused_lines_file(folder))
    async with AsyncExitStack() as opened:
        opened.push_async_callback(influx.close)
        await _sound(influx)
        ends = (
            _from_embedded(city, folder, influx)
            if errand.origin == EMBEDDED
            else _to_embedded(city, folder, influx)
        )
        source, destination = await opened.enter_async_context(ends)
        return await copy_readings(
            source, destination, errand, position=position, progress=progress
        )


async def _sound(influx: Influx) -> None:
    """A copy waits for a server that is away for a while; it need not begin with one."""
    for finding in await check_influx(influx.client, RealClock()):
        if not finding.good:
            raise StoreError(finding.sentence)


@asynccontextmanager
async def _from_embedded(
    city: City, folder: Path, influx: Influx
) -> AsyncIterator[tuple[Source, Destination]]:
    with look(folder) as view:
        yield EmbeddedSource(view, city.points), InfluxDestination(influx)


@asynccontextmanager
async def _to_embedded(
    city: City, folder: Path, influx: Influx
) -> AsyncIterator[tuple[Source, Destination]]:
    store = EmbeddedStore(folder / "store", city.points, hot_s=city.historian.hot_s)
    try:
        first = await _numbers_free_from(city, folder, store)
        yield InfluxSource(influx.store), EmbeddedDestination(store, first)
    finally:
        await store.close()


async def _numbers_free_from(city: City, folder: Path, store: EmbeddedStore) -> int:
    journal = Journal(
        folder / "journal",
        city.points,
        most_mib=city.historian.journal_mib,
        reserve_mib=city.historian.reserve_mib,
        sync=city.historian.sync,
        after=store.through,
    )
    with closing(journal):
        first = await drained(journal, store)
        if city.historian.store != EMBEDDED:
            # Nobody will read under this name; the journal must not keep anything for it.
            journal.forget(f"store:{EMBEDDED}")
        return first
