"""The event loop: uvloop where it can be had."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telemetry.errors import BaotuError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """The fastest event loop that this platform has; asyncio's own does the same, slower."""
    try:
        import uvloop  # noqa: PLC0415 - not built for every platform
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def run_loop(main: Coroutine[object, object, None]) -> None:
    """Run ``main`` to its end on a new event loop.

    Raises:
        BaotuError: the only thing that went wrong, taken out of the groups around it.
        BaseExceptionGroup: several things went wrong, or a mistake of ours.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(main)
        except BaseExceptionGroup as group:
            raise _only_sentence(group) or group from None


def _only_sentence(group: BaseExceptionGroup[BaseException]) -> BaotuError | None:
    """The single error of ours in nested groups, or None."""
    if len(group.exceptions) != 1:
        return None
    inner = group.exceptions[0]
    if isinstance(inner, BaseExceptionGroup):
        return _only_sentence(inner)
    return inner if isinstance(inner, BaotuError) else None
