"""How much the embedded store holds, writes and merges at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Chosen so that 50,000 samples a second leave the process well under 400 MiB.

    Attributes:
        segment_rows: a segment is written at once when so many rows wait.
        hot_rows: rows in memory at most; one takes 29 bytes.
        fan_in: so many writings of one day and level are merged into one of the next.
        rows_per_file: a merged file holds about so many rows: 60 MB while it is sorted, 4 MB on
            disk.
    """

    segment_rows: int = 500_000
    hot_rows: int = 1_000_000
    fan_in: int = 6
    rows_per_file: int = 2_000_000


DEFAULT_SIZES = Sizes()
