"""What every test may use."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def eventually() -> Callable[..., object]:
    """Wait (asynchronously) until a condition holds; fail with its name after a deadline."""

    async def wait(condition: Callable[[], object], what: str, deadline_s: float = 20.0) -> object:
        end = time.monotonic() + deadline_s
        while True:
            found = condition()
            if found:
                return found
            assert time.monotonic() < end, f"waited {deadline_s} s in vain until {what}"
            await asyncio.sleep(0)

    return wait
