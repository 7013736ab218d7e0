"""kill -9 in the middle of summing up, merging and thinning: nothing is lost or counted twice."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from historian.embedded.store import EmbeddedStore
from historian.memory import MemoryStore
from historian.queries import BucketQuery, RangeQuery
from tests.historian.making import DAY, NOON, folder_in_memory
from tests.historian.places import MINUTE
from tests.historian.upkeep_child import DAYS, POINTS, SIZES, entries, live_through, remember

MOMENTS = {
    "when-a-day-is-begun": "embedded/summing.py:_begin:3",
    "before-a-part-of-a-day": "embedded/summing.py:step:5",
    "before-a-part-is-listed": "embedded/summing.py:_commit:5",
    "after-minutes-before-they-are-listed": "embedded/segments.py:apply:40",
    "after-a-part-is-listed": "embedded/live.py:after:43",
    "late-samples-join-thinned-minutes": "embedded/summing.py:_grown:2",
    "before-thinning": "embedded/thinning.py:thin:2",
    "in-the-middle-of-thinning": "embedded/thinning.py:_within:6",
    "after-horizons-moved": "embedded/upkeep.py:_forget:3",
    "in-the-middle-of-merging-minutes": "embedded/files.py:minutes_of_points:4",
    "before-replaced-files-go": "embedded/segments.py:_sweep:50",
}
END = NOON + DAYS * DAY


@pytest.mark.system
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=[f"S5-{name}" for name in MOMENTS])
async def test_upkeep_killed_at_any_moment_goes_on_as_if_nothing_had_been(moment: str) -> None:
    with folder_in_memory() as folder:
        await asyncio.to_thread(_live_until_killed, Path(folder), moment)
        await _go_on(Path(folder))


async def _go_on(directory: Path) -> None:
    """Live through what is left, and compare with a store that was never killed."""
    store, model = EmbeddedStore(directory, POINTS, sizes=SIZES), MemoryStore(len(POINTS))
    for day in range(DAYS):
        # What was not in a segment comes again from the journal.
        if entries(day)[-1].sequence > store.through:
            await live_through(store, day)
        await remember(model, day)
    for point in range(len(POINTS)):
        await _compare(store, model, point)
    await store.close()


def _live_until_killed(directory: Path, moment: str) -> None:
    command = [sys.executable, "-m", "tests.historian.upkeep_child", str(directory), moment]
    child = subprocess.run(command, timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL


async def _compare(store: EmbeddedStore, model: MemoryStore, point: int) -> None:
    everything = RangeQuery(point, 0, END)
    expected, found = await model.query(everything), await store.query(everything)
    assert found.time.tolist() == expected.time.tolist()
    assert found.value.tolist() == expected.value.tolist()
    minutes = BucketQuery(point, NOON - DAY, END, MINUTE)
    summed, in_memory = await store.query(minutes), await model.query(minutes)
    assert in_memory.count.sum() > 0
    for name in ("count", "good", "minimum", "maximum", "worst"):
        np.testing.assert_array_equal(getattr(summed, name), getattr(in_memory, name), name)
    np.testing.assert_allclose(summed.mean, in_memory.mean)
