"""The front door as collectors see it: check, journal, publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.errors import JournalWriteError
from telemetry.batch import Batch
from telemetry.quality import Reason, Severity, bad, severities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from historian.journal.journal import Journal
    from telemetry.accounting import Accounting, PathAccount
    from telemetry.bus import Bus
    from telemetry.points import PointTable


class JournalledIntake:
    """Implements :class:`telemetry.intake.Intake` with a journal and a bus.

    It keeps one account for each origin, under the origin's name: received, rejected by what
    the samples are, dropped where the disk failed, stored once the journal has them.

    Args:
        journal: where every batch goes first.
        bus: where it is published under the journal's sequence.
        points: the table that indices must lie in.
        accounting: holds the accounts.
    """

    def __init__(
        self, journal: Journal, bus: Bus[Batch], points: PointTable, accounting: Accounting
    ) -> None:
        self._journal = journal
        self._bus = bus
        self._points = len(points)
        self._accounting = accounting
        self._accounts: dict[str, PathAccount] = {}

    async def accept(self, origin: str, batch: Batch) -> int:
        """Journal ``batch`` and publish it; see :meth:`telemetry.intake.Intake.accept`.

        A full or failing disk does not stop the alarms: the batch is counted as dropped, is
        published all the same, and :meth:`durable` will say that it is not safe.
        """
        account = self._account(origin)
        account.receive(len(batch))
        for rejected, reason in _faults(batch, self._points):
            if count := int(rejected.sum()):
                account.reject(count, reason)
        batch = _sound(batch, self._points)
        if not len(batch):
            return self._journal.last
        try:
            sequence = self._journal.append(origin, batch)
            account.store(len(batch))
        except JournalWriteError as error:
            sequence = error.sequence
            account.drop(len(batch), error.reason)
        await self._bus.publish(origin, sequence, batch)
        return sequence

    async def durable(self, sequence: int) -> None:
        """Return once everything up to ``sequence`` would survive power loss.

        Raises:
            NotDurableError: it will not; the source should send again.
        """
        await self._journal.durable(sequence)

    def _account(self, origin: str) -> PathAccount:
        account = self._accounts.get(origin)
        if account is None:
            account = self._accounts[origin] = self._accounting.open(origin)
        return account


def _faults(batch: Batch, points: int) -> Iterator[tuple[NDArray[np.bool_], str]]:
    """Which rows are refused for which reason; each row is named once."""
    strange = (batch.point < 0) | (batch.point >= points)
    timeless = ~strange & (batch.time <= 0)
    yield strange, "unknown_point"
    yield timeless, "time"
    yield ~strange & ~timeless & (severities(batch.quality) > Severity.BAD), "quality"


def _sound(batch: Batch, points: int) -> Batch:
    """The rows that are not refused; what is no number is BAD, whatever its source said."""
    keep = np.ones(len(batch), dtype=np.bool_)
    for rejected, _ in _faults(batch, points):
        keep &= ~rejected
    if not keep.all():
        batch = batch.take(keep)
    finite = np.isfinite(batch.value)
    if finite.all():
        return batch
    value = np.where(finite, batch.value, np.nan)
    trusted = ~finite & (severities(batch.quality) < Severity.BAD)
    quality = np.where(trusted, np.uint8(bad(Reason.NAN)), batch.quality)
    return Batch(batch.point, batch.time, value, quality)
