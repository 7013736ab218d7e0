"""One thread for what takes long in Python: reading texts, making rows, writing answers.

More than one would gain nothing beside the interpreter's lock, and the threads that the rest of
the service shares stay free.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


class Work:
    """Runs functions one after the other, beside the event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="influxql")

    async def __call__(self, function: Callable[[], _T]) -> _T:
        """What the function returns or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)
