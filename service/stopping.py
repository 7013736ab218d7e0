"""How the process ends: once politely within ten seconds, at the second request at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from telemetry.clock import Clock

_log = structlog.get_logger()

_SECOND_SIGNAL_STATUS = 130


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set ``stop`` at the first SIGINT or SIGTERM; end the process at the second."""
    loop = asyncio.get_running_loop()

    def asked(name: str) -> None:
        if stop.is_set():
            _log.warning("second signal: ending at once", signal=name)
            os._exit(_SECOND_SIGNAL_STATUS)
        _log.info("stopping", signal=name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number.name)


async def run_jobs(
    jobs: Mapping[str, Callable[[], Awaitable[None]]], stop: asyncio.Event, grace_s: float = 8.0
) -> None:
    """Run every job in one task group until ``stop`` is set or one of them fails.

    Jobs are cancelled in the order in which they stand, each given the chance to end before
    the next is cancelled, so that what feeds others stands first.

    Args:
        jobs: by name; the name shows in the log and in debuggers.
        stop: set to end them all.
        grace_s: real seconds for all of them together; what is left then is abandoned.

    Raises:
        ExceptionGroup: a job failed; the others were cancelled.
    """

    async def run(job: Callable[[], Awaitable[None]]) -> None:
        await job()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(job), name=name) for name, job in jobs.items()]
        await stop.wait()
        try:
            async with asyncio.timeout(grace_s):
                for task in tasks:
                    task.cancel()
                    await asyncio.wait([task])
        except TimeoutError:
            left = [task.get_name() for task in tasks if not task.done()]
            _log.warning("jobs did not end in time", jobs=left)
            for task in tasks:
                task.cancel()


async def stop_after(seconds: float, clock: Clock, stop: asyncio.Event) -> None:
    """Set ``stop`` after ``seconds`` on ``clock``, then wait to be cancelled."""
    await clock.sleep_until(clock.monotonic() + seconds)
    stop.set()
    await asyncio.Event().wait()


async def stop_at_eof(stop: asyncio.Event) -> None:
    """Set ``stop`` when standard input ends.

    Whoever started us holds our standard input open; when it dies, the pipe ends.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
    stop.set()
