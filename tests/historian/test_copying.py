"""Readings copied from one store to another: all of them, once, whatever interrupts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from historian.copying import BLOCK_POINTS, DAY_NS, Copied, Errand, PositionFile, copy_readings
from historian.errors import StoreError
from telemetry.batch import Batch
from tests.historian.making import NOON, SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

DAY = NOON // DAY_NS
POINTS = 3 * BLOCK_POINTS + 1
FIRST_COUNT = 5
"""Call of the destination in which the first day is counted: three writes, one settling before."""


class MemoryEnd:
    """Samples by point and time; fails when told to, and loses what was never settled."""

    def __init__(self, *samples: tuple[int, int, float]) -> None:
        self.held = {(point, time): value for point, time, value in samples}
        self.unsettled: dict[tuple[int, int], float] = {}
        self.fails_at = -1
        self.refuses: set[int] = set()
        self.forgets: set[int] = set()
        self.calls = 0
        self.reads = 0

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise StoreError("away")

    async def samples(self, points: NDArray[np.int32], start: int, end: int) -> Batch:
        self._call()
        asked = set(points.tolist())
        rows = [
            (p, t, v) for (p, t), v in sorted(self.held.items()) if p in asked and start <= t < end
        ]
        self.reads += len(rows)
        return Batch.of(*map(list, zip(*rows, strict=True))) if rows else Batch.empty()

    async def write(self, batch: Batch) -> int:
        self._call()
        rows = list(zip(batch.point.tolist(), batch.time.tolist(), batch.value, strict=True))
        taken = {(p, t): v for p, t, v in rows if p not in self.refuses}
        self.unsettled.update({key: v for key, v in taken.items() if key[0] not in self.forgets})
        return len(rows) - len(taken)

    async def settle(self) -> None:
        self._call()
        self.held |= self.unsettled
        self.unsettled = {}

    async def counts(self, points: NDArray[np.int32], start: int, end: int) -> NDArray[np.int64]:
        self._call()
        held = [p for p, t in self.held if start <= t < end]
        return np.array([held.count(point) for point in points.tolist()], dtype=np.int64)


def errand(days: int = 3) -> Errand:
    return Errand("embedded", "influxdb", "0123456789abcdef", POINTS, DAY, DAY + days)


def three_days() -> MemoryEnd:
    points = (0, 1, BLOCK_POINTS, POINTS - 1)
    times = (0, DAY_NS - 1, DAY_NS, 2 * DAY_NS + 5)
    return MemoryEnd(*((p, DAY * DAY_NS + t, p + t) for p in points for t in times))


@pytest.fixture
def position(tmp_path: Path) -> PositionFile:
    return PositionFile(tmp_path / "copy.json")


async def test_everything_is_there_afterwards_and_the_figures_say_so(
    position: PositionFile,
) -> None:
    source, destination = three_days(), MemoryEnd()
    copied = await copy_readings(source, destination, errand(), position=position)
    assert destination.held == source.held
    assert copied == Copied(DAY + 3, read=16)
    assert copied.found == 16
    assert position.load(errand(days=9)) == Copied(DAY), "nothing is left to go on with"


async def test_days_outside_the_errand_stay_where_they_are(position: PositionFile) -> None:
    source, destination = three_days(), MemoryEnd()
    await copy_readings(source, destination, errand(days=1), position=position)
    assert max(time for _, time in destination.held) == DAY * DAY_NS + DAY_NS - 1


async def test_samples_are_read_once(position: PositionFile) -> None:
    source = three_days()
    await copy_readings(source, MemoryEnd(), errand(), position=position)
    assert source.reads == 16


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(failures=st.lists(st.tuples(st.booleans(), st.integers(1, 20)), max_size=6), data=st.data())
async def test_a_copy_that_is_interrupted_goes_on_and_the_figures_stay_true(
    failures: list[tuple[bool, int]], data: st.DataObject, tmp_path: Path
) -> None:
    position = PositionFile(tmp_path / "copy.json")
    position.remove()
    source, destination = three_days(), MemoryEnd()
    destination.refuses = data.draw(st.sets(st.sampled_from([0, 1, BLOCK_POINTS])))
    for at_source, calls in failures:
        end = source if at_source else destination
        end.fails_at = end.calls + calls
        try:
            copied = await copy_readings(source, destination, errand(), position=position)
            break
        except StoreError:
            destination.unsettled = {}  # as after a crash
            end.fails_at = -1
    else:
        copied = await copy_readings(source, destination, errand(), position=position)
    wanted = {key: v for key, v in source.held.items() if key[0] not in destination.refuses}
    assert destination.held == wanted
    assert (copied.read, copied.refused, copied.missing) == (16, 16 - len(wanted), 0)


async def test_what_the_destination_lost_is_missing(position: PositionFile) -> None:
    destination = MemoryEnd()
    destination.forgets = {1}
    destination.refuses = {0}
    copied = await copy_readings(three_days(), destination, errand(), position=position)
    assert (copied.read, copied.found, copied.refused, copied.missing) == (16, 8, 4, 4)


async def test_more_in_the_destination_than_was_read_is_no_fault(position: PositionFile) -> None:
    destination = MemoryEnd((0, DAY * DAY_NS + 77, 1.0))
    copied = await copy_readings(three_days(), destination, errand(), position=position)
    assert copied.missing == 0


async def test_another_errand_does_not_go_on_with_this_position(position: PositionFile) -> None:
    source, destination = three_days(), MemoryEnd()
    destination.fails_at = FIRST_COUNT
    with pytest.raises(StoreError, match="away"):
        await copy_readings(source, destination, errand(), position=position)
    other = Errand("influxdb", "embedded", "0123456789abcdef", POINTS, DAY, DAY + 3)
    with pytest.raises(StoreError, match="another copy that is not finished"):
        await copy_readings(destination, source, other, position=position)


async def test_an_errand_may_reach_further_when_it_goes_on(position: PositionFile) -> None:
    source, destination = three_days(), MemoryEnd()
    destination.fails_at = FIRST_COUNT
    with pytest.raises(StoreError, match="away"):
        await copy_readings(source, destination, errand(days=1), position=position)
    copied = await copy_readings(source, destination, errand(days=3), position=position)
    assert copied.read == 16


async def test_a_damaged_position_is_said(tmp_path: Path) -> None:
    path = tmp_path / "copy.json"
    path.write_text("{")
    with pytest.raises(StoreError, match="remove it to begin anew"):
        await copy_readings(MemoryEnd(), MemoryEnd(), errand(), position=PositionFile(path))


async def test_progress_is_told_by_block_and_by_day(position: PositionFile) -> None:
    told: list[Copied] = []
    await copy_readings(
        three_days(), MemoryEnd(), errand(days=1), position=position, progress=told.append
    )
    assert [(c.day - DAY, c.point) for c in told] == [(0, 32), (0, 64), (0, 96), (0, 97), (1, 0)]
    assert [c.read for c in told] == sorted(c.read for c in told)
    assert NOON % SECOND == 0
