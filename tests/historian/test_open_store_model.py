"""Who looks at a store from another process sees what the store itself answers, at any moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.journal.journal import Journal
from historian.queries import BucketQuery, RangeQuery
from historian.reading.view import look
from historian.reading.wanted import Wanted
from historian.retention import EVER, Horizons
from telemetry.batch import Batch
from telemetry.quality import Reason, bad
from tests.historian.making import DAY, NOON, SECOND, folder_in_memory, numbered_table
from tests.historian.outside import traces
from tests.historian.test_catalogue_versions import write_version_1

if TYPE_CHECKING:
    from historian.queries import Buckets

POINTS = numbered_table(3)
# Memory forgets at once: a file that is damaged is missed by both.
SIZES = Sizes(segment_rows=10, hot_rows=0, fan_in=2, rows_per_file=4, minutes_per_file=3)
MINUTE = 60 * SECOND
MIDNIGHT = NOON - DAY // 2
COLUMNS = ("time", "minimum", "maximum", "first", "last", "count", "good", "worst")

SAMPLE = st.tuples(
    st.integers(0, 2),
    st.tuples(st.integers(-1, 1), st.sampled_from([0, 1, 1439]), st.sampled_from([0, 59])),
    st.sampled_from([0, bad(Reason.COMM)]),
)
"""Point; day, minute and second; quality."""

STEP = st.one_of(
    st.lists(SAMPLE, min_size=1, max_size=8),
    st.sampled_from(["flush", "flush", "merge", "sum", "sum all", "restart"]),
    st.tuples(st.just("thin"), st.integers(0, 2), st.integers(-1, 2)),
    st.tuples(st.just("prune"), st.integers(-3000, 3000)),
    st.tuples(st.sampled_from(["damage", "lose"]), st.integers(0, 20)),
)


class Course:
    """A service's journal and store through a list of steps."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._number = 0
        self._open()

    def _open(self) -> None:
        self.store = EmbeddedStore(self.root / "store", POINTS, sizes=SIZES)
        self.journal = Journal(self.root / "journal", POINTS, after=self.store.through)
        self.reader = self.journal.reader("store:embedded")

    async def close(self) -> None:
        await self.store.close()
        self.journal.close()

    async def step(self, step: object) -> None:
        match step:
            case "flush":
                await self._flush()
            case "merge":
                await self.store.compact()
            case "sum":
                await self.store.summarise(MIDNIGHT + 2 * DAY)
            case "sum all":
                await self._sum_all()
            case "restart":
                await self.close()
                self._open()
                await self._take()
            case ("thin", int(point), int(day)):
                await self._thin(point, MIDNIGHT + day * DAY)
            case ("prune", int(minutes)):
                await self.store.prune(NOON + minutes * MINUTE)
            case ("damage" | "lose" as how, int(which)):
                self._damage(which, gone=how == "lose")
            case list():
                await self._give(step)

    async def _flush(self) -> None:
        await self.store.flush()
        self.reader.advance(self.store.through)
        self.journal.sync()

    async def _sum_all(self) -> None:
        await self._flush()
        while await self.store.summarise(MIDNIGHT + 9 * DAY):
            pass

    async def _thin(self, point: int, before: int) -> None:
        raw = np.full(3, EVER, dtype=np.int64)
        raw[point] = before
        horizons = Horizons(raw, np.full(3, EVER, dtype=np.int64), EVER, EVER)
        while await self.store.retain(horizons):
            pass

    def _damage(self, which: int, *, gone: bool) -> None:
        files = sorted((self.root / "store" / "segments").glob("*.parquet"))
        if files:
            file = files[which % len(files)]
            file.unlink() if gone else file.write_bytes(file.read_bytes()[:100])

    async def _give(self, samples: list[tuple[int, tuple[int, int, int], int]]) -> None:
        self._number += 1
        points, places, qualities = zip(*samples, strict=True)
        times = [MIDNIGHT + d * DAY + m * MINUTE + s * SECOND for d, m, s in places]
        values = self._number + np.arange(len(samples)) / 100
        batch = Batch.of(points, np.array(times), values, np.array(qualities, np.uint8))
        self.journal.append("a", batch)
        await self._take()

    async def _take(self) -> None:
        while self.journal.last > self.store.taken:
            await self.store.append(await self.reader.receive(1_000, 5.0))

    async def compare(self, start: int, end: int) -> None:
        """Look from outside first: the store sets aside what it finds damaged."""
        queries = [BucketQuery(0, start, end, *grid) for grid in _GRIDS]
        before = traces(self.root)
        with look(self.root) as view:
            names = [point.name for point in POINTS]
            numbers = view.numbers(names)
            rows = view.rows(Wanted(np.unique(numbers), start, end))
            seen = [view.buckets(numbers, query) for query in queries]
            newest = view.newest().value[numbers]
        assert traces(self.root) == before
        for point, number in enumerate(numbers.tolist()):
            series = await self.store.query(RangeQuery(point, start, end))
            own = rows.take(rows.point == number)
            assert own.time.tolist() == series.time.tolist()
            assert own.value.tolist() == series.value.tolist()
            assert own.quality.tolist() == series.quality.tolist()
            for query, answers in zip(queries, seen, strict=True):
                mine = BucketQuery(point, start, end, query.bucket_ns, query.origin)
                same(answers[point], await self.store.query(mine))
        latest = await self.store.latest(np.arange(3, dtype=np.int32))
        np.testing.assert_array_equal(newest, latest.value)


_GRIDS = ((MINUTE, 0), (7 * 60 * MINUTE, 0), (4001 * SECOND, 5))


def same(found: Buckets, expected: Buckets) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(STEP, max_size=25),
    interval=st.tuples(st.integers(-2400, 600), st.integers(600, 5000)),
    seconds=st.tuples(st.sampled_from([0, 0, 30]), st.sampled_from([0, 0, 25])),
)
def test_what_is_seen_from_outside_is_what_the_store_answers(
    steps: list[object], interval: tuple[int, int], seconds: tuple[int, int]
) -> None:
    start = NOON + interval[0] * MINUTE + seconds[0] * SECOND
    end = start + interval[1] * MINUTE + seconds[1] * SECOND

    async def run() -> None:
        with folder_in_memory() as directory:
            course = Course(Path(directory))
            for step in steps:
                await course.step(step)
            await course.compare(start, end)
            await course.close()

    asyncio.run(run())


async def test_a_catalogue_of_version_1_is_read_as_if_it_had_been_brought_up_to_date_S12(
    tmp_path: Path,
) -> None:
    write_version_1(tmp_path / "store")
    before = traces(tmp_path)
    query = BucketQuery(0, NOON - DAY, NOON + DAY, 30 * MINUTE)
    with look(tmp_path) as view:
        seen = view.buckets(view.numbers([POINTS[0].name]), query)[0]
        rows = view.rows(Wanted(view.numbers([POINTS[0].name]), query.start, query.end))
    assert traces(tmp_path) == before
    store = EmbeddedStore(tmp_path / "store", POINTS)
    same(seen, await store.query(query))
    series = await store.query(RangeQuery(0, query.start, query.end))
    assert rows.value.tolist() == series.value.tolist() != []
    await store.close()
