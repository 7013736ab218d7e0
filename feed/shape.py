"""The published documents' shape; stable, and described in docs/how-to/public-feed.md.

Written by the publisher and read by the server, which may run on another machine and another
version: fields may be added, none is renamed or changes its meaning while ``version`` is 1.
Kinds, waters, reasons and remarks are codes here; what they are called stands in :class:`Meta`,
so that a server shows what a newer publisher writes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ROW = (
    "from",
    "to",
    "value",
    "min",
    "max",
    "stations",
    "stations_total",
    "stations_outside",
    "within_limit",
    "remark",
    "validated_share",
    "data_capture",
    "reason",
)
"""Columns of a day's rows: what changes from interval to interval; named as in a value."""


class _Document(BaseModel):
    """Immutable; fields of a later version are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    def as_json(self) -> bytes:
        """The document as it is published."""
        return self.model_dump_json(by_alias=True).encode()


class Titled(_Document):
    """A text in both languages."""

    zh: str
    en: str


class Named(_Document):
    """A name as it stands in values, and what people call it."""

    name: str
    title: Titled


class Limit(_Document):
    """A limit with where it comes from."""

    low: float | None
    high: float | None
    source: str
    edition: str
    verified: bool


class Value(_Document):
    """One published value: a district, a kind of water, a kind of quantity, an interval.

    Attributes:
        value: median of the stations' means; None where it is withheld.
        min, max: lowest and highest of the stations' means.
        stations: how many contributed.
        stations_total: how many there are.
        stations_outside: how many means lie outside their limit, compared before rounding.
        within_limit: whether none does; None without a limit or a value.
        remark: code; see meta.
        validated_share: of the readings that came, those that are valid.
        data_capture: of the interval's time, what valid readings cover, over all stations.
        reason: code, why the value is withheld.
    """

    district: str
    water: str
    kind: str
    unit: str
    decimals: int
    value: float | None
    min: float | None
    max: float | None
    stations: int
    stations_total: int
    stations_outside: int
    from_: datetime = Field(validation_alias="from", serialization_alias="from")
    to: datetime
    limit: Limit | None
    within_limit: bool | None
    remark: str | None
    provisional: bool
    method: str
    validated_share: float | None
    data_capture: float
    reason: str | None


class Latest(_Document):
    """The newest interval.

    Attributes:
        day: whose day file holds it.
        published_at: by the city's clock.
        written_at: by the clock of the machine that wrote it; tells that publication stopped.
        stale: publication has stopped, so that every value is withheld.
    """

    version: Literal[1] = 1
    title: Titled
    timezone: str
    day: date
    from_: datetime = Field(validation_alias="from", serialization_alias="from")
    to: datetime
    published_at: datetime
    written_at: datetime
    stale: bool = False
    districts: tuple[Named, ...]
    values: tuple[Value, ...]


class DaySeries(_Document):
    """All values of one district, water, kind and limit on one day.

    Attributes:
        rows: one list for each interval, in the order of the day's ``columns``.
    """

    district: str
    water: str
    kind: str
    unit: str
    decimals: int
    limit: Limit | None
    method: str
    provisional: bool
    rows: list[list[float | int | bool | str | None]]


class Day(_Document):
    """One day; ``complete`` days never change again."""

    version: Literal[1] = 1
    day: date
    timezone: str
    complete: bool
    columns: tuple[str, ...]
    series: tuple[DaySeries, ...]


class KindMeta(Named):
    """A kind of quantity."""

    unit: str
    decimals: int


class LimitMeta(_Document):
    """Where a limit applies."""

    water: str
    kind: str
    limit: Limit


class Meta(_Document):
    """How the values are made, and what the codes mean.

    Attributes:
        refresh_s: seconds by the machine's clock between two publications.
        licence: on which terms the values may be used.
        how: how a value comes about, a sentence a step.
    """

    version: Literal[1] = 1
    title: Titled
    timezone: str
    delay_s: float
    interval_s: float
    history_days: float
    refresh_s: float
    licence: Titled
    rounding: Titled
    how: tuple[Titled, ...]
    districts: tuple[Named, ...]
    waters: tuple[Named, ...]
    kinds: tuple[KindMeta, ...]
    limits: tuple[LimitMeta, ...]
    reasons: tuple[Named, ...]
    remarks: tuple[Named, ...]
    columns: tuple[Named, ...]
