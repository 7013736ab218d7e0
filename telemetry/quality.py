"""How far a value may be trusted, in one byte.

After OPC UA Part 8: the two high bits are the severity, the six low bits the reason.
Because severity stands high, *larger is worse*: the worst quality of a set is its maximum,
and a consumer states the least quality it accepts by comparing severities.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Severity(IntEnum):
    """GOOD may be acted on, UNCERTAIN may be shown, BAD is no value at all."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2

    @property
    def word(self) -> str:
        """The word used in the API and in files: ``good``, ``uncertain`` or ``bad``."""
        return self.name.lower()


class Reason(IntEnum):
    """Why a quality is what it is."""

    NONE = 0
    COMM = 1  # the link failed: refused, reset, closed
    TIMEOUT = 2  # the device did not answer inside the deadline
    SENSOR = 3  # the device says that its sensor failed, or sent its sentinel
    CONFIG = 4  # the device refuses the address: our configuration is wrong
    DEVICE = 5  # the device says that it is faulty
    GATEWAY = 6  # a gateway could not reach the unit behind it
    BUSY = 7  # the device asks to be read later
    STALE = 8  # no new value within the expected time
    MAINTENANCE = 9  # cleaning, calibration, service mode
    MANUAL = 10  # set by hand or overridden on site
    SUBSTITUTED = 11  # computed or replaced, not measured
    OUT_OF_RANGE = 12  # outside what is physically possible or what the instrument can measure
    CLOCK = 13  # the source's clock is wrong; server time was used
    NAN = 14  # not a number, or infinite
    TYPE = 15  # the source changed the type, or sent something that is not a number
    WAITING = 16  # nothing has been read yet
    PROTOCOL = 17  # the reply did not answer the question: wrong function, count, unit
    LATE = 18  # measured long before it arrived; true, but not the present
    SUSPECT = 19  # the device itself doubts the value
    OUT_OF_SERVICE = 20  # taken out of service at the source

    @property
    def word(self) -> str:
        """The word used in the API and in files, e.g. ``out_of_range``."""
        return self.name.lower()


_REASON_BITS = 6
_REASON_MASK = 0x3F


def quality(severity: Severity, reason: Reason = Reason.NONE) -> int:
    """Pack a severity and its reason into one byte."""
    return (severity << _REASON_BITS) | reason


GOOD = quality(Severity.GOOD)


def uncertain(reason: Reason) -> int:
    """An uncertain quality with its reason, as a byte."""
    return quality(Severity.UNCERTAIN, reason)


def bad(reason: Reason) -> int:
    """A bad quality with its reason, as a byte."""
    return quality(Severity.BAD, reason)


def severity_of(code: int) -> Severity:
    """The severity of one quality byte."""
    return Severity(int(code) >> _REASON_BITS)


def reason_of(code: int) -> Reason:
    """The reason of one quality byte."""
    return Reason(int(code) & _REASON_MASK)


def severities(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Severities of an array of quality bytes, same shape, values 0, 1, 2."""
    result: NDArray[Any] = codes >> _REASON_BITS
    return result
