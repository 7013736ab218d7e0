"""From readings to one believable value of one station and interval; pure, on arrays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from feed.published import Withheld
from telemetry.quality import Reason, Severity, reason_of, severities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.queries import Series

_MEASURED = (Reason.NONE, Reason.LATE)
"""Reasons that a GOOD reading may carry and still be a measurement; one set by hand is not."""

_WHY = {
    Reason.MAINTENANCE: Withheld.MAINTENANCE,
    Reason.OUT_OF_SERVICE: Withheld.MAINTENANCE,
    Reason.MANUAL: Withheld.NOT_MEASURED,
    Reason.SUBSTITUTED: Withheld.NOT_MEASURED,
    Reason.COMM: Withheld.NO_CONNECTION,
    Reason.TIMEOUT: Withheld.NO_CONNECTION,
    Reason.GATEWAY: Withheld.NO_CONNECTION,
    Reason.BUSY: Withheld.NO_CONNECTION,
    Reason.PROTOCOL: Withheld.NO_CONNECTION,
    Reason.CONFIG: Withheld.NO_CONNECTION,
    Reason.STALE: Withheld.NO_DATA,
    Reason.WAITING: Withheld.NO_DATA,
    Reason.NONE: Withheld.NO_DATA,
}
"""What the public is told; every other reason is a fault of the instrument."""


@dataclass(frozen=True, slots=True)
class Validation:
    """How much of an interval must be valid before its mean is published.

    The only published rule known to us for means of online readings asks for three quarters of
    the time (Directive 2008/50/EC, Annex XI, hourly means; it is about air). The figure has not
    been compared with the original text, and no Chinese standard is known that gives one.

    Attributes:
        least_share: of the readings that came, so many must be valid.
        least_capture: of the interval's time, so much must be covered by valid readings.
    """

    least_share: float = 0.75
    least_capture: float = 0.75


@dataclass(frozen=True, slots=True)
class StationValue:
    """What one station contributes to one interval.

    Attributes:
        value: mean of the valid readings, not rounded; None where it is withheld.
        reason: why it is withheld.
        received: readings that came.
        valid: those of them that are measurements of good quality.
        capture: share of the interval's time that valid readings cover.
    """

    value: float | None
    reason: Withheld | None
    received: int
    valid: int
    capture: float


def station_value(
    series: Series, start: int, end: int, expected_ns: int, rules: Validation
) -> StationValue:
    """Judge one station's readings of one interval.

    Only the quality of the readings counts, never their size: a value that is bad news is
    published like any other. Impossible values have come with BAD quality already.

    Args:
        series: its readings, some time before ``start`` included.
        start: of the interval, ns.
        end: of the interval, ns, not within it.
        expected_ns: a reading speaks for so long.
        rules: how much must be valid.
    """
    valid = _valid(series)
    inside = (series.time >= start) & (series.time < end)
    received, good = int(inside.sum()), int((inside & valid).sum())
    capture = _covered(series.time[valid], start, end, expected_ns)
    enough = good and good >= rules.least_share * received and capture >= rules.least_capture
    if not enough:
        reason = _reason(series.quality[inside & ~valid], received)
        return StationValue(None, reason, received, good, capture)
    mean = float(series.value[inside & valid].mean())
    return StationValue(mean, None, received, good, capture)


def _valid(series: Series) -> NDArray[np.bool_]:
    reasons = series.quality & 0x3F
    good = severities(series.quality) == Severity.GOOD
    valid: NDArray[np.bool_] = good & np.isin(reasons, _MEASURED) & np.isfinite(series.value)
    return valid


def _covered(time: NDArray[np.int64], start: int, end: int, expected_ns: int) -> float:
    """Share of the interval that lies within ``expected_ns`` after a reading."""
    if not len(time):
        return 0.0
    until = np.minimum(time + expected_ns, np.append(time[1:], end))
    covered = np.clip(until, start, end) - np.clip(time, start, end)
    return float(np.maximum(covered, 0).sum() / (end - start))


def _reason(refused: NDArray[np.uint8], received: int) -> Withheld:
    if not received:
        return Withheld.NO_DATA
    if not len(refused):
        return Withheld.TOO_FEW
    why = Counter(_WHY.get(reason_of(int(q)), Withheld.INSTRUMENT_FAULT) for q in refused)
    return commonest(why)


def commonest(why: Counter[Withheld]) -> Withheld:
    """The reason given most often; of equals the first in the order of the enum."""
    order = list(Withheld)
    return min(why, key=lambda reason: (-why[reason], order.index(reason)))
