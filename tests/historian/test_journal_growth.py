"""How long the journal's room lasts, as the page says it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from historian.journal.disk import Disk
from historian.journal.growth import Growth, seconds_left
from telemetry.batch import Batch
from telemetry.clock import VirtualClock
from tests.historian.making import NOON

if TYPE_CHECKING:
    from tests.historian.conftest import JournalFolder

HOUR = 3600


@given(
    st.floats(0, 1e7),
    st.lists(st.floats(1.001, 60.0), min_size=1, max_size=40),
    st.floats(0, 1e6),
)
def test_a_steady_rate_is_known_from_the_first_step(
    rate: float, steps: list[float], start: float
) -> None:
    growth, now, total = Growth(start, 0), start, 0.0
    for step in steps:
        now, total = now + step, total + rate * step
        growth = growth.observed(now, round(total))
    assert growth.bytes_per_s == pytest.approx(rate, rel=1e-6, abs=1.0)


def test_one_burst_is_smoothed_over_minutes() -> None:
    growth, total = Growth(0.0, 0), 0
    for second in range(1, 601):
        total += 1000 if second != 600 else 100_000
        growth = growth.observed(float(second), total)
    assert 1000 < growth.bytes_per_s < 2000


def test_when_the_load_changes_the_rate_follows_within_minutes() -> None:
    growth, total = Growth(0.0, 0), 0
    for second in range(1, 1201):
        total += 1000 if second <= 600 else 5000
        growth = growth.observed(float(second), total)
    assert growth.bytes_per_s == pytest.approx(5000, rel=0.05)
    assert growth.observed(2400.0, total).bytes_per_s < 100


def test_looks_that_are_close_together_change_nothing() -> None:
    growth = Growth(0.0, 0).observed(10.0, 1000)
    assert growth.observed(10.5, 10**9) is growth


@pytest.mark.parametrize(
    ("room", "rate", "left"),
    [
        pytest.param(3600, 1.0, 3600.0, id="some"),
        pytest.param(3600, 0.0, None, id="nothing-grows"),
        pytest.param(-5, 10.0, 0.0, id="nothing-left"),
    ],
)
def test_time_left_is_room_over_rate(room: int, rate: float, left: float | None) -> None:
    assert seconds_left(room, rate) == left


async def figures_after_an_hour(folder: JournalFolder, free_bytes: int) -> tuple[float, float]:
    """Rate, and seconds left, of 21 kB a second into a journal of 8 MiB."""
    clock = VirtualClock()
    journal = folder.open(most_mib=8, disk=Disk(free_bytes=lambda _: free_bytes))
    task = asyncio.create_task(journal.keep_synced(clock))
    assert journal.figures().seconds_left is None
    for _ in range(200):
        journal.append("a", Batch.of(range(10), NOON, 0.5))
        await clock.advance(1.0, settle=1)
    journal.sync()
    figures = journal.figures()
    task.cancel()
    assert figures.seconds_left is not None
    assert figures.seconds_left == figures.room_bytes / figures.growth_bytes_per_s
    return figures.growth_bytes_per_s, figures.room_bytes


async def test_hours_left_count_to_the_bound_of_the_journal(folder: JournalFolder) -> None:
    rate, room = await figures_after_an_hour(folder, 10**12)
    assert rate == pytest.approx(248, rel=0.01)  # 32 B of head, 6 of name and 210 of samples
    assert room == 8 * 2**20 - sum(path.stat().st_size for path in folder.segments())


async def test_hours_left_count_to_the_end_of_the_disk_when_that_comes_first(
    folder: JournalFolder,
) -> None:
    _, room = await figures_after_an_hour(folder, 1_000_000)
    assert room == 1_000_000


async def test_a_journal_into_which_nothing_comes_any_more_lasts_for_ever(
    folder: JournalFolder,
) -> None:
    clock = VirtualClock()
    journal = folder.open()
    task = asyncio.create_task(journal.keep_synced(clock))
    await asyncio.sleep(0)
    journal.append("a", Batch.of(range(10), NOON, 0.5))
    await clock.advance(5.0)
    assert journal.figures().growth_bytes_per_s > 40
    await clock.advance(6 * HOUR)
    assert journal.figures().seconds_left is None
    task.cancel()
