"""What a city can choose about its historian."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from telemetry.kinds import Kind
from telemetry.settings import Settings

Dialect = Literal["v2", "v1", "v3"]


class InfluxSettings(Settings):
    """An InfluxDB, or what speaks its language.

    Attributes:
        url: e.g. ``http://127.0.0.1:8086``.
        dialect: ``v2`` writes to ``/api/v2/write``; ``v1`` to ``/write``, for InfluxDB 1.x and
            VictoriaMetrics; ``v3`` to the v2-compatible endpoint of InfluxDB 3. All are read by
            InfluxQL over ``/query``.
        org: organisation, v2 only.
        bucket: bucket (v2) or database (v1, v3).
        retention_policy: v1 only; the empty string takes the database's default.
        token: of v2 and v3; never shown.
        user, password: of v1; never shown.
        timeout_s: of one request, in whole.
        batch_rows: samples in one request.
        in_flight: requests at the same time.
        gzip: compress requests; pays on a network, not on loopback.
    """

    url: str
    dialect: Dialect = "v2"
    org: str = ""
    bucket: str = "baotu"
    retention_policy: str = ""
    token: str = Field(default="", repr=False)
    user: str = ""
    password: str = Field(default="", repr=False)
    timeout_s: float = Field(default=10.0, gt=0)
    batch_rows: int = Field(default=5_000, ge=1, le=100_000)
    in_flight: int = Field(default=4, ge=1, le=32)
    gzip: bool = True


class Retention(Settings):
    """How long the samples of one kind of point are kept.

    Attributes:
        raw_days: every sample is kept so long; then only its minute's summary.
        keep_days: after that nothing is kept.
    """

    raw_days: float | None = Field(default=None, gt=0)
    keep_days: float | None = Field(default=None, gt=0)


class HistorianSettings(Settings):
    """The stores and the journal in front of them.

    Attributes:
        store: which store answers questions. An ``[historian.influxdb]`` beside the embedded
            store is fed as well.
        influxdb: where the InfluxDB is.
        directory: where readings are kept, relative to the data directory.
        hot_s: seconds of readings held in memory in front of the segments.
        segment_s: seconds of city time after which a segment is written.
        raw_days: every sample is kept so long; older ones live on as 1-minute summaries.
        keep_days: readings and summaries older than this are removed.
        kinds: other times for some kinds of points.
        journal_mib: the journal never grows beyond this.
        reserve_mib: of the disk, set aside so that alarms and the journal's own marks can still
            be written when others have filled it.
        sync: when the journal is forced to disk: once a second, or with every batch.
    """

    store: Literal["embedded", "influxdb"] = "embedded"
    influxdb: InfluxSettings | None = None
    directory: Path = Path("historian")
    hot_s: float = Field(default=900.0, gt=0)
    segment_s: float = Field(default=300.0, gt=0)
    raw_days: float = Field(default=400.0, gt=0)
    keep_days: float = Field(default=3_660.0, gt=0)
    kinds: dict[Kind, Retention] = Field(default_factory=dict)
    journal_mib: int = Field(default=2048, ge=8)
    reserve_mib: int = Field(default=32, ge=0)
    sync: Literal["second", "batch"] = "second"

    def raw_days_of(self, kind: Kind) -> float:
        """Days for which every sample of a point of this kind is kept."""
        own = self.kinds.get(kind)
        return self.raw_days if own is None or own.raw_days is None else own.raw_days

    def keep_days_of(self, kind: Kind) -> float:
        """Days for which anything of a point of this kind is kept; never less than raw."""
        own = self.kinds.get(kind)
        days = self.keep_days if own is None or own.keep_days is None else own.keep_days
        return max(days, self.raw_days_of(kind))
