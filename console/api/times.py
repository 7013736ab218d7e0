"""Times in the API: ISO 8601 with offset."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from console.wording import city_time
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(2262, 1, 1, tzinfo=UTC)
"""Nanoseconds since 1970 fit into 64 bits until April of that year."""


def _representable(time: datetime) -> datetime:
    if not _FIRST <= time <= _LAST:
        raise ValueError("a time must lie between 1970 and 2262")
    return time


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_representable),
    Field(description="ISO 8601 with offset, e.g. 2026-03-02T08:00:00+08:00"),
]
"""A query parameter that is a time; one without an offset, or far off, is refused."""


def iso(time_ns: int | None, timezone: ZoneInfo) -> str | None:
    """A time as the API writes it, or None where there is none."""
    if time_ns is None:
        return None
    return city_time(time_ns, timezone).isoformat(timespec="milliseconds")


def to_ns(time: datetime) -> int:
    """Nanoseconds since 1970 UTC of an aware datetime, exact to the microsecond."""
    return int(time.timestamp()) * SECOND + time.microsecond * 1000
