"""Three clocks with one meaning of time."""

from __future__ import annotations

import asyncio
import time

import pytest
import uvloop

from telemetry.clock import SECOND, Clock, RealClock, ScaledClock, VirtualClock

NEW_YEAR_2026 = 1_767_225_600 * SECOND


async def test_virtual_time_stands_still_until_it_is_moved() -> None:
    clock = VirtualClock()
    assert (clock.now(), clock.monotonic()) == (NEW_YEAR_2026, 0.0)
    await clock.advance(1.5)
    assert (clock.now(), clock.monotonic()) == (NEW_YEAR_2026 + 1_500_000_000, 1.5)


async def test_each_sleeper_wakes_at_its_own_instant_and_in_order() -> None:
    clock = VirtualClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, when: float) -> None:
        await clock.sleep_until(when)
        woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as tasks:
        for name, when in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("a2", 1.0)):
            tasks.create_task(sleeper(name, when))
        await clock.advance(10.0)
    assert woken == [("a", 1.0), ("a2", 1.0), ("b", 2.0), ("c", 3.0)]


async def test_a_loop_that_sleeps_again_is_woken_again_within_one_move() -> None:
    clock = VirtualClock()
    beats: list[float] = []

    async def beat() -> None:
        for n in range(1, 25):
            await clock.sleep_until(n * 3600.0)
            beats.append(clock.monotonic())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(beat())
        await clock.advance(86_400.0)
    assert beats == [n * 3600.0 for n in range(1, 25)]


async def test_a_sleeper_beyond_the_move_sleeps_on() -> None:
    clock = VirtualClock()
    sleeper = asyncio.create_task(clock.sleep_until(5.0))
    await clock.advance(4.9)
    assert not sleeper.done()
    await clock.advance(0.1)
    assert sleeper.done()


async def test_a_cancelled_sleeper_harms_nobody() -> None:
    clock = VirtualClock()
    gone = asyncio.create_task(clock.sleep_until(1.0))
    stays = asyncio.create_task(clock.sleep_until(1.0))
    await asyncio.sleep(0)
    gone.cancel()
    await clock.advance(1.0)
    assert stays.done()
    assert gone.cancelled()


@pytest.mark.parametrize("clock", [VirtualClock(), RealClock(), ScaledClock(60.0, 0)])
async def test_a_time_that_has_passed_is_not_slept_for(clock: Clock) -> None:
    async with asyncio.timeout(5):
        await clock.sleep_until(clock.monotonic() - 1.0)


def test_a_scaled_clock_runs_at_its_speed_from_its_start() -> None:
    anchor = time.time_ns() - 10 * SECOND
    clock = ScaledClock(60.0, NEW_YEAR_2026, anchor)
    assert clock.now() - NEW_YEAR_2026 == pytest.approx(600 * SECOND, abs=30 * SECOND)
    assert clock.monotonic() == pytest.approx(600, abs=30)


def test_two_processes_with_the_same_numbers_show_the_same_city_time() -> None:
    anchor = time.time_ns() - 5 * SECOND
    one, other = ScaledClock(60.0, 0, anchor), ScaledClock(60.0, 0, anchor)
    assert one.now() == pytest.approx(other.now(), abs=6 * SECOND)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_clock_that_would_not_run_forward_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        ScaledClock(speed, 0)


@pytest.mark.parametrize("clock", [RealClock(), ScaledClock(30.0, 0)])
def test_nobody_wakes_before_the_time_on_the_services_event_loop(clock: Clock) -> None:
    async def early_s() -> float:
        worst = 0.0
        for _ in range(20):
            when = clock.monotonic() + 0.0104
            await clock.sleep_until(when)
            worst = max(worst, when - clock.monotonic())
        return worst

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(early_s()) == 0.0


def test_the_real_clock_is_the_machines() -> None:
    before, shown, after = time.time_ns(), RealClock().now(), time.time_ns()
    assert before <= shown <= after
