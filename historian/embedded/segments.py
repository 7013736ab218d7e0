"""The live segments: written, listed, looked at, replaced and only then deleted."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from historian.embedded.figures import StoredFigures
from historian.embedded.folder import Folder
from historian.embedded.listing import Content
from historian.embedded.live import live_of, without
from historian.embedded.writing import by_day, file_name, listed
from historian.errors import CatalogueError, StoreError, UnreadableError
from historian.retention import DAY_NS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from historian.embedded.catalogue import Catalogue
    from historian.embedded.listing import Change, DayRow, SegmentRow
    from historian.embedded.live import Live
    from historian.embedded.parquet import Parquet
    from historian.embedded.writing import Writing
    from historian.minutes import Minutes
    from historian.rows import Rows

_log = structlog.get_logger()


class Segments:
    """Any thread may call it.

    Args:
        directory: the folder of the files.
        catalogue: the truth of what is live.
        parquet: reads and writes files.
    """

    def __init__(self, directory: Path, catalogue: Catalogue, parquet: Parquet) -> None:
        self._catalogue = catalogue
        self._parquet = parquet
        self._lock = threading.Lock()
        self._changing = threading.Lock()
        self._epoch = 0
        self._looking: Counter[int] = Counter()
        self._retired: list[tuple[int, str]] = []
        self._damaged = 0
        self._stopped = threading.Event()
        self._folder = Folder(directory, parquet)
        listed = catalogue.segments()
        self._folder.tidy({row.file for row in listed}, blank=not catalogue.state())
        self._live = self._found(listed)
        runs = [row.run for row in listed] + [row.next_run for row in catalogue.days()]
        self._next_run = max(runs, default=0) + 1

    def _found(self, listed: Sequence[SegmentRow]) -> Live:
        """What the catalogue lists and the disk has.

        A missing file stays listed, should somebody restore it.
        """
        missing = {row.file for row in listed} - self._folder.files()
        for row in listed:
            if row.file in missing:
                _log.error("a segment is missing from the disk", file=row.file, rows=row.rows)
        numbers = max((number for _, number, _ in self._catalogue.points()), default=0) + 1
        days, state = self._catalogue.days(), self._catalogue.state()
        return live_of(listed, days, state, numbers, missing)

    def figures(self) -> StoredFigures:
        """How much there is on the disk."""
        with self._lock:
            live, damaged = self._live, self._damaged
        return StoredFigures(self._folder.bytes, live.count, damaged)

    @property
    def damaged(self) -> int:
        """Files that were found damaged or gone since the start."""
        return self._damaged

    @property
    def live(self) -> Live:
        """What is live now; its files may be deleted at any moment."""
        with self._lock:
            return self._live

    @contextmanager
    def look(self) -> Iterator[Live]:
        """What is live now; none of its files is deleted inside the block."""
        with self._lock:
            epoch, live = self._epoch, self._live
            self._looking[epoch] += 1
        try:
            yield live
        finally:
            with self._lock:
                self._looking[epoch] -= 1
                self._looking += Counter()  # forgets the epochs that nobody looks at
            self._sweep()

    def new_run(self) -> int:
        """A number for the next writing."""
        with self._lock:
            self._next_run += 1
            return self._next_run - 1

    def stop(self) -> None:
        """Let long work end before its next file, without a result."""
        self._stopped.set()
        with self._changing:  # what was set right before goes into the catalogue
            pass

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise StoreError("the store is being closed; the work is done after the next start")

    @contextmanager
    def writing(self) -> Iterator[list[SegmentRow]]:
        """A list for the files of one piece of work, which go again when the work fails."""
        new: list[SegmentRow] = []
        try:
            yield new
        except StoreError:
            self._discard(new)
            raise

    def _discard(self, new: Sequence[SegmentRow]) -> None:
        try:
            listed = {row.file for row in self._catalogue.segments()}
        except CatalogueError:
            return  # it cannot say what is listed: the next start tidies up
        for row in new:
            if row.file not in listed:
                self._folder.remove(row.file)

    def write_samples(self, new: list[SegmentRow], rows: Rows, writing: Writing) -> None:
        """Write resolved samples to one file for each UTC day; nothing is live yet.

        Args:
            new: takes what has been written.
            rows: at least one.
            writing: what the files have in common.

        Raises:
            StoreError: not all could be written.
        """
        self._go_on()
        # One number for all: duplicates are resolved inside, and whatever comes later is higher.
        rows = rows.under(int(rows.sequence.max()))
        for day, part in by_day(rows):
            name = file_name(day, f"l{writing.level}", writing.run, int(part.point[0]))
            crc = self._parquet.write_samples(name, part)
            self._folder.added(name)
            new.append(listed(name, Content.SAMPLES, writing, (part.point, part.time), crc))

    def write_minutes(self, new: list[SegmentRow], minutes: Minutes, writing: Writing) -> None:
        """Write resolved minutes to one file, like :meth:`write_samples`."""
        self._go_on()
        day = int(minutes.time.min()) // DAY_NS
        name = file_name(day, f"m{writing.level}", writing.run, int(minutes.point[0]))
        crc = self._parquet.write_minutes(name, minutes)
        self._folder.added(name)
        new.append(listed(name, Content.MINUTES, writing, (minutes.point, minutes.time), crc))

    def apply(self, change: Change, expecting: DayRow | None = None) -> None:
        """Make a change; files that are no longer live go once nobody looks at them.

        Args:
            change: all of it, or nothing.
            expecting: a day that must be as the change supposes it to be.

        Raises:
            StoreError: nothing has changed.
        """
        with self._changing:
            if expecting is not None and self.live.days.get(expecting.day) != expecting:
                raise StoreError(
                    "minutes were lost meanwhile; the day is done again from the start"
                )
            self._catalogue.apply(change)
            with self._lock:
                self._live = self._live.after(change)
                self._epoch += 1
                self._retired.extend((self._epoch, row.file) for row in change.old)
        self._sweep()

    def _sweep(self) -> None:
        with self._lock:
            oldest = min(self._looking, default=self._epoch)
            free = [file for epoch, file in self._retired if epoch <= oldest]
            self._retired = [(e, f) for e, f in self._retired if e > oldest]
        for file in free:
            self._folder.remove(file)

    def set_right(self, failure: UnreadableError) -> None:
        """Take the files that cannot be read out, so that the rest can answer.

        Args:
            failure: names the files; those that are sound stay.

        Raises:
            UnreadableError: all files are sound, or the disk says nothing about them.
            StoreError: the store is being closed.
        """
        if not self._folder.there:
            raise failure
        files = set(failure.files)
        rows = [row for row in self.live.rows() if row.file in files]
        lost = self._parquet.unsound(rows)
        # Those that are not live any more somebody else has set right, or merged.
        if len(rows) == len(files) and not lost:
            raise failure
        with self._changing:
            self._go_on()
            for row in lost:
                if self.live.holds(row):  # nobody else has set it right meanwhile
                    self._give_up(row, failure)

    def _give_up(self, row: SegmentRow, failure: UnreadableError) -> None:
        change = without([row])
        if self._parquet.there(row.file):
            try:
                aside = self._folder.put_aside(row.file, "quarantine")
            except OSError as error:
                raise failure from error
            self._catalogue.apply(change)
            _log.error(
                "a damaged segment was set aside; its rows are lost unless the file can be mended",
                file=str(aside),
                kind=row.kind.value,
                rows=row.rows,
            )
        else:
            _log.error("a segment is missing from the disk", file=row.file, rows=row.rows)
        with self._lock:
            self._live = self._live.after(change)
            self._damaged += 1
