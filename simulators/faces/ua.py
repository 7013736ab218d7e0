"""OPC UA's words in the types that asyncua wants, so that the faces read without casts."""

from __future__ import annotations

from datetime import UTC, datetime

from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uatypes import DateTime, Int16, Int32, NodeId, StatusCode, String, UInt32

from telemetry.clock import SECOND

__all__ = ["ObjectIds", "StatusCodes", "named", "source_time", "standard", "status"]


def standard(number: int) -> NodeId:
    """A node of the standard's own namespace, e.g. ``ObjectIds.Server``."""
    return NodeId(Int32(number))


def named(name: str, space: int) -> NodeId:
    """``ns=<space>;s=<name>``."""
    return NodeId(String(name), Int16(space))


def status(code: int) -> StatusCode:
    """A status code, e.g. ``StatusCodes.BadOutOfRange``."""
    return StatusCode(UInt32(code))


def source_time(time_ns: int, skew_s: float = 0.0) -> DateTime:
    """City time as OPC UA shows it, to the microsecond."""
    time = datetime.fromtimestamp(time_ns / SECOND + skew_s, UTC)
    return DateTime(
        time.year, time.month, time.day, time.hour, time.minute, time.second, time.microsecond, UTC
    )
