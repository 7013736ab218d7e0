"""The live segments: written, listed, read, replaced and only then deleted."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import structlog

from historian.embedded.catalogue import SegmentRow
from historian.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from historian.embedded.catalogue import Catalogue
    from historian.embedded.parquet import Parquet

_log = structlog.get_logger()

DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """Which samples are looked for.

    Attributes:
        point: stable number; start, end: ``[start, end)``, ns.
        not_after: only segments that hold a sample up to this sequence.
    """

    point: int
    start: int
    end: int
    not_after: int

    def within(self, start: int, end: int) -> Span:
        """The part of it within ``[start, end)``."""
        return replace(self, start=max(self.start, start), end=min(self.end, end))


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
        self._by_day: dict[int, tuple[SegmentRow, ...]] = {}
        self._epoch = 0
        self._looking: Counter[int] = Counter()
        self._retired: list[tuple[int, str]] = []
        self._next_run = 1
        self._missing = self._find_missing()
        self._load()
        self._tidy()
        self._next_run = max((row.run for row in self.live()), default=0) + 1

    def _find_missing(self) -> set[str]:
        """Listed files that are not on the disk; they stay listed, should somebody restore them."""
        rows = self._catalogue.segments()
        missing = [row for row in rows if not (self._directory / row.file).exists()]
        for row in missing:
            _log.error("a segment is missing from the disk", file=row.file, rows=row.rows)
        return {row.file for row in missing}

    def _load(self) -> None:
        by_day: defaultdict[int, list[SegmentRow]] = defaultdict(list)
        for row in self._catalogue.segments():
            if row.file not in self._missing:
                by_day[row.day].append(row)
        with self._lock:
            self._by_day = {day: tuple(rows) for day, rows in by_day.items()}

    def _tidy(self) -> None:
        """Remove what an interrupted writing left; the journal still has it, or a merged file.

        Under a catalogue that has never seen a writing, whole files may also mean that somebody
        lost the catalogue: they are put aside, not deleted.
        """
        for draft in self._directory.glob("*.draft"):
            draft.unlink()
        live = {row.file for row in self.live()}
        orphans = [p for p in self._directory.glob("*.parquet") if p.name not in live]
        blank = not self._catalogue.state()
        for orphan in orphans:
            if blank:
                self._put_aside(orphan)
            else:
                orphan.unlink()

    def _put_aside(self, orphan: Path) -> None:
        aside = self._directory.parent / "orphans"
        aside.mkdir(exist_ok=True)
        orphan.rename(aside / orphan.name)
        _log.warning(
            "a segment that no catalogue lists was put aside", file=str(aside / orphan.name)
        )

    def live(self) -> list[SegmentRow]:
        """All live segments."""
        with self._lock:
            return [row for rows in self._by_day.values() for row in rows]

    def new_run(self) -> int:
        """A number for the next writing."""
        with self._lock:
            self._next_run += 1
            return self._next_run - 1

    def write(self, rows: Rows, run: int, level: int) -> list[SegmentRow]:
        """Write resolved rows to one file for each UTC day; nothing is live yet.

        Raises:
            StoreError: not all could be written; what was is removed at the next start.
        """
        days = rows.time // DAY_NS
        written = []
        for day in np.unique(days).tolist():
            part = rows.take(days == day)
            name = f"{np.datetime64(day, 'D')}-l{level}-r{run:08d}-p{part.point[0]:08d}.parquet"
            self._parquet.write(name, part)
            written.append(_row_of(name, run, level, day, part))
        return written

    def replace(
        self,
        *,
        old: Sequence[SegmentRow] = (),
        new: Sequence[SegmentRow] = (),
        state: dict[str, int | bytes] | None = None,
    ) -> None:
        """Make ``new`` live instead of ``old``; the old files go once nobody reads them."""
        self._catalogue.replace(old=old, new=new, state=state)
        self._load()
        with self._lock:
            self._epoch += 1
            self._retired.extend((self._epoch, row.file) for row in old)
        self._sweep()

    @contextmanager
    def _look(self) -> Iterator[dict[int, tuple[SegmentRow, ...]]]:
        """The live segments, none of which is deleted inside the block."""
        with self._lock:
            epoch, by_day = self._epoch, self._by_day
            self._looking[epoch] += 1
        try:
            yield by_day
        finally:
            with self._lock:
                self._looking[epoch] -= 1
                self._looking += Counter()  # forgets the epochs that nobody looks at
            self._sweep()

    def _sweep(self) -> None:
        with self._lock:
            oldest = min(self._looking, default=self._epoch)
            free = [file for epoch, file in self._retired if epoch <= oldest]
            self._retired = [(e, f) for e, f in self._retired if e > oldest]
        for file in free:
            (self._directory / file).unlink(missing_ok=True)

    def days(self, span: Span) -> list[int]:
        """Days on which some segment may hold samples of ``span``, ascending."""
        with self._look() as by_day:
            return sorted(day for day, rows in by_day.items() if any(_files(rows, span)))

    def of_point(self, span: Span) -> Rows:
        """The samples of ``span``, which lies within one day; blocks on the disk."""
        with self._look() as by_day:
            files = list(_files(by_day.get(span.start // DAY_NS, ()), span))
            if not files:
                return Rows.empty()
            return self._parquet.of_point(files, span.point, span.start, span.end)


def _files(rows: Sequence[SegmentRow], span: Span) -> Iterator[str]:
    for row in rows:
        if (
            row.min_point <= span.point <= row.max_point
            and row.min_time < span.end
            and row.max_time >= span.start
            and row.min_sequence <= span.not_after
        ):
            yield row.file


def _row_of(name: str, run: int, level: int, day: int, rows: Rows) -> SegmentRow:
    return SegmentRow(
        file=name,
        run=run,
        level=level,
        day=day,
        min_time=int(rows.time.min()),
        max_time=int(rows.time.max()),
        min_point=int(rows.point[0]),
        max_point=int(rows.point[-1]),
        min_sequence=int(rows.sequence.min()),
        rows=len(rows),
    )
