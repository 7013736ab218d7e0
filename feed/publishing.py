"""The loop that publishes: store → validated values → files; nothing leads back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from feed.days import DayBook
from feed.errors import FeedClockError, FeedFolderError
from feed.folder import (
    LATEST,
    LATEST_TABLE,
    META,
    day_names,
    forget_days,
    parsed,
    read_bytes,
    write_whole,
)
from feed.intervals import due_intervals, until_next_s
from feed.meta import build_meta
from feed.plan import plan_feed
from feed.shape import Day, Latest
from feed.snapshot import build_snapshot, local_time
from feed.switches import switched
from feed.table import latest_table
from historian.queries import RangeQuery
from telemetry.clock import SECOND
from telemetry.errors import AdapterError
from telemetry.supervision import Backoff, Outage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from feed.plan import FeedPlan, PublicLimit
    from feed.settings import FeedSettings
    from feed.snapshot import Interval
    from historian.queries import Series
    from historian.store import Store
    from telemetry.clock import Clock
    from telemetry.places import Site, Zone
    from telemetry.points import PointTable
    from telemetry.text import Text

_log = structlog.get_logger()

_AT_ONCE = 12
"""Intervals read from the store together, so that catching up a day stays small in memory."""


@dataclass(frozen=True, slots=True)
class FeedPorts:
    """What the publisher sees of the other rooms.

    Attributes:
        title, timezone: of the city.
        points, sites, zones: of the city.
        limits: what the public is shown as limit, by index into the point table.
        store: answers questions about the past.
        wall: the machine's time.
        speed: city seconds per real second.
    """

    title: Text
    timezone: ZoneInfo
    points: PointTable
    sites: Sequence[Site]
    zones: Sequence[Zone]
    limits: Mapping[int, PublicLimit]
    store: Store
    wall: Clock
    speed: float = 1.0

    def plan(self) -> FeedPlan:
        """What is published."""
        return plan_feed(
            self.title,
            self.timezone,
            points=self.points,
            sites=self.sites,
            zones=self.zones,
            limits=self.limits,
        )


async def publish_feed(
    ports: FeedPorts, settings: FeedSettings, folder: Path, clock: Clock
) -> None:
    """Publish each interval as soon as it is due, until cancelled.

    A store or disk that fails costs no interval: what is due is published when they are back.

    Args:
        ports: the other rooms.
        settings: interval, delay and history.
        folder: of the published files; must exist.
        clock: city time.
    """
    publisher = Publisher(ports, settings, folder)
    outage, pauses = Outage("public feed"), Backoff(first_s=5.0, most_s=settings.interval_s)
    while True:
        try:
            await publisher.publish(clock.now())
        except AdapterError as error:
            outage.begins(str(error))
            wait_s = pauses.failed()
        else:
            outage.ends()
            pauses.succeeded()
            wait_s = until_next_s(clock.now(), settings)
        await clock.sleep_until(clock.monotonic() + wait_s)


class Publisher:
    """Publishes what is due; remembers nothing that does not stand in its folder.

    Args:
        ports: the other rooms.
        settings: interval, delay and history.
        folder: of the published files; must exist.
    """

    def __init__(self, ports: FeedPorts, settings: FeedSettings, folder: Path) -> None:
        self._ports = ports
        self._settings = settings
        self._folder = folder
        self._plan = ports.plan()
        self._titles = {zone.name: zone.title.zh for zone in ports.zones}
        self._published_to: int | None = None
        self._book: DayBook | None = None
        self._begun = False

    async def publish(self, now: int) -> int:
        """Publish every interval that is due.

        Args:
            now: city time, ns.

        Returns:
            How many were published.

        Raises:
            AdapterError: the store or the disk failed; call again later.
        """
        if not self._begun:
            await asyncio.to_thread(self._begin)
        self._check_clock(now)
        due = due_intervals(self._published_to, now, self._settings)
        for first in range(0, len(due), _AT_ONCE):
            some = due[first : first + _AT_ONCE]
            readings = await self._readings(some)
            # Until the files are whole, what counts is what stands in the folder.
            self._begun = False
            await asyncio.to_thread(self._write, some, readings, now)
            self._begun = True
        return len(due)

    def _check_clock(self, now: int) -> None:
        if self._published_to is not None and self._published_to > now:
            zone = self._plan.timezone
            raise FeedClockError(
                f"the feed in {self._folder} goes up to {local_time(self._published_to, zone)}, "
                f"but the clock says {local_time(now, zone)}: nothing is published until then; if "
                "the clock was wrong before, remove the files of the days that have not been yet, "
                f"and {LATEST}"
            )

    async def _readings(self, intervals: Sequence[Interval]) -> dict[int, Series]:
        """The readings behind some intervals, by point; those under maintenance marked so."""
        found: dict[int, Series] = {}
        switches: dict[int, Series] = {}
        for group in self._plan.groups:
            for station in group.stations:
                start = intervals[0].start - station.expected_ns
                interval = (start, intervals[-1].end)
                found[station.point] = await self._series(station.point, interval)
                if station.switch is not None:
                    if station.switch not in switches:
                        switches[station.switch] = await self._series(station.switch, interval)
                    found[station.point] = switched(found[station.point], switches[station.switch])
        return found

    async def _series(self, point: int, interval: tuple[int, int]) -> Series:
        return await self._ports.store.query(RangeQuery(point, *interval))

    def _begin(self) -> None:
        """Say how the values are made, and go on where the files of an earlier run end."""
        meta = build_meta(self._plan, self._settings, self._ports.speed)
        write_whole(self._folder / META, meta.as_json())
        self._published_to, self._book, self._begun = None, None, True
        file = self._folder / LATEST
        if not file.exists():
            return
        try:
            latest = parsed(Latest, read_bytes(file), file)
            self._published_to = round(latest.to.timestamp()) * SECOND
            self._book = self._read_book(latest)
        except FeedFolderError as error:
            _log.warning("published files are left behind", reason=str(error))

    def _read_book(self, latest: Latest) -> DayBook:
        file = self._folder / day_names(latest.day)[0]
        return DayBook.read(
            parsed(Day, read_bytes(file), file), self._titles, before=latest.to.isoformat()
        )

    def _write(self, intervals: Sequence[Interval], readings: dict[int, Series], now: int) -> None:
        """Days first, the newest interval last: it says how far the days go."""
        wall = self._ports.wall.now()
        for interval in intervals:
            latest = build_snapshot(self._plan, readings, interval, now=now, written_at=wall)
            book = self._book_of(latest.day)
            book.add(latest)
            self._published_to = interval.end
        if self._book is not None:
            self._write_book(self._book, complete=False)
        write_whole(self._folder / LATEST_TABLE, latest_table(latest))
        write_whole(self._folder / LATEST, latest.as_json())

    def _book_of(self, day: date) -> DayBook:
        """The book of a day; that of the day before is closed."""
        if self._book is None or self._book.day != day:
            if self._book is not None:
                self._write_book(self._book, complete=True)
            self._book = DayBook(day, self._plan.timezone.key, self._titles)
            forget_days(self._folder, day - timedelta(days=self._settings.history_days))
        return self._book

    def _write_book(self, book: DayBook, *, complete: bool) -> None:
        document, table = day_names(book.day)
        write_whole(self._folder / table, book.table())
        write_whole(self._folder / document, book.document(complete=complete).as_json())
