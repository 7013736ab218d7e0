"""All who read the journal: how far each has come, and what each must be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from historian.journal.live_first import LiveFirstReader
from historian.journal.marks import force_marks, forget_mark, load_marks, save_mark

if TYPE_CHECKING:
    from pathlib import Path

    from historian.journal.disk import Disk
    from historian.journal.reader import Reader
    from historian.journal.segment import Segment


class Readers:
    """The open readers, and the marks of those that have not come back yet.

    Args:
        directory: holds the marks.
        disk: how to force them.
    """

    def __init__(self, directory: Path, disk: Disk) -> None:
        self._directory = directory
        self._disk = disk
        self._marks = load_marks(directory)
        self._saved = dict(self._marks)
        self._open: dict[str, Reader | LiveFirstReader] = {}

    @property
    def furthest(self) -> int:
        """The highest mark; 0 while there is none."""
        return max(self._current().values(), default=0)

    def resume(self, name: str, oldest: int) -> int:
        """The mark that the reader ``name`` goes on from; a new one begins at ``oldest``."""
        if name in self._open:
            raise ValueError(f"the journal's reader {name!r} is open already")
        self._marks[name] = max(self._marks.get(name, 0), oldest - 1)
        return self._marks[name]

    def add(self, reader: Reader | LiveFirstReader) -> None:
        """Tell this one, too, from now on."""
        self._open[reader.name] = reader

    def forget(self, name: str) -> None:
        """The reader ``name`` will not come back; nothing is kept for it any more."""
        self._open.pop(name, None)
        self._marks.pop(name, None)
        self._saved.pop(name, None)
        forget_mark(self._directory, name)

    def came(self, samples: int) -> None:
        """The journal took samples in."""
        for reader in self._open.values():
            reader.came(samples)

    def lose_segment(self, segment: Segment) -> None:
        """The journal's bound takes a segment away."""
        for reader in self._open.values():
            reader.lose_segment(segment, "journal_full")

    def lose(self, sequence: int, samples: int) -> None:
        """An entry turned out to be unreadable."""
        for reader in self._open.values():
            reader.lose(sequence, samples, "journal_damaged")

    def save(self) -> int | None:
        """Write down the marks that have moved; after power loss they may lag behind.

        Returns:
            The lowest of them, also of those that have not come back; None while there is none.
        """
        marks = self._current()
        for name, mark in marks.items():
            if self._saved.get(name) != mark:
                save_mark(self._directory, name, mark)
                self._saved[name] = mark
        return min(marks.values(), default=None)

    def force(self) -> None:
        """Make the marks survive power loss: before anything goes that they speak of."""
        force_marks(self._directory, self._disk)

    def _current(self) -> dict[str, int]:
        # A copy, because marks are saved in a thread while the event loop may open a reader.
        return {**self._marks, **{name: reader.mark for name, reader in list(self._open.items())}}

    def waiting(self) -> dict[str, int]:
        """Samples that each open reader has not passed yet."""
        return {name: reader.waiting for name, reader in self._open.items()}

    def backlog(self) -> dict[str, int]:
        """Samples that each reader which serves live readings first has put off."""
        live_first = (r for r in self._open.values() if isinstance(r, LiveFirstReader))
        return {reader.name: reader.backlog for reader in live_first}
