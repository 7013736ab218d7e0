"""The service ends politely, in order, and in time."""

from __future__ import annotations

import asyncio

import pytest

from service.stopping import run_jobs, stop_after
from telemetry.clock import VirtualClock


async def test_jobs_end_one_after_the_other_what_feeds_others_first() -> None:
    ended: list[str] = []

    def job(name: str):
        async def run() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                ended.append(name)

        return run

    stop = asyncio.Event()
    jobs = {name: job(name) for name in ("collectors", "alarms", "store")}
    running = asyncio.ensure_future(run_jobs(jobs, stop))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stop.set()
    await running
    assert ended == ["collectors", "alarms", "store"]


async def test_a_job_that_fails_stops_the_others_loudly() -> None:
    others_ended = asyncio.Event()

    async def fails() -> None:
        raise RuntimeError("a mistake of ours")

    async def other() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            others_ended.set()

    with pytest.raises(ExceptionGroup) as raised:
        await run_jobs({"other": other, "fails": fails}, asyncio.Event())
    assert raised.group_contains(RuntimeError, match="a mistake of ours")
    assert others_ended.is_set()


async def test_a_job_that_will_not_end_does_not_hold_the_process_up_S10() -> None:
    refusals = 0

    async def stubborn() -> None:
        nonlocal refusals
        while refusals < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                refusals += 1

    stop = asyncio.Event()
    running = asyncio.ensure_future(run_jobs({"stubborn": stubborn}, stop, grace_s=0.05))
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(5):
        await running
    assert refusals == 2


async def test_timer_stops_the_service_after_its_seconds() -> None:
    clock, stop = VirtualClock(), asyncio.Event()
    timer = asyncio.ensure_future(stop_after(30, clock, stop))
    await clock.advance(29.9)
    assert not stop.is_set()
    await clock.advance(0.2)
    assert stop.is_set()
    timer.cancel()
