"""The whole service as a measurement needs it; the composition root hands it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from config.city import City
    from telemetry.clock import Clock


@dataclass(frozen=True, slots=True)
class House:
    """How the service is built and run.

    Attributes:
        compose: from a city, a data directory and a clock to all parts.
        jobs: the loops of the parts, given what to call once the page answers.
    """

    compose: Callable[[City, Path, Clock], AbstractAsyncContextManager[Any]]
    jobs: Callable[[Any, Callable[[str], None]], dict[str, Callable[[], Awaitable[None]]]]
