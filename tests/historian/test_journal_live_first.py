"""A store that was away: live readings first, the backlog oldest first, the newest version wins."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.journal.journal import Journal
from historian.journal.live_first import Lane
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from tests.historian.conftest import JournalFolder
from tests.historian.making import NOON, SECOND, folder_in_memory, numbered_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from historian.entry import Entry
    from historian.journal.live_first import LiveFirstReader, Portion
    from telemetry.accounting import PathFigures


def append(journal: Journal, second: float, rows: int = 10, value: float | None = None) -> int:
    """One batch whose samples have the time ``second``, and that as their value."""
    points = np.arange(rows, dtype=np.int32) % 10
    at = NOON + int(second * SECOND)
    return journal.append("a", Batch.of(points, at, second if value is None else value))


def seconds(portion: Portion | None) -> list[float]:
    assert portion is not None
    return [float(entry.batch.value[0]) for entry in portion.entries]


@dataclass
class Counted:
    """A reader with its account."""

    reader: LiveFirstReader
    accounting: Accounting = field(default_factory=Accounting)

    def __post_init__(self) -> None:
        self.reader.keep_account(self.accounting.open("store", lambda: self.reader.waiting))

    def figures(self) -> PathFigures:
        figures = self.accounting.figures()["store"]
        assert figures.missing == 0
        return figures


async def test_a_store_that_keeps_up_is_served_in_order(folder: JournalFolder) -> None:
    journal = folder.open()
    counted = Counted(journal.live_first_reader("store:influxdb"))
    reader = counted.reader
    for second in range(5):
        append(journal, second)
        portion = await reader.receive(1000, 5.0)
        assert portion is not None
        assert (seconds(portion), portion.lane) == ([second], Lane.LIVE)
        reader.acknowledge(portion)
    assert reader.mark == 5
    assert (counted.figures().stored, counted.figures().buffered) == (50, 0)
    assert await reader.receive(1000, 0.0) is None


async def test_what_was_not_acknowledged_is_handed_out_again(folder: JournalFolder) -> None:
    journal = folder.open()
    reader = journal.live_first_reader("store")
    append(journal, 0)
    assert seconds(await reader.receive(1000, 5.0)) == [0]
    append(journal, 1)
    assert seconds(await reader.receive(1000, 5.0)) == [0, 1]


async def test_after_an_outage_the_newest_go_first_and_the_oldest_next_S1(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    counted = Counted(journal.live_first_reader("store", live_rows=30))
    reader = counted.reader
    for second in range(20):
        append(journal, second)
    lanes, order = [], []
    while portion := await reader.receive(20, 0.0):
        lanes.append(portion.lane)
        order.append(seconds(portion))
        reader.acknowledge(portion)
        if reader.mark < 16:
            assert reader.mark == max((s[-1] + 1 for s in order if s[-1] < 17), default=0)
    assert order[:4] == [[17, 18], [0, 1], [19], [2, 3]]
    assert lanes[:4] == [Lane.LIVE, Lane.BACKLOG, Lane.LIVE, Lane.BACKLOG]
    assert [s for part in order[3:] for s in part] == list(range(2, 17))
    assert counted.figures().stored == 200
    assert reader.mark == 20
    journal.sync()
    assert journal.figures().backlog == {"store": 0}


async def test_what_waits_is_shown_by_lane(folder: JournalFolder) -> None:
    journal = folder.open()
    reader = journal.live_first_reader("store", live_rows=30)
    for second in range(20):
        append(journal, second)
    portion = await reader.receive(1000, 0.0)
    assert seconds(portion) == [17, 18, 19]
    assert (reader.waiting, reader.backlog) == (200, 170)
    assert portion is not None
    reader.acknowledge(portion)
    assert (reader.waiting, reader.backlog, reader.mark) == (170, 170, 0)
    assert journal.figures().waiting == {"store": 170}
    assert journal.figures().backlog == {"store": 170}


async def test_a_second_outage_in_the_middle_of_the_backlog_loses_nothing_S1(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    reader = journal.live_first_reader("store", live_rows=30)
    written: list[float] = []
    for second in range(20):
        append(journal, second)
    for _ in range(3):
        portion = await reader.receive(20, 0.0)
        written += seconds(portion)
        assert portion is not None
        reader.acknowledge(portion)
    for second in range(20, 40):
        append(journal, second)
    while portion := await reader.receive(20, 0.0):
        written += seconds(portion)
        reader.acknowledge(portion)
    assert sorted(written) == list(range(40))
    assert reader.mark == 40


async def test_a_correction_is_written_again_after_what_it_corrects(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    counted = Counted(journal.live_first_reader("store", live_rows=30))
    for second in range(17):
        append(journal, second)
    append(journal, 3, value=99)  # corrects second 3, which still waits in the backlog
    append(journal, 18)
    append(journal, 19)
    portions: list[tuple[list[float], bool]] = []
    while portion := await counted.reader.receive(1000, 0.0):
        portions.append((seconds(portion), portion.again))
        counted.reader.acknowledge(portion)
        counted.figures()
    assert portions[0] == ([99.0], True)
    written = [s for part, _ in portions for s in part]
    assert 99 in written[written.index(3) :]
    assert counted.figures().stored == 200


async def test_samples_that_the_store_refuses_for_good_are_counted_once(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    counted = Counted(journal.live_first_reader("store"))
    reader = counted.reader
    append(journal, 0)
    assert await reader.receive(1000, 5.0) is not None
    reader.reject(4, "refused")  # then the server went away, so nothing was acknowledged
    portion = await reader.receive(1000, 5.0)
    reader.reject(3, "refused")
    assert portion is not None
    reader.acknowledge(portion)
    assert counted.figures().stored == 7
    assert counted.figures().rejected == {"refused": 3}


async def test_a_restart_gives_everything_above_the_mark_again_S5(folder: JournalFolder) -> None:
    journal = folder.open()
    reader = journal.live_first_reader("store", live_rows=30)
    for second in range(20):
        append(journal, second)
    for _ in range(2):  # one of the live lane, one of the backlog
        portion = await reader.receive(20, 0.0)
        assert portion is not None
        reader.acknowledge(portion)
    journal.sync()
    folder.crash()
    counted = Counted(folder.open().live_first_reader("store", live_rows=1000))
    assert (counted.reader.mark, counted.figures().received) == (2, 180)
    assert seconds(await counted.reader.receive(1000, 5.0)) == list(range(2, 20))


async def test_what_the_bound_takes_from_the_backlog_is_counted(folder: JournalFolder) -> None:
    journal = folder.open(most_mib=1)
    counted = Counted(journal.live_first_reader("store", live_rows=2000))
    reader = counted.reader
    for second in range(60):
        append(journal, second, rows=500)
    first = await reader.receive(1500, 5.0)
    assert seconds(first) == [56, 57, 58]
    for second in range(60, 300):
        append(journal, second, rows=500)
    assert first is not None
    reader.acknowledge(first)  # too late: the bound has taken it, and it is counted as dropped
    while portion := await reader.receive(10_000, 0.0):
        reader.acknowledge(portion)
    figures = counted.figures()
    assert figures.received == 150_000
    assert figures.stored + figures.dropped["journal_full"] == 150_000
    assert figures.dropped["journal_full"] > 50_000


async def test_an_entry_that_rots_is_skipped_by_both_lanes_and_counted_S6(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    counted = Counted(journal.live_first_reader("store", live_rows=30))
    for second in range(20):
        append(journal, second)
    segment = folder.segments()[0]
    data = bytearray(segment.read_bytes())
    size = (len(data) - 64) // 20
    for second in (5, 18):
        data[64 + second * size + size // 2] ^= 1
    segment.write_bytes(data)
    written: list[float] = []
    while portion := await counted.reader.receive(20, 0.0):
        written += seconds(portion)
        counted.reader.acknowledge(portion)
    assert sorted(written) == [s for s in range(20) if s not in {5, 18}]
    assert counted.figures().dropped == {"journal_damaged": 20}
    assert counted.figures().stored == 180


# --- the whole hour ------------------------------------------------------------------------


@dataclass
class HourStore:
    """Counts what it is given, by second; takes so many samples a second."""

    written: Counter[int] = field(default_factory=Counter)
    newest: int = -1

    def take(self, entries: Sequence[Entry]) -> int:
        rows = 0
        for entry in entries:
            second = int(entry.batch.value[0])
            self.written[second] += len(entry.batch)
            self.newest = max(self.newest, second)
            rows += len(entry.batch)
        return rows


@pytest.mark.parametrize(
    "rate",
    [
        pytest.param(600, id="S1-a-twentieth-of-the-rate"),
        pytest.param(12_000, id="S1-design-rate", marks=pytest.mark.system),
    ],
)
async def test_an_hour_without_the_store_costs_nothing_and_drains_at_five_times_the_ingest(
    folder: JournalFolder, rate: int
) -> None:
    journal = folder.open()
    counted = Counted(journal.live_first_reader("store", live_rows=40 * rate))
    store, hour = HourStore(), 3600
    for second in range(hour):
        append(journal, second, rows=rate)
    # The store comes back and takes seven times what comes in.
    second, budget, lags = hour, 0, []
    while counted.reader.waiting:
        append(journal, second, rows=rate)
        budget += 7 * rate
        while budget > 0 and (portion := await counted.reader.receive(2 * rate, 0.0)):
            budget -= store.take(portion.entries)
            counted.reader.acknowledge(portion)
        lags.append(second - store.newest)
        second += 1
    assert second - hour <= hour / 5
    assert max(lags[8:]) <= 1  # the live lane has caught up with its last 40 s by then
    assert set(store.written.values()) == {rate}
    assert sorted(store.written) == list(range(second))
    assert counted.figures().stored == second * rate


async def test_a_store_slower_than_the_ingest_still_shows_the_last_minute_S1(
    folder: JournalFolder,
) -> None:
    journal = folder.open()
    reader, store, rate = journal.live_first_reader("store", live_rows=600), HourStore(), 20
    for second in range(2000):
        append(journal, second, rows=rate)
        if second % 2 and (portion := await reader.receive(rate, 0.0)):  # half of what comes in
            store.take(portion.entries)
            reader.acknowledge(portion)
        if second > 200:
            assert second - store.newest <= 60
    assert set(store.written.values()) == {rate}


# --- any order of events -------------------------------------------------------------------

# A sample's point, and its age: most are new, some are old, some correct others.
AGES = st.sampled_from([0, 0, 1, 1, 2, 3, 6, 12])
SAMPLES = st.lists(st.tuples(st.integers(0, 1), AGES), min_size=1, max_size=3, unique=True)
BURST = st.lists(SAMPLES, min_size=8, max_size=14)
STEPS = st.one_of(
    st.tuples(st.just("append"), SAMPLES),
    st.tuples(st.just("burst"), BURST),
    st.tuples(st.just("write"), st.integers(1, 6)),
    st.tuples(st.just("write"), st.integers(1, 6)),
    st.tuples(st.just("fail"), st.tuples(st.integers(1, 6), st.integers(0, 4))),
    st.tuples(st.just("restart"), st.none()),
)


class Scenario:
    """A journal, a reader, and a store in which the last write of a point and time stays."""

    def __init__(self, directory: Path, live_rows: int) -> None:
        self._directory = directory
        self._live_rows = live_rows
        self._clock = 0
        self.truth: dict[tuple[int, int], float] = {}
        self.store: dict[tuple[int, int], float] = {}
        self._open()

    def _open(self) -> None:
        self.journal = Journal(self._directory, numbered_table(10))
        self.counted = Counted(self.journal.live_first_reader("store", self._live_rows))

    def append(self, samples: list[tuple[int, int]]) -> None:
        self._clock += 1
        keys = [(point, self._clock - age) for point, age in samples]
        value = float(self.journal.last + 1)
        batch = Batch.of([p for p, _ in keys], [NOON + t for _, t in keys], value)
        self.journal.append("a", batch)
        self.truth.update(dict.fromkeys(keys, value))

    def burst(self, batches: list[list[tuple[int, int]]]) -> None:
        for samples in batches:
            self.append(samples)

    def _take(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            for point, time, value in zip(
                entry.batch.point, entry.batch.time, entry.batch.value, strict=True
            ):
                self.store[int(point), int(time) - NOON] = float(value)

    async def write(self, most_rows: int) -> None:
        if portion := await self.counted.reader.receive(most_rows, 0.0):
            self._take(portion.entries)
            self.counted.reader.acknowledge(portion)

    async def fail(self, how: tuple[int, int]) -> None:
        most_rows, reached = how
        if portion := await self.counted.reader.receive(most_rows, 0.0):
            self._take(portion.entries[:reached])  # and then the line broke

    def restart(self, _: None) -> None:
        self.journal.close()
        self._open()

    async def step(self, what: str, how: object) -> None:
        done = getattr(self, what)(how)
        if asyncio.iscoroutine(done):
            await done
        self.counted.figures()

    async def drain(self) -> None:
        while self.counted.reader.waiting:
            await self.write(3)


@settings(deadline=None, max_examples=200)
@given(st.integers(2, 8), st.lists(STEPS, max_size=40))
def test_the_newest_version_of_every_sample_stays_whatever_happens(
    live_rows: int, steps: list[tuple[str, object]]
) -> None:
    async def run(directory: str) -> None:
        scenario = Scenario(Path(directory), live_rows)
        for what, how in steps:
            await scenario.step(what, how)
        await scenario.drain()
        assert scenario.store == scenario.truth
        assert scenario.counted.figures().buffered == 0
        scenario.journal.close()

    with folder_in_memory() as directory:
        asyncio.run(run(directory))
