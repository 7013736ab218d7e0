"""The embedded store as an end of a copy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from historian.entry import Entry
from historian.filling import MOST_ROWS
from historian.queries import BucketQuery
from historian.reading.wanted import Wanted
from telemetry.batch import Batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.embedded.store import EmbeddedStore
    from historian.journal.journal import Journal
    from historian.reading.view import View
    from telemetry.points import PointTable


class EmbeddedSource:
    """Reads an embedded store from outside, beside the service that may be writing it.

    Args:
        view: from :func:`historian.reading.view.look`.
        points: the table whose indices are asked for.
    """

    def __init__(self, view: View, points: PointTable) -> None:
        self._view = view
        numbers = view.listing.numbers
        self._number = np.array([numbers.get(p.name, _ABSENT) for p in points], dtype=np.int32)

    async def samples(self, points: NDArray[np.int32], start: int, end: int) -> Batch:
        """See :class:`historian.copying.Source`."""
        held = points[self._number[points] != _ABSENT]
        held = held[np.argsort(self._number[held])]
        numbers = self._number[held]
        rows = await asyncio.to_thread(self._view.rows, Wanted(numbers, start, end))
        point = held[np.searchsorted(numbers, rows.point)]
        return Batch(point, rows.time, rows.value, rows.quality)


_ABSENT = -1


class EmbeddedDestination:
    """Writes into an embedded store that no service uses meanwhile.

    Args:
        store: opened for this alone.
        first_sequence: above everything the journal has ever given out; from :func:`drained`.
    """

    def __init__(self, store: EmbeddedStore, first_sequence: int) -> None:
        self._store = store
        self._sequence = first_sequence

    async def write(self, batch: Batch) -> int:
        """See :class:`historian.copying.Destination`; nothing is refused here."""
        await self._store.append([Entry(self._sequence, "copy", batch)])
        self._sequence += 1
        return 0

    async def settle(self) -> None:
        """Write a segment."""
        await self._store.flush()

    async def counts(self, points: NDArray[np.int32], start: int, end: int) -> NDArray[np.int64]:
        """See :class:`historian.copying.Destination`."""
        held = [
            await self._store.query(BucketQuery(point, start, end, end - start))
            for point in points.tolist()
        ]
        return np.array([buckets.count[0] for buckets in held], dtype=np.int64)


async def drained(journal: Journal, store: EmbeddedStore) -> int:
    """Carry what the journal still holds into the store.

    The store takes an entry for a redelivery once it has seen a higher number. So whatever waits
    in the journal must be in the store before anything is copied in under higher numbers.

    Returns:
        The first number that is free.

    Raises:
        JournalError: the journal cannot be read.
        StoreError: the store cannot take it.
    """
    reader = journal.reader("store:embedded")
    while reader.waiting:
        entries = await reader.receive(MOST_ROWS, _AT_ONCE_S)
        await store.append(entries)
        await store.flush()
        reader.advance(store.through)
    return max(journal.last, store.taken) + 1


_AT_ONCE_S = 0.1
