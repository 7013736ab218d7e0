"""Intakes that remember what they were given."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telemetry.batch import Batch
from telemetry.errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Iterator


class DiskError(AdapterError):
    """The disk took nothing."""


class MemoryIntake:
    """Keeps every batch; becomes durable when told to, or at once."""

    def __init__(self, *, durable_at_once: bool = True) -> None:
        self.batches: list[tuple[str, Batch]] = []
        self.broken = False
        self.confirmed = 0
        self._durable = asyncio.Event()
        self._refusing = False
        if durable_at_once:
            self._durable.set()

    async def accept(self, origin: str, batch: Batch) -> int:
        if self.broken:
            raise DiskError("the disk is full")
        self.batches.append((origin, batch))
        return len(self.batches)

    async def durable(self, sequence: int) -> None:
        await self._durable.wait()
        if self._refusing:
            self._refusing = False
            self._durable.clear()
            raise DiskError(f"batch {sequence} is not on the disk")
        self.confirmed = sequence

    def now_durable(self) -> None:
        self._durable.set()

    def refuse_once(self) -> None:
        """What waits to become durable will not; what comes later waits."""
        self._refusing = True
        self._durable.set()

    @property
    def samples(self) -> int:
        return sum(len(batch) for _, batch in self.batches)

    @property
    def all(self) -> Batch:
        return Batch.concat([batch for _, batch in self.batches])

    def of(self, point: int) -> Iterator[tuple[int, float, int]]:
        """Time, value and quality of one point's samples, in order of arrival."""
        for _, batch in self.batches:
            rows = batch.take(batch.point == point)
            yield from zip(
                rows.time.tolist(), rows.value.tolist(), rows.quality.tolist(), strict=True
            )
