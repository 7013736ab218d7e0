"""The embedded store against the one in memory, through all that it does with its files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.entry import Entry
from historian.memory import MemoryStore
from historian.queries import BucketQuery, RangeQuery
from historian.retention import EVER, Horizons
from telemetry.batch import Batch
from telemetry.quality import Reason, bad
from tests.historian.making import DAY, NOON, SECOND, folder_in_memory, numbered_table

if TYPE_CHECKING:
    from historian.queries import Buckets

POINTS = numbered_table(2)
# Memory forgets at once, so that the files must know.
SIZES = Sizes(segment_rows=10, hot_rows=2, fan_in=2, rows_per_file=4, minutes_per_file=3)
MINUTE = 60 * SECOND
MIDNIGHT = NOON - DAY // 2

SAMPLE = st.tuples(
    st.integers(0, 1),
    st.tuples(st.integers(-1, 1), st.sampled_from([0, 1439]), st.sampled_from([0, 59])),
    st.sampled_from([0, bad(Reason.COMM)]),
)
"""Point; day, minute and second; quality."""

BATCH = st.lists(SAMPLE, min_size=1, max_size=8)
STEP = st.one_of(
    BATCH,
    st.sampled_from(["flush", "merge", "sum", "sum all", "restart", "redeliver", "crash"]),
    st.tuples(st.just("thin"), st.integers(0, 1), st.integers(-1, 2)),
    st.tuples(st.just("prune"), st.integers(-3000, 3000)),
)


@dataclass
class Thinned:
    """What was thinned: point → ns, and the samples that were there."""

    before: dict[int, int] = field(default_factory=dict)
    known: set[tuple[int, int]] = field(default_factory=set)
    late: bool = False

    def takes(self, point: int, time: int) -> bool:
        """Whether a sample may be given: a thinned one cannot be corrected any more."""
        old = time < self.before.get(point, EVER)
        if old and (point, time) in self.known:
            return False
        self.late |= old
        self.known.add((point, time))
        return True


class Run:
    """One store through one list of steps, beside one in memory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.model = MemoryStore(len(POINTS))
        self.thinned = Thinned()
        self.given: list[Entry] = []
        self.store = self._open()

    def _open(self) -> EmbeddedStore:
        return EmbeddedStore(self.directory, POINTS, sizes=SIZES)

    async def step(self, step: object) -> None:
        match step:
            case "flush":
                await self.store.flush()
            case "merge":
                await self.store.compact()
            case "sum":
                await self.store.summarise(MIDNIGHT + 2 * DAY)
            case "sum all":
                await self._sum_all()
            case "redeliver":
                await self.store.append(self.given[-3:])
            case "restart":
                await self.store.close()
                self.store = self._open()
            case "crash":  # what was not in a segment comes again, as from the journal
                self.store._opened.close()
                self.store = self._open()
                await self.store.append([e for e in self.given if e.sequence > self.store.through])
            case ("thin", int(point), int(day)):
                await self._thin(point, MIDNIGHT + day * DAY)
            case ("prune", int(minutes)):
                await self.model.prune(NOON + minutes * MINUTE)
                await self.store.prune(NOON + minutes * MINUTE)
            case list():
                await self._give(step)

    async def _sum_all(self) -> None:
        await self.store.flush()
        while await self.store.summarise(MIDNIGHT + 9 * DAY):
            pass

    async def _thin(self, point: int, before: int) -> None:
        await self._sum_all()
        raw = np.full(2, EVER, dtype=np.int64)
        raw[point] = before
        horizons = Horizons(raw, np.full(2, EVER, dtype=np.int64), EVER, EVER)
        await self.model.retain(horizons)
        while await self.store.retain(horizons):
            pass
        self.thinned.before[point] = max(before, self.thinned.before.get(point, EVER))

    async def _give(self, samples: list[tuple[int, tuple[int, int, int], int]]) -> None:
        sequence = len(self.given) + 1
        rows = []
        for point, (day, minute, second), quality in samples:
            time = MIDNIGHT + day * DAY + minute * MINUTE + second * SECOND
            if self.thinned.takes(point, time):
                rows.append((point, time, quality))
        if rows:
            points, times, qualities = zip(*rows, strict=True)
            value = [sequence + i / 100 for i in range(len(rows))]
            batch = Batch.of(points, np.array(times), value, np.array(qualities, np.uint8))
            self.given.append(Entry(sequence, "a", batch))
            await self.model.append(self.given[-1:])
            await self.store.append(self.given[-1:])

    async def compare(self, start: int, end: int, limit: int) -> None:
        for point in range(2):
            query = RangeQuery(point, start, end, limit)
            expected, found = await self.model.query(query), await self.store.query(query)
            assert found.time.tolist() == expected.time.tolist()
            assert found.value.tolist() == expected.value.tolist()
            assert found.quality.tolist() == expected.quality.tolist()
            assert found.truncated == expected.truncated
            if expected.thinned_before is not None:
                assert found.thinned_before == expected.thinned_before
        every = np.arange(2, dtype=np.int32)
        latest, expected_latest = await self.store.latest(every), await self.model.latest(every)
        np.testing.assert_array_equal(latest.value, expected_latest.value)

    async def compare_buckets(self, query: BucketQuery) -> None:
        expected, found = await self.model.query(query), await self.store.query(query)
        names = ["time", "minimum", "maximum", "count", "good", "worst"]
        # What comes after the thinning has no time within its minute.
        names += [] if self.thinned.late else ["first", "last"]
        for name in names:
            np.testing.assert_array_equal(column(found, name), column(expected, name), name)
        np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-9)


def column(buckets: Buckets, name: str) -> np.ndarray:
    return np.asarray(getattr(buckets, name))


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(STEP, max_size=25),
    interval=st.tuples(st.integers(-2400, 600), st.integers(600, 5000)),
    seconds=st.tuples(st.sampled_from([0, 0, 30]), st.sampled_from([0, 0, 25])),
    limit=st.integers(1, 30),
)
def test_the_embedded_store_answers_as_if_it_had_everything_in_memory(
    steps: list[object],
    interval: tuple[int, int],
    seconds: tuple[int, int],
    limit: int,
) -> None:
    start = NOON + interval[0] * MINUTE + seconds[0] * SECOND
    end = start + interval[1] * MINUTE + seconds[1] * SECOND

    async def run() -> None:
        with folder_in_memory() as directory:
            course = Run(Path(directory))
            for step in steps:
                await course.step(step)
            await course.compare(start, end, limit)
            for point in range(2):
                for bucket, origin in ((MINUTE, 0), (7 * 60 * MINUTE, 0), (3 * MINUTE, None)):
                    await course.compare_buckets(BucketQuery(point, start, end, bucket, origin))
                await course.compare_buckets(BucketQuery(point, start, end, 4001 * SECOND, 5))
            await course.store.close()

    asyncio.run(run())
