"""What a city can choose about its historian."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from telemetry.settings import Settings


class HistorianSettings(Settings):
    """The embedded store and the journal in front of it.

    Attributes:
        directory: where readings are kept, relative to the data directory.
        hot_s: seconds of readings held in memory in front of the segments.
        segment_s: seconds of city time after which a segment is written.
        keep_days: readings older than this are removed.
        journal_mib: the journal never grows beyond this.
        sync: when the journal is forced to disk: once a second, or with every batch.
    """

    directory: Path = Path("historian")
    hot_s: float = Field(default=900.0, gt=0)
    segment_s: float = Field(default=300.0, gt=0)
    keep_days: float = Field(default=400.0, gt=0)
    journal_mib: int = Field(default=2048, ge=8)
    sync: Literal["second", "batch"] = "second"
