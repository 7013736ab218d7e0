"""The sorts of files that readings are exported to."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """What sort of file is written."""

    CSV = "csv"
    PARQUET = "parquet"
    LINES = "lines"


ENDINGS = {Format.CSV: "csv", Format.PARQUET: "parquet", Format.LINES: "line"}
"""How the names of such files end."""
