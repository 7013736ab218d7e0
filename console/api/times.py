"""Times in the API: ISO 8601 with offset."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field

from console.wording import city_time
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Instant = Annotated[
    AwareDatetime,
    Field(description="ISO 8601 with offset, e.g. 2026-03-02T08:00:00+08:00"),
]
"""A query parameter that is a time; one without an offset is refused."""


def iso(time_ns: int | None, timezone: ZoneInfo) -> str | None:
    """A time as the API writes it, or None where there is none (None or 0)."""
    return city_time(time_ns, timezone).isoformat(timespec="milliseconds") if time_ns else None


def to_ns(time: datetime) -> int:
    """Nanoseconds since 1970 UTC of an aware datetime, exact to the microsecond."""
    return int(time.timestamp()) * SECOND + time.microsecond * 1000
