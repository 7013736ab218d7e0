"""From stations to one value for each district, water and kind; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from feed.published import PUBLISHED, Remark, rounded, unit_of
from feed.shape import Latest, Limit, Named, Titled, Value
from feed.validation import Validation, commonest, station_value
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from feed.plan import FeedPlan, Group, PublicLimit
    from feed.published import Withheld
    from feed.validation import StationValue
    from historian.queries import Series
    from telemetry.text import Text

METHOD = "online"


@dataclass(frozen=True, slots=True)
class Interval:
    """The time that one value stands for, ns, half-open."""

    start: int
    end: int


def build_snapshot(
    plan: FeedPlan,
    readings: Mapping[int, Series],
    interval: Interval,
    *,
    now: int,
    written_at: int,
    rules: Validation | None = None,
) -> Latest:
    """The values of one interval.

    Args:
        plan: what is published.
        readings: by index into the point table; those of a point begin at least its
            ``expected_ns`` before the interval.
        interval: which.
        now: city time of the publication, ns.
        written_at: the machine's time, ns.
        rules: how much of an interval must be valid; None takes the usual.
    """
    zone = plan.timezone
    start, end = local_time(interval.start, zone), local_time(interval.end, zone)
    values = tuple(
        _value(group, _judged(group, readings, interval, rules or Validation()), start, end)
        for group in plan.groups
    )
    return Latest(
        title=titled(plan.title),
        timezone=zone.key,
        day=start.date(),
        from_=start,
        to=end,
        published_at=local_time(now, zone),
        written_at=datetime.fromtimestamp(written_at // SECOND, UTC),
        districts=tuple(Named(name=d.name, title=titled(d.title)) for d in plan.districts),
        values=values,
    )


def _judged(
    group: Group, readings: Mapping[int, Series], interval: Interval, rules: Validation
) -> list[StationValue]:
    return [
        station_value(readings[s.point], interval.start, interval.end, s.expected_ns, rules)
        for s in group.stations
    ]


def _value(group: Group, judged: Sequence[StationValue], start: datetime, end: datetime) -> Value:
    """One value out of its stations; every comparison is made before rounding."""
    decimals = PUBLISHED[group.kind].decimals
    pairs = zip(judged, group.stations, strict=True)
    known = [(j.value, s.limit) for j, s in pairs if j.value is not None]
    means = [value for value, _ in known]
    limited = [(value, limit) for value, limit in known if limit is not None]
    outside = sum(not limit.holds(value) for value, limit in limited)
    low = rounded(min(means), decimals) if means else None
    high = rounded(max(means), decimals) if means else None
    received = sum(j.received for j in judged)
    return Value(
        district=group.district,
        water=group.water.value,
        kind=group.kind.value,
        unit=unit_of(group.kind),
        decimals=decimals,
        value=rounded(float(np.median(means)), decimals) if means else None,
        min=low,
        max=high,
        stations=len(means),
        stations_total=len(judged),
        stations_outside=outside,
        from_=start,
        to=end,
        limit=limit_document(group.limit),
        within_limit=outside == 0 if limited else None,
        remark=_remark(group.limit, low, high) if outside else None,
        provisional=True,
        method=METHOD,
        validated_share=_share(sum(j.valid for j in judged), received) if received else None,
        data_capture=_share(sum(j.capture for j in judged), len(judged)),
        reason=None if means else _reason(judged),
    )


def _share(part: float, whole: float) -> float:
    """Rounded towards nothing: what is not whole must not read as 1."""
    return float(int(part / whole * 1_000 + 1e-9) / 1_000)


def _remark(limit: PublicLimit | None, low: float | None, high: float | None) -> str:
    seems_inside = all(limit is None or v is None or limit.holds(v) for v in (low, high))
    return (Remark.OUTSIDE_BEFORE_ROUNDING if seems_inside else Remark.OUTSIDE).value


def _reason(judged: Sequence[StationValue]) -> str:
    why: Counter[Withheld] = Counter(j.reason for j in judged if j.reason is not None)
    return commonest(why).value


def limit_document(limit: PublicLimit | None) -> Limit | None:
    """A limit as it is published."""
    if limit is None:
        return None
    return Limit(
        low=limit.low,
        high=limit.high,
        source=limit.source,
        edition=limit.edition,
        verified=limit.verified,
    )


def titled(text: Text) -> Titled:
    """A text as it is published."""
    return Titled(zh=text.zh, en=text.en)


def local_time(time_ns: int, zone: ZoneInfo) -> datetime:
    """A city time as the people who live there write it, to the second."""
    return datetime.fromtimestamp(time_ns // SECOND, UTC).astimezone(zone)
