"""What an OPC UA server says becomes value, quality and time. Pure.

Status codes after OPC UA Part 4, 7.39 and Part 8, 6.3. Only the upper 16 bits are compared: the
lower carry limit, overflow and semantics-changed flags.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from telemetry.quality import GOOD, Reason, Severity, bad, quality, uncertain

if TYPE_CHECKING:
    from asyncua import ua

_MASK = 0xFFFF0000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_KNOWN: dict[int, int] = {
    0x00000000: GOOD,
    0x00960000: quality(Severity.GOOD, Reason.MANUAL),  # GoodLocalOverride
    0x408F0000: uncertain(Reason.STALE),  # UncertainNoCommunicationLastUsableValue
    0x40900000: uncertain(Reason.STALE),  # UncertainLastUsableValue
    0x40910000: uncertain(Reason.SUBSTITUTED),  # UncertainSubstituteValue
    0x40920000: uncertain(Reason.SUBSTITUTED),  # UncertainInitialValue
    0x80050000: bad(Reason.COMM),  # BadCommunicationError
    0x800A0000: bad(Reason.TIMEOUT),  # BadTimeout
    0x801F0000: bad(Reason.CONFIG),  # BadUserAccessDenied
    0x80310000: bad(Reason.COMM),  # BadNoCommunication
    0x80320000: bad(Reason.WAITING),  # BadWaitingForInitialData
    0x80330000: bad(Reason.CONFIG),  # BadNodeIdInvalid
    0x80340000: bad(Reason.CONFIG),  # BadNodeIdUnknown
    0x80350000: bad(Reason.CONFIG),  # BadAttributeIdInvalid
    0x803A0000: bad(Reason.CONFIG),  # BadNotReadable
    0x803C0000: bad(Reason.OUT_OF_RANGE),  # BadOutOfRange
    0x80890000: bad(Reason.CONFIG),  # BadConfigurationError
    0x808A0000: bad(Reason.COMM),  # BadNotConnected
    0x808B0000: bad(Reason.DEVICE),  # BadDeviceFailure
    0x808C0000: bad(Reason.SENSOR),  # BadSensorFailure
    0x808D0000: bad(Reason.OUT_OF_SERVICE),  # BadOutOfService
}
_BY_SEVERITY = (GOOD, uncertain(Reason.SUSPECT), bad(Reason.DEVICE), bad(Reason.DEVICE))


class Sample(NamedTuple):
    """One node's answer; times in ns UTC, None where the server gave none."""

    value: float
    quality: int
    source_ns: int | None
    server_ns: int | None


class Placed(NamedTuple):
    """The time under which a sample is kept, and whether the source's clock is doubted."""

    time_ns: int
    doubtful: bool


def quality_of_status(code: int) -> int:
    """The quality byte of a 32-bit status code."""
    masked = code & _MASK
    return _KNOWN.get(masked, _BY_SEVERITY[masked >> 30])


def convert(answer: ua.DataValue) -> Sample:
    """Read one answer; what is no single number becomes BAD(type)."""
    code = answer.StatusCode.value if answer.StatusCode is not None else 0
    status = quality_of_status(code)
    content = answer.Value.Value if answer.Value is not None else None
    value = number(content)
    if value is None:
        value = math.nan
        if status < bad(Reason.NONE):
            status = bad(Reason.TYPE)
    return Sample(
        value, status, nanoseconds(answer.SourceTimestamp), nanoseconds(answer.ServerTimestamp)
    )


def number(content: object) -> float | None:
    """A number or a truth value as float; None for anything else."""
    if isinstance(content, (bool, int, float)):
        return float(content)
    return None


def nanoseconds(moment: datetime | None) -> int | None:
    """Nanoseconds since 1970 UTC; the library's times without zone are UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND * 1_000


def place_in_time(
    sample: Sample, received_ns: int, previous_ns: int | None, tolerance_ns: int
) -> Placed:
    """Choose the time of a polled sample.

    A source time that has not moved since the last read means "the same value, freshly read":
    the sample is as old as the reading, not as the last change. A source time that has moved
    and is still far from ours shows a wrong clock; the server's time, or ours, is used.

    Args:
        sample: what the server said.
        received_ns: our time.
        previous_ns: the source time of the read before, None at the first.
        tolerance_ns: how far a source's clock may be from ours.
    """
    server, source = sample.server_ns, sample.source_ns
    trusted = server is not None and abs(server - received_ns) <= tolerance_ns
    fresh = server if trusted and server is not None else received_ns
    if source is None:
        return Placed(fresh, doubtful=False)
    if source <= 0 or source > received_ns + tolerance_ns:
        return Placed(fresh, doubtful=True)
    if source == previous_ns:
        return Placed(max(source, fresh), doubtful=False)
    if source >= received_ns - tolerance_ns:
        return Placed(source, doubtful=False)
    # At first sight an old time may only say that the value has not changed since.
    return Placed(fresh, doubtful=previous_ns is not None)
