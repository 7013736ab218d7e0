"""Time, as something that is handed in.

Rules, life cycle and every other pure part take the time as an argument; only loops hold a
:class:`Clock`. City time is what stands in batches and on the page. It is the real time in
earnest, faster in a demo, and moved by hand in tests.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 1_000_000_000
"""Nanoseconds in a second."""


class Clock(Protocol):
    """City time for loops."""

    def now(self) -> int:
        """City time, nanoseconds since 1970 UTC. May jump when somebody sets the clock."""
        ...

    def monotonic(self) -> float:
        """City seconds from an arbitrary origin; never goes back. Use it for intervals."""
        ...

    async def sleep_until(self, when: float) -> None:
        """Return once :meth:`monotonic` has reached ``when``; at once if it has already."""
        ...


class RealClock:
    """City time is the machine's time."""

    def now(self) -> int:
        """Wall-clock time of the machine, ns UTC."""
        return time.time_ns()

    def monotonic(self) -> float:
        """The machine's monotonic seconds."""
        return time.monotonic()

    async def sleep_until(self, when: float) -> None:
        """Sleep on the event loop."""
        await _sleep_off(lambda: when - time.monotonic())


class ScaledClock:
    """City time runs ``speed`` times as fast as the machine's, from ``start_ns`` on.

    Two processes that are given the same three numbers show the same city time.

    Args:
        speed: city seconds per real second, greater than 0.
        start_ns: city time at the anchor.
        anchor_ns: the machine's wall-clock time at which the city time was ``start_ns``.
    """

    def __init__(self, speed: float, start_ns: int, anchor_ns: int | None = None) -> None:
        if not speed > 0:
            raise ValueError(f"the speed of a clock must be above 0, got {speed}")
        self.speed = speed
        self.start_ns = start_ns
        self.anchor_ns = time.time_ns() if anchor_ns is None else anchor_ns
        self._anchor = time.monotonic() - (time.time_ns() - self.anchor_ns) / SECOND

    def now(self) -> int:
        """Scaled city time, ns UTC."""
        return self.start_ns + int((time.monotonic() - self._anchor) * self.speed * SECOND)

    def monotonic(self) -> float:
        """Scaled city seconds since the anchor."""
        return (time.monotonic() - self._anchor) * self.speed

    async def sleep_until(self, when: float) -> None:
        """Sleep on the event loop for the scaled remainder."""
        await _sleep_off(lambda: (when - self.monotonic()) / self.speed)


async def _sleep_off(left_s: Callable[[], float]) -> None:
    """Sleep until nothing is left; gives way to others at least once."""
    await asyncio.sleep(max(0.0, left_s()))
    # Event loops may wake a sleeper early by the grain of their timers.
    while (left := left_s()) > 0:  # noqa: ASYNC110 - time passes by itself, no event announces it
        await asyncio.sleep(left)


class VirtualClock:
    """City time moves only when told to; a day passes in milliseconds.

    Args:
        start_ns: first city time.
    """

    def __init__(self, start_ns: int = 1_767_225_600 * SECOND) -> None:
        self._start_ns = start_ns
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> int:
        """City time as last set, ns UTC."""
        return self._start_ns + round(self._elapsed * SECOND)

    def monotonic(self) -> float:
        """City seconds since the start."""
        return self._elapsed

    async def sleep_until(self, when: float) -> None:
        """Wait until somebody calls :meth:`advance` far enough."""
        if when <= self._elapsed:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (when, next(self._order), woken))
        await woken

    async def advance(self, seconds: float, *, settle: int = 20) -> None:
        """Move the time forward, waking each sleeper at its own instant.

        Args:
            seconds: how far, >= 0.
            settle: turns of the event loop given to the woken after each instant.
        """
        end = self._elapsed + seconds
        await self._settle(settle)
        while self._sleepers and self._sleepers[0][0] <= end:
            when, _, woken = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, when)
            if not woken.done():
                woken.set_result(None)
            if not (self._sleepers and self._sleepers[0][0] <= when):
                await self._settle(settle)
        self._elapsed = end
        await self._settle(settle)

    @staticmethod
    async def _settle(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
