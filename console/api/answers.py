"""The shapes of the API's answers; they make the OpenAPI description."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PointItem(Answer):
    """A point of the table."""

    name: str
    kind: str
    unit: str
    site: str
    title: str


class PointList(Answer):
    """Points."""

    items: list[PointItem]


class LatestItem(Answer):
    """The newest reading of a point; ``value`` is null when there is none."""

    point: str
    time: str | None
    value: float | None
    quality: str
    reason: str


class LatestList(Answer):
    """Newest readings."""

    items: list[LatestItem]


Row = list[str | float | int | None]


class Readings(Answer):
    """Readings of one point as rows; with ``bucket`` one row a bucket, empty ones included."""

    point: str
    unit: str
    columns: list[str]
    rows: list[Row]
    truncated: bool = Field(description="there are more; ask again from the last time on")


class GapRow(Answer):
    """A stretch without a usable value: ``reason`` is that of its bad samples, or ``no_data``."""

    start: str = Field(serialization_alias="from")
    end: str = Field(serialization_alias="to")
    reason: str


class GapList(Answer):
    """The gaps of one point, oldest first.

    ``resolution_s`` is 0 when every sample was looked at; else gaps shorter than it are not
    told apart from what is around them.
    """

    point: str
    rows: list[GapRow]
    resolution_s: float
    captured: float | None = Field(description="share of the values due that came, 0 to 1")


class TrendGap(Answer):
    """A gap on a chart; times in milliseconds since 1970 UTC."""

    start: float
    end: float
    reason: str


class Trend(Answer):
    """What a chart of one point draws.

    ``kind`` is ``raw`` (every sample, ``first`` to ``last`` alike) or ``columns`` (one row for
    each column of pixels). ``time`` is in milliseconds since 1970 UTC. ``worst`` is the worst
    quality byte; a gap is a row whose values are null, and stands in ``gaps`` with its reason.
    Gaps shorter than ``step_ms`` are not told apart.
    """

    point: str
    unit: str
    decimals: int
    title: str
    kind: str
    step_ms: float
    start: float
    end: float
    time: list[float]
    first: list[float | None]
    min: list[float | None]
    max: list[float | None]
    last: list[float | None]
    worst: list[int]
    gaps: list[TrendGap]
    captured: float | None = Field(description="share of the values due that came, 0 to 1")


class AlarmItem(Answer):
    """An alarm as it stands; ``stale`` while its data are lost and nobody knows."""

    id: str
    rule: str
    point: str
    priority: str
    priority_number: int
    state: str
    stale: bool
    since: str | None
    value: float | None
    limit: float | None
    unit: str
    decimals: int
    text: str
    texts: dict[str, str]
    place: dict[str, str]
    acknowledged_by: str | None
    acknowledged_at: str | None
    note: str | None
    cleared_at: str | None
    version: int


class AlarmList(Answer):
    """One page of alarms, newest first."""

    items: list[AlarmItem]
    next: str | None


class Acknowledgement(BaseModel):
    """What an operator sends: the version that was looked at, and a note."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field("", max_length=1000)
    version: int = Field(ge=1, strict=True)


class PathItem(Answer):
    """The figures of one path, in samples."""

    received: int
    stored: int
    buffered: int
    rejected: dict[str, int]
    dropped: dict[str, int]


class SinkItem(Answer):
    """A store that the journal feeds: ``ok``, ``retrying`` by itself, or ``refused``."""

    name: str
    condition: str
    reason: str
    waiting: int
    behind_s: float | None


class History(Answer):
    """How the journal and the stores behind it stand; what is not known is null."""

    journal_bytes: int
    journal_most_bytes: int
    seconds_left: float | None = Field(
        description="the journal holds out so long if the stores take nothing; null: not growing"
    )
    soon_full: bool = Field(description="it fills so fast that somebody should look at it")
    reserve_whole: bool
    stored_bytes: int | None
    segments: int | None
    quarantined: int
    sinks: list[SinkItem]
    backup: str | None


class DeviceItem(Answer):
    """How one device answers."""

    name: str
    protocol: str
    address: str
    connected: bool
    points: int
    last: str | None
    errors: dict[str, int]
    skipped: int
    reason: str


class DeviceList(Answer):
    """All devices."""

    items: list[DeviceItem]


class Health(Answer):
    """Whether the service lives, or whether its parts are ready."""

    status: str
    parts: dict[str, str] = {}
