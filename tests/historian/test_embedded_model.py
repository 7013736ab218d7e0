"""The embedded store against a dictionary, through flushes, mergings and restarts."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.entry import Entry
from historian.queries import BucketQuery, RangeQuery
from telemetry.batch import Batch
from telemetry.quality import Reason, bad
from tests.historian.making import NOON, SECOND, numbered_table

POINTS = numbered_table(3)
SIZES = Sizes(segment_rows=10, hot_rows=20, fan_in=2, rows_per_file=4)
HOUR = 3600
SAMPLE = st.tuples(
    st.integers(0, 2),
    st.integers(-30, 30),  # hours from noon, so that three days take part
    st.sampled_from([0, bad(Reason.COMM)]),
)
STEP = st.one_of(
    st.lists(SAMPLE, min_size=1, max_size=8),
    st.sampled_from(["flush", "merge", "restart", "redeliver", "crash"]),
)


@dataclass
class Model:
    """What a store should know: (point, time) → (value, quality)."""

    samples: dict[tuple[int, int], tuple[float, int]] = field(default_factory=dict)
    newest: dict[int, tuple[int, float]] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        batch = entry.batch
        for point, time, value, quality in zip(
            batch.point.tolist(),
            batch.time.tolist(),
            batch.value.tolist(),
            batch.quality.tolist(),
            strict=True,
        ):
            self.samples[point, time] = (value, quality)
            if time >= self.newest.get(point, (0, 0.0))[0]:
                self.newest[point] = (time, value)

    def series(self, point: int, start: int, end: int) -> list[tuple[int, float, int]]:
        return sorted(
            (time, *sample)
            for (p, time), sample in self.samples.items()
            if p == point and start <= time < end
        )


class Run:
    """One store through one list of steps, beside its model."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.model = Model()
        self.given: list[Entry] = []
        self.store = self._open()

    def _open(self) -> EmbeddedStore:
        return EmbeddedStore(self.directory, POINTS, sizes=SIZES)

    async def step(self, step: list[tuple[int, int, int]] | str) -> None:
        match step:
            case "flush":
                await self.store.flush()
            case "merge":
                await self.store.compact()
            case "redeliver":
                await self.store.append(self.given[-3:])
            case "restart":
                await self.store.close()
                self.store = self._open()
            case "crash":  # what was not in a segment comes again, as from the journal
                self.store._opened.close()
                self.store = self._open()
                await self.store.append([e for e in self.given if e.sequence > self.store.through])
            case list():
                await self._give(step)

    async def _give(self, samples: list[tuple[int, int, int]]) -> None:
        sequence = len(self.given) + 1
        point, hours, quality = zip(*samples, strict=True)
        value = [sequence + i / 100 for i in range(len(samples))]
        times = NOON + np.array(hours, np.int64) * HOUR * SECOND
        entry = Entry(sequence, "a", Batch.of(point, times, value, np.array(quality, np.uint8)))
        self.given.append(entry)
        self.model.take(entry)
        await self.store.append([entry])

    async def compare(self, start: int, end: int, limit: int) -> None:
        for point in range(3):
            expected = self.model.series(point, start, end)
            found = await self.store.query(RangeQuery(point, start, end, limit))
            columns = found.time.tolist(), found.value.tolist(), found.quality.tolist()
            assert list(zip(*columns, strict=True)) == expected[:limit]
            assert found.truncated == (len(expected) > limit)
            buckets = await self.store.query(BucketQuery(point, start, end, 7 * HOUR * SECOND))
            assert buckets.count.sum() == len(expected)
        latest = await self.store.latest(np.arange(3, dtype=np.int32))
        for point, (time, value) in self.model.newest.items():
            assert (latest.time[point], latest.value[point]) == (time, value)


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(STEP, max_size=14),
    hours=st.tuples(st.integers(-32, 32), st.integers(0, 64)),
    limit=st.integers(1, 30),
)
def test_the_embedded_store_knows_what_it_was_given(
    steps: list[list[tuple[int, int, int]] | str], hours: tuple[int, int], limit: int
) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as directory:
            course = Run(Path(directory))
            for step in steps:
                await course.step(step)
            start = NOON + hours[0] * HOUR * SECOND
            await course.compare(start, start + hours[1] * HOUR * SECOND, limit)
            await course.store.close()

    asyncio.run(run())
