"""The live segments: written, listed, looked at, replaced and only then deleted."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import structlog

from historian.embedded.catalogue import Change, Content, SegmentRow
from historian.embedded.live import Live, days_of
from historian.embedded.writing import by_day, file_name, listed
from historian.errors import CatalogueError, StoreError, UnreadableError
from historian.retention import DAY_NS, EVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.embedded.catalogue import Catalogue, DayRow
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
        self._directory = directory
        self._catalogue = catalogue
        self._parquet = parquet
        self._lock = threading.Lock()
        self._changing = threading.Lock()
        self._epoch = 0
        self._looking: Counter[int] = Counter()
        self._retired: list[tuple[int, str]] = []
        self._damaged = 0
        self._stopped = threading.Event()
        listed = catalogue.segments()
        self._tidy(listed)
        self._live = self._found(listed)
        runs = [row.run for row in listed] + [row.next_run for row in catalogue.days()]
        self._next_run = max(runs, default=0) + 1

    def _found(self, listed: Sequence[SegmentRow]) -> Live:
        """What the catalogue lists and the disk has.

        A missing file stays listed, should somebody restore it.
        """
        state, numbers = self._catalogue.state(), self._catalogue.highest_number() + 1
        horizon = int(state.get("horizon", EVER))
        blank = Live(
            raw_from=_horizons(state.get("raw_from", b""), numbers, EVER),
            keep_from=_horizons(state.get("keep_from", b""), numbers, horizon),
        )
        missing = [row for row in listed if not (self._directory / row.file).exists()]
        for row in missing:
            _log.error("a segment is missing from the disk", file=row.file, rows=row.rows)
        there = [row for row in listed if row not in missing]
        live = blank.after(Change(new=there, days=self._catalogue.days()))
        return live.after(_without(missing))

    def _tidy(self, listed: Sequence[SegmentRow]) -> None:
        """Remove what an interrupted writing left; the journal still has it, or a merged file.

        Under a catalogue that has never seen a writing, whole files may also mean that somebody
        lost the catalogue: they are put aside, not deleted.
        """
        for draft in self._directory.glob("*.draft"):
            draft.unlink()
        live = {row.file for row in listed}
        orphans = [p for p in self._directory.glob("*.parquet") if p.name not in live]
        blank = not self._catalogue.state()
        for orphan in orphans:
            if blank:
                aside = self._put_aside(orphan.name, "orphans")
                _log.warning("a segment that no catalogue lists was put aside", file=str(aside))
            else:
                orphan.unlink()

    def _put_aside(self, file: str, folder: str) -> Path:
        aside = self._directory.parent / folder
        aside.mkdir(exist_ok=True)
        return (self._directory / file).rename(aside / file)

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
                (self._directory / row.file).unlink(missing_ok=True)

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
            new.append(listed(name, Content.SAMPLES, writing, (part.point, part.time), crc))

    def write_minutes(self, new: list[SegmentRow], minutes: Minutes, writing: Writing) -> None:
        """Write resolved minutes to one file, like :meth:`write_samples`."""
        self._go_on()
        day = int(minutes.time.min()) // DAY_NS
        name = file_name(day, f"m{writing.level}", writing.run, int(minutes.point[0]))
        crc = self._parquet.write_minutes(name, minutes)
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
            (self._directory / file).unlink(missing_ok=True)

    def set_right(self, failure: UnreadableError) -> None:
        """Take the files that cannot be read out, so that the rest can answer.

        Args:
            failure: names the files; those that are sound stay.

        Raises:
            UnreadableError: all files are sound, or the disk says nothing about them.
        """
        if not self._directory.is_dir():
            raise failure
        files = set(failure.files)
        rows = [row for row in self.live.rows() if row.file in files]
        gone = [row for row in rows if not (self._directory / row.file).exists()]
        there = [row for row in rows if row not in gone]
        bad = [row for row in there if not self._parquet.sound(row.file, row.crc)]
        if rows and not gone and not bad:
            raise failure
        self._quarantine(bad)
        self._miss(gone)

    def _quarantine(self, bad: Sequence[SegmentRow]) -> None:
        for row in bad:
            with self._changing:
                aside = self._put_aside(row.file, "quarantine")
                change = _without([row])
                self._catalogue.apply(change)
                with self._lock:
                    self._live = self._live.after(change)
                    self._damaged += 1
            _log.error(
                "a damaged segment was set aside; its rows are lost unless the file can be mended",
                file=str(aside),
                kind=row.kind.value,
                rows=row.rows,
            )

    def _miss(self, gone: Sequence[SegmentRow]) -> None:
        for row in gone:
            with self._lock:
                self._live = self._live.after(_without([row]))
                self._damaged += 1
            _log.error("a segment is missing from the disk", file=row.file, rows=row.rows)


def _without(lost: Sequence[SegmentRow]) -> Change:
    """Leave files out; days whose minutes were among them must be summed up again."""
    days = [day for row in lost if row.kind is Content.MINUTES for day in days_of(row)]
    return Change(old=lost, forgotten_days=days)


def _horizons(data: int | bytes, numbers: int, otherwise: int) -> NDArray[np.int64]:
    """Stored horizons, with room for points that came later."""
    stored = np.frombuffer(data if isinstance(data, bytes) else b"", "<i8").astype(np.int64)
    horizons = np.full(numbers, otherwise, dtype=np.int64)
    horizons[: stored.shape[0]] = stored
    return horizons
