"""Spans and instants as InfluxDB writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from historian.influxql.errors import ParseError, StatementError
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

MILLISECOND = SECOND // 1_000
MICROSECOND = SECOND // 1_000_000
UNITS = {
    "ns": 1,
    "u": MICROSECOND,
    "µ": MICROSECOND,
    "us": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3_600 * SECOND,
    "d": 86_400 * SECOND,
    "w": 604_800 * SECOND,
}
EPOCHS = {"n": 1, **{key: UNITS[key] for key in ("ns", "u", "µ", "ms", "s", "m", "h")}}
"""Units of time in an answer, by what a client asks for."""

_SPAN = re.compile(r"([0-9]+)(ns|us|ms|[uµsmhdw])")
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?)?"
)
_LONGEST_SPAN = 2**63


def duration_ns(text: str) -> int:
    """The length of ``1h30m``.

    Raises:
        ParseError: longer than 292 years.
    """
    total = sum(int(number[:20]) * UNITS[unit] for number, unit in _SPAN.findall(text))
    if total >= _LONGEST_SPAN:
        raise ParseError(f"the duration {text[:20]} is longer than 292 years")
    return total


def zone_named(name: str) -> ZoneInfo:
    """The time zone of a name such as ``Asia/Shanghai``.

    Raises:
        ParseError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ParseError(f"unable to find time zone {name}") from None


def instant_ns(text: str, zone: tzinfo) -> int:
    """The instant of ``2026-01-01T12:00:00.5Z``, ``2026-01-01 12:00:00`` or ``2026-01-01``.

    Args:
        text: as written.
        zone: of a text that names none.

    Raises:
        StatementError: it is no instant.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise StatementError(
            "invalid operation: time and *influxql.StringLiteral are not compatible"
        )
    try:
        moment = datetime(*(int(part or 0) for part in found.groups()[:6]), tzinfo=zone)  # type: ignore[arg-type, misc]  # six numbers
        if found[8]:
            moment = moment.replace(
                tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{found[8]}").tzinfo
            )
        whole = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise StatementError(f"{text!r} is no time: {error}") from None
    return whole * SECOND + int((found[7] or "").ljust(9, "0"))


def writer(epoch: str, zone: tzinfo) -> Callable[[int], int | str]:
    """How the times of an answer are written.

    Args:
        epoch: a key of :data:`EPOCHS`, or the empty string for RFC 3339.
        zone: of RFC 3339 times.
    """
    if epoch:
        unit = EPOCHS[epoch]
        return lambda time_ns: time_ns // unit
    return lambda time_ns: _rfc3339(time_ns, zone)


def _rfc3339(time_ns: int, zone: tzinfo) -> str:
    moment = datetime.fromtimestamp(time_ns // SECOND, zone)
    fraction = f".{time_ns % SECOND:09d}".rstrip("0").rstrip(".")
    offset = moment.strftime("%z")
    shown = "Z" if moment.utcoffset() == timedelta(0) else f"{offset[:3]}:{offset[3:5]}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{shown}"
