"""One reader's place in the journal."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from historian.entry import Entry
    from historian.journal.journal import Journal
    from historian.journal.segment import Segment
    from telemetry.accounting import PathAccount


class Reader:
    """Reads the journal in order and says how far it has got.

    It belongs to one task of the event loop. Its account, when it has one, is kept here:
    received when the journal takes samples in, stored when the mark passes them, dropped when
    the journal loses them, buffered as the samples that stand in the journal behind the mark.

    Args:
        journal: what is read.
        name: stands for the reader across restarts.
        mark: the reader needs nothing up to this sequence.
    """

    def __init__(self, journal: Journal, name: str, mark: int) -> None:
        self.name = name
        self.mark = mark
        self._journal = journal
        self._next = mark + 1
        self._delivered: deque[tuple[int, int]] = deque()
        self._account: PathAccount | None = None
        self._more = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Samples in the journal behind the mark."""
        return self._journal.samples_after(self.mark)

    def keep_account(self, account: PathAccount) -> None:
        """Count on ``account`` from now on; what already waits has been received."""
        self._account = account
        account.receive(self.waiting)

    async def receive(self, most_rows: int, patience_s: float) -> list[Entry]:
        """The next entries, about ``most_rows`` samples; empty when none came for a while.

        Args:
            most_rows: stop behind this many samples, but give at least one entry.
            patience_s: seconds of the machine to wait for the first one.
        """
        try:
            async with asyncio.timeout(patience_s):
                while self._journal.last < self._next:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            return []
        fetched = await asyncio.to_thread(self._journal.fetch, self._next, most_rows)
        if fetched.damaged:
            self._journal.lose(fetched.damaged)
        # While the disk was read, the bound of the journal may have moved the mark.
        self._next = max(self._next, fetched.upto + 1)
        entries = [entry for entry in fetched.entries if entry.sequence > self.mark]
        self._delivered.extend((entry.sequence, len(entry.batch)) for entry in entries)
        return entries

    def advance(self, sequence: int) -> None:
        """Nothing up to ``sequence`` is needed any more."""
        if sequence <= self.mark:
            return
        kept = 0
        while self._delivered and self._delivered[0][0] <= sequence:
            kept += self._delivered.popleft()[1]
        skipped = self._skip_to(sequence)
        self.mark = sequence
        if self._account is not None:
            self._account.store(kept + skipped)
        self._journal.passed()

    def _skip_to(self, sequence: int) -> int:
        """Samples that the store holds from an earlier run and that need not be read at all."""
        if sequence < self._next:
            return 0
        begin, self._next = self._next, sequence + 1
        return self._journal.samples_after(begin - 1) - self._journal.samples_after(sequence)

    def came(self, samples: int) -> None:
        """The journal took samples in."""
        if self._account is not None:
            self._account.receive(samples)
        self._more.set()

    def lose(self, sequence: int, samples: int, reason: str) -> None:
        """The journal cannot give this entry any more."""
        if sequence > self.mark:
            # Whoever has it already may store it: it is counted once, as what is certain.
            self._delivered = deque(d for d in self._delivered if d[0] != sequence)
            self._drop(samples, reason)

    def lose_segment(self, segment: Segment, reason: str) -> None:
        """The journal dropped this segment and everything before it."""
        if segment.last <= self.mark:
            return
        samples = segment.rows_after(self.mark)
        while self._delivered and self._delivered[0][0] <= segment.last:
            self._delivered.popleft()
        self.mark = segment.last
        self._next = max(self._next, segment.last + 1)
        self._drop(samples, reason)

    def _drop(self, samples: int, reason: str) -> None:
        if self._account is not None:
            self._account.drop(samples, reason)
