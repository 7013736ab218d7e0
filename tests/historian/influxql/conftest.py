"""A store with a few samples, and how to ask it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from historian.entry import Entry
from historian.influxql.engine import InfluxQL, Request
from historian.memory import MemoryStore
from telemetry.batch import Batch
from telemetry.clock import SECOND
from tests.historian.influxql.city import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from historian.influxql.limits import Limits

NOON_S = 1_767_268_800
"""2026-01-01 12:00 UTC; ``now()`` is ten minutes later."""


@dataclass
class Desk:
    """A store and the one who answers from it."""

    store: MemoryStore
    influxql: InfluxQL
    sequence: int = 0

    async def keep(
        self, point: int, samples: Sequence[tuple[float, float]], quality: int = 0
    ) -> None:
        """Samples of a point, as seconds after noon and values."""
        self.sequence += 1
        times = [int((NOON_S + second) * SECOND) for second, _ in samples]
        batch = Batch.of([point] * len(samples), times, [value for _, value in samples], quality)
        await self.store.append([Entry(self.sequence, "test", batch)])

    async def ask(self, text: str, database: str = "baotu", epoch: str = "s") -> dict[str, Any]:
        """The result of one statement."""
        request = Request(text, (NOON_S + 600) * SECOND, database, epoch)
        document = await self.influxql.answer(request)
        result: dict[str, Any] = document["results"][0]
        return result

    async def rows(self, text: str, epoch: str = "s") -> list[list[Any]]:
        """The rows of the one series of an answer."""
        [series] = (await self.ask(text, epoch=epoch))["series"]
        rows: list[list[Any]] = series["values"]
        return rows


def desk_of(store: MemoryStore | None = None, limits: Limits | None = None) -> Desk:
    """A desk over a store, or over an empty one."""
    store = store or MemoryStore(len(NAMES))
    return Desk(store, InfluxQL(store, NAMES, limits))


@pytest.fixture
def desk() -> Desk:
    """A desk over an empty store."""
    return desk_of()
