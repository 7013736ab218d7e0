"""Pacing, back-off and restarts."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from telemetry.clock import VirtualClock
from telemetry.errors import AdapterError
from telemetry.supervision import Backoff, MissedTick, Outage, Tick, Ticker, keep_running

if TYPE_CHECKING:
    from collections.abc import Callable


class LinkDown(AdapterError):  # noqa: N818 - reads as the fact it stands for
    """The link is down."""


async def ticks(policy: MissedTick, late_s: float, after: int = 2) -> list[Tick]:
    """One tick on time, then ``after`` more once the loop came back ``late_s`` after its slot."""
    clock = VirtualClock()
    ticker = Ticker(clock, 10.0, policy, phase_s=10.0)
    got: list[Tick] = []

    async def loop() -> None:
        got.append(await ticker.tick())
        await clock.sleep_until(20.0 + late_s)
        got.extend([await ticker.tick() for _ in range(after)])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(loop())
        await clock.advance(200.0)
    return got


async def test_skipping_resyncs_to_the_grid_and_counts_what_was_left_out_S8() -> None:
    assert await ticks(MissedTick.SKIP, 25.0) == [Tick(10.0, 0), Tick(40.0, 2), Tick(50.0, 0)]


async def test_being_a_little_late_skips_nothing() -> None:
    assert await ticks(MissedTick.SKIP, 9.9) == [Tick(10.0, 0), Tick(20.0, 0), Tick(30.0, 0)]


async def test_catching_up_runs_every_missed_slot() -> None:
    got = await ticks(MissedTick.CATCH_UP, 25.0, after=4)
    assert got == [Tick(10.0, 0), *(Tick(due, 0) for due in (20.0, 30.0, 40.0, 50.0))]


async def test_delaying_starts_a_new_period_from_now() -> None:
    assert await ticks(MissedTick.DELAY, 25.0) == [Tick(10.0, 0), Tick(45.0, 0), Tick(55.0, 0)]


async def test_a_phase_keeps_loops_from_beating_together() -> None:
    clock = VirtualClock()
    first = asyncio.create_task(Ticker(clock, 10.0, phase_s=3.0).tick())
    await clock.advance(2.9)
    assert not first.done()
    await clock.advance(0.1)
    assert await first == Tick(3.0, 0)


@pytest.mark.parametrize("period_s", [0.0, -1.0, float("nan")])
def test_a_period_must_be_positive(period_s: float) -> None:
    with pytest.raises(ValueError, match="above 0 s"):
        Ticker(VirtualClock(), period_s)


def test_pauses_grow_to_a_cap_and_are_jittered_by_half() -> None:
    for attempt in range(50):
        backoff = Backoff(1.0, 8.0, random.Random(attempt))
        pauses = [backoff.failed() for _ in range(6)]
        for pause, longest in zip(pauses, [1, 2, 4, 8, 8, 8], strict=True):
            assert longest / 2 <= pause <= longest


def test_a_device_dead_for_weeks_still_pauses() -> None:
    backoff = Backoff(0.5, 30.0)
    for _ in range(5_000):
        last = backoff.failed()
    assert 15 <= last <= 30
    assert backoff.failures == 5_000


def test_success_starts_the_pauses_over() -> None:
    backoff = Backoff(1.0, 8.0)
    for _ in range(5):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failures == 0
    assert backoff.failed() <= 1.0


def test_an_outage_is_logged_once_at_each_end() -> None:
    outage = Outage("modbus:lvyou")
    with capture_logs() as logged:
        outage.ends()
        for reason in ("refused", "refused", "reset"):
            outage.begins(reason)
        assert outage.reason == "reset"
        outage.ends()
        outage.ends()
    assert [entry["log_level"] for entry in logged] == ["warning", "info"]
    assert outage.reason is None


async def test_a_loop_runs_again_after_each_fault_of_the_field_until_it_returns() -> None:
    clock = VirtualClock()
    runs: list[float] = []

    async def run(well: Callable[[], None]) -> None:
        runs.append(clock.monotonic())
        if len(runs) < 4:
            raise LinkDown("connection refused")

    supervised = asyncio.create_task(keep_running("link", run, clock, Backoff(1.0, 4.0)))
    await clock.advance(60.0)
    assert supervised.done()
    gaps = [later - earlier for earlier, later in pairwise(runs)]
    assert [0.5 <= gaps[0] <= 1, 1 <= gaps[1] <= 2, 2 <= gaps[2] <= 4] == [True] * 3


async def test_being_well_starts_the_pauses_over() -> None:
    clock = VirtualClock()
    backoff = Backoff(1.0, 64.0)
    runs = 0

    async def run(well: Callable[[], None]) -> None:
        nonlocal runs
        runs += 1
        if runs == 6:
            return
        well()
        raise LinkDown("reset")

    supervised = asyncio.create_task(keep_running("link", run, clock, backoff))
    await clock.advance(5.0)
    assert supervised.done()
    assert backoff.failures == 1


async def test_a_mistake_of_ours_is_not_retried() -> None:
    async def run(well: Callable[[], None]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await keep_running("link", run, VirtualClock())


async def test_supervision_can_be_cancelled_in_a_pause() -> None:
    clock = VirtualClock()

    async def run(well: Callable[[], None]) -> None:
        raise LinkDown("refused")

    supervised = asyncio.create_task(keep_running("link", run, clock))
    await clock.advance(0.1)
    supervised.cancel()
    with pytest.raises(asyncio.CancelledError):
        await supervised
