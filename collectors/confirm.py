"""Reading back after a write, the same for every protocol."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from collectors.errors import LinkError
from collectors.link import Mismatch, Unknown, Written

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from collectors.link import WriteOutcome

_PAUSE_S = 0.1
_FLOAT32 = 1e-6
"""Relative; a device may hold the value as a 32-bit float."""


async def confirm(
    read_back: Callable[[], Awaitable[float | Unknown]],
    wanted: float,
    asked: float,
    timeout_s: float,
) -> WriteOutcome:
    """Read the written place until it shows the value or the deadline passes.

    Args:
        read_back: gives the shown canonical value, or why it cannot be read.
        wanted: what the device shows once it holds the value, rounded as it rounds.
        asked: what was asked for.
        timeout_s: total deadline, real seconds.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while True:
        try:
            shown = await read_back()
        except LinkError as error:
            return Unknown(f"written, but the link broke before it could be read back ({error})")
        if isinstance(shown, Unknown):
            return shown
        if math.isclose(shown, wanted, rel_tol=_FLOAT32, abs_tol=1e-9):
            return Written(shown)
        if loop.time() + _PAUSE_S > deadline:
            return Mismatch(asked, shown)
        await asyncio.sleep(_PAUSE_S)
