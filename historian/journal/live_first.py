"""A reader for stores that may be away for hours: live readings first, then the backlog.

While the store keeps up there is one lane, in order. When it falls far behind, the live lane
jumps ahead to the newest readings; what it leaves out is the backlog, oldest first.

Why the newest version of a sample wins although the order is broken: a store lets a later
write of one point and time replace an earlier one. So an entry of the live lane counts as
confirmed only if all of its samples are newer than everything that is still to come in the
backlog; any other is handed out again in its turn. An entry is handed out by the backlog lane
only while it is not confirmed, and everything below it is by then. Hence after the last write
of an entry nothing older that shares a point and time with it is ever written.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from historian.journal.acknowledged import Acknowledged
from historian.journal.segment import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from historian.entry import Entry
    from historian.journal.fetching import Fetched
    from historian.journal.journal import Journal
    from historian.journal.segment import Segment
    from telemetry.accounting import PathAccount

EVER = 2**63 - 1
"""After any time, ns."""

LIVE_ROWS = 500_000
"""Samples that the live lane may be behind: at 12,000 a second the last 40 s."""

MOST_RANGES = 1024
"""Acknowledged ranges that are remembered; beyond it live readings are handed out twice."""


class Lane(Enum):
    """Where in the journal a portion comes from."""

    LIVE = auto()
    BACKLOG = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """What the store is to write next.

    Attributes:
        lane: from which end of the journal it is.
        first, last: the sequences that it stands for, inclusive.
        entries: ascending; may be empty where the journal has nothing left to give.
        again: all of them will be handed out a second time, in their turn.
    """

    lane: Lane
    first: int
    last: int
    entries: tuple[Entry, ...]
    again: bool

    @property
    def rows(self) -> int:
        """Samples in it."""
        return sum(len(entry.batch) for entry in self.entries)


class LiveFirstReader:
    """One portion is out at a time; one that is not acknowledged is handed out again.

    It belongs to one task of the event loop, and keeps its account as
    :class:`historian.journal.reader.Reader` does, stored when a portion is acknowledged.

    Args:
        journal: what is read.
        name: stands for the reader across restarts.
        mark: the reader needs nothing up to this sequence.
        live_rows: the live lane jumps ahead to so many samples from the end when it is more
            than twice as far behind.
    """

    def __init__(self, journal: Journal, name: str, mark: int, live_rows: int = LIVE_ROWS) -> None:
        self.name = name
        self._journal = journal
        self._live_rows = live_rows
        self._acknowledged = Acknowledged(mark)
        self._live = mark + 1
        self._newest_behind_ns = NEVER
        self._turn = Lane.LIVE
        self._out: dict[int, int] = {}
        self._refused: Counter[str] = Counter()
        self._account: PathAccount | None = None
        self._more = asyncio.Event()

    @property
    def mark(self) -> int:
        """Everything up to this sequence is acknowledged."""
        return self._acknowledged.mark

    @property
    def waiting(self) -> int:
        """Samples in the journal that are not acknowledged."""
        return self._journal.samples_in(self._acknowledged.gaps(self._journal.last))

    @property
    def backlog(self) -> int:
        """Samples behind the live lane that are not acknowledged."""
        return self._journal.samples_in(self._acknowledged.gaps(self._live - 1))

    def keep_account(self, account: PathAccount) -> None:
        """Count on ``account`` from now on; what already waits has been received."""
        self._account = account
        account.receive(self.waiting)

    async def receive(self, most_rows: int, patience_s: float) -> Portion | None:
        """The next portion, about ``most_rows`` samples; None when nothing came for a while.

        Live readings come when a whole portion of them waits, or every second time; so they are
        never further behind than one portion of the backlog, which has all the other turns.

        Args:
            most_rows: stop behind this many samples, but give at least one entry.
            patience_s: seconds of the machine to wait for the first one.
        """
        try:
            async with asyncio.timeout(patience_s):
                while self._journal.last <= self.mark:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            return None
        self._jump_ahead()
        lane = self._lane(most_rows)
        fetched = await asyncio.to_thread(self._journal.fetch, self._begin(lane), most_rows)
        if fetched.damaged:
            self._journal.lose(fetched.damaged)
        return self._portion(lane, fetched)

    def _jump_ahead(self) -> None:
        if self._journal.samples_after(self._live - 1) > 2 * self._live_rows:
            begin = self._journal.tail(self._live_rows)
            self._put_off(self._live, begin - 1)
            self._live = begin

    def _put_off(self, first: int, last: int) -> None:
        """These entries will come later than newer ones."""
        newest_ns = self._journal.newest_in([(first, last)])
        self._newest_behind_ns = max(self._newest_behind_ns, newest_ns)

    @property
    def _behind(self) -> bool:
        return self.mark < self._live - 1

    def _lane(self, most_rows: int) -> Lane:
        live_rows = self._journal.samples_after(self._live - 1)
        if not self._behind:
            self._newest_behind_ns = NEVER
            return Lane.LIVE
        if self._journal.last < self._live:
            return Lane.BACKLOG
        return Lane.LIVE if live_rows >= most_rows else self._turn

    def _begin(self, lane: Lane) -> int:
        # The backlog's oldest always stands right behind the mark, for the mark moves over all
        # that is acknowledged without a gap.
        return self._live if lane is Lane.LIVE else self.mark + 1

    def _portion(self, lane: Lane, fetched: Fetched) -> Portion:
        # While the disk was read, the bound of the journal may have moved the lanes.
        first = self._begin(lane)
        last = fetched.upto if lane is Lane.LIVE else min(fetched.upto, self._live - 1)
        entries = [
            entry
            for entry in fetched.entries
            if first <= entry.sequence <= last and entry.sequence not in self._acknowledged
        ]
        again = False
        if lane is Lane.LIVE and self._behind:
            again, run = leading_run(entries, self._newest_behind_ns)
            again = again or len(self._acknowledged) >= MOST_RANGES
            last = last if run == len(entries) else entries[run].sequence - 1
            del entries[run:]
        self._out = {entry.sequence: len(entry.batch) for entry in entries}
        self._refused.clear()
        return Portion(lane, first, last, tuple(entries), again)

    def reject(self, samples: int, reason: str) -> None:
        """The store will never take these samples of the portion that is out.

        Counted when the portion is acknowledged for good, so that nothing is counted twice.
        """
        self._refused[reason] += samples

    def acknowledge(self, portion: Portion) -> None:
        """The store has all of the portion that is out, but for what was rejected."""
        if portion.again:
            self._put_off(portion.first, portion.last)
        else:
            self._count()
            self._acknowledged.add(portion.first, portion.last)
        self._out.clear()
        if portion.lane is Lane.LIVE:
            self._live = max(self._live, portion.last + 1)
        self._turn = Lane.BACKLOG if portion.lane is Lane.LIVE else Lane.LIVE
        self._journal.passed()

    def _count(self) -> None:
        if self._account is None:
            return
        for reason, samples in self._refused.items():
            self._account.reject(samples, reason)
        self._account.store(sum(self._out.values()) - self._refused.total())

    def came(self, samples: int) -> None:
        """The journal took samples in."""
        if self._account is not None:
            self._account.receive(samples)
        self._more.set()

    def lose(self, sequence: int, samples: int, reason: str) -> None:
        """The journal cannot give this entry any more."""
        if sequence not in self._acknowledged:
            self._out.pop(sequence, None)
            self._drop(samples, reason)

    def lose_segment(self, segment: Segment, reason: str) -> None:
        """The journal dropped this segment and everything before it."""
        if segment.last <= self.mark:
            return
        gaps = self._acknowledged.gaps(segment.last)
        self._drop(sum(segment.rows_between(first, last) for first, last in gaps), reason)
        self._out = {s: n for s, n in self._out.items() if s > segment.last}
        self._acknowledged.pass_upto(segment.last)
        self._live = max(self._live, segment.last + 1)

    def _drop(self, samples: int, reason: str) -> None:
        if self._account is not None:
            self._account.drop(samples, reason)


def leading_run(entries: Sequence[Entry], newest_behind_ns: int) -> tuple[bool, int]:
    """How many of the first entries go together: all must come again, or none need to. Pure.

    Args:
        entries: in the order in which they are written.
        newest_behind_ns: the newest time among what is still to come; an entry with a sample
            that is not newer must come again, after it.

    Returns:
        Whether they must come again, and how many they are.
    """
    again = [_oldest(entry) <= newest_behind_ns for entry in entries]
    first = bool(again) and again[0]
    return first, next((i for i, one in enumerate(again) if one != first), len(again))


def _oldest(entry: Entry) -> int:
    return int(entry.batch.time.min()) if len(entry.batch) else EVER
