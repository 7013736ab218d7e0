"""The historian of one city: journal, the store that answers, and everything that is fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from historian.embedded.store import EmbeddedStore
from historian.embedded.tending import tend_store
from historian.errors import StoreError
from historian.filling import fill_store
from historian.influx.feeding import feed_influx
from historian.influx.opening import Influx, open_influx
from historian.journal.journal import Journal
from historian.naming import series_names
from service.places import refused_lines_file
from service.status import history_state, sink_row
from telemetry.clock import RealClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AsyncExitStack
    from pathlib import Path

    from config.city import City
    from console.ports import HistoryState, SinkRow
    from historian.store import Store
    from telemetry.accounting import Accounting
    from telemetry.clock import Clock

_log = structlog.get_logger()

EMBEDDED, INFLUXDB = "embedded", "influxdb"


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Where readings go and where they are asked for.

    Attributes:
        journal: takes every reading first.
        embedded: None where the city keeps its readings in an InfluxDB only.
        influx: None where no InfluxDB is fed.
        store: the one of both that answers questions.
    """

    journal: Journal
    embedded: EmbeddedStore | None
    influx: Influx | None
    store: Store

    def state(self, backup_ns: int | None = None) -> HistoryState:
        """How journal and stores stand now, for the page.

        Args:
            backup_ns: city time of the last backup, if one is known.
        """
        stored = None if self.embedded is None else self.embedded.figures()
        return history_state(self.journal.figures(), list(self.sinks()), stored, backup_ns)

    def sinks(self) -> Iterator[SinkRow]:
        """How each store takes what the journal gives it."""
        figures = self.journal.figures()
        if self.embedded is not None:
            yield sink_row(EMBEDDED, figures, self.embedded.problem)
        if self.influx is not None:
            writer = self.influx.writer
            yield sink_row(INFLUXDB, figures, writer.trouble, refused=writer.refused)


def open_history(city: City, folder: Path, opened: AsyncExitStack) -> History:
    """Open the stores first: the journal must not use numbers again that a store has seen.

    Args:
        city: what it keeps, and where.
        folder: of the historian.
        opened: closes everything at the end.

    Raises:
        BaotuError: a folder is in use, damaged beyond use, or newer than this program.
    """
    settings = city.historian
    embedded = None
    if settings.store == EMBEDDED:
        embedded = EmbeddedStore(folder / "store", city.points, hot_s=settings.hot_s)
        opened.push_async_callback(_close, embedded)
    influx = _open_influx(city, folder)
    if influx is not None:
        opened.push_async_callback(influx.close)
    journal = Journal(
        folder / "journal",
        city.points,
        most_mib=settings.journal_mib,
        reserve_mib=settings.reserve_mib,
        sync=settings.sync,
        after=embedded.through if embedded else 0,
    )
    opened.callback(journal.close)
    store = embedded or (influx.store if influx else None)
    if store is None:
        raise StoreError("no store is configured: leave [historian] store out, or name an InfluxDB")
    return History(journal, embedded, influx, store)


def _open_influx(city: City, folder: Path) -> Influx | None:
    settings = city.historian.influxdb
    if settings is None:
        return None
    names = series_names(city.points, {site.name: site for site in city.sites})
    return open_influx(settings, names, clock=RealClock(), quarantine=refused_lines_file(folder))


async def _close(store: EmbeddedStore) -> None:
    """Let the store go; what it cannot write now is still in the journal."""
    try:
        await store.close()
    except StoreError as error:
        _log.warning("the store was closed unwritten", reason=str(error))


def history_jobs(
    history: History, city: City, clock: Clock, accounting: Accounting
) -> dict[str, Callable[[], Awaitable[None]]]:
    """The loops of the historian.

    Args:
        history: from :func:`open_history`.
        city: how often, and how long.
        clock: city time.
        accounting: each store keeps an account of its own.
    """
    journal = history.journal
    jobs: dict[str, Callable[[], Awaitable[None]]] = {}
    if (embedded := history.embedded) is not None:
        jobs["store"] = lambda: fill_store(
            EMBEDDED, journal, embedded, accounting=accounting, clock=clock
        )
        jobs["tending"] = lambda: tend_store(embedded, city.historian, clock)
    if (influx := history.influx) is not None:
        jobs[INFLUXDB] = lambda: feed_influx(
            INFLUXDB,
            journal,
            influx.writer,
            accounting=accounting,
            clock=RealClock(),
            seen=influx.store.see,
        )
    jobs["journal"] = lambda: journal.keep_synced(RealClock())
    return jobs
