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
        merged_rows: no merging of more rows than that while the day goes on: it would take more
            than half a minute.
        rows_per_file: a merged file holds about so many samples: 130 MB while they are sorted,
            1.5 MB on disk.
        minutes_per_file: the same for minutes: 40 MB in memory, 5 MB on disk; a year of one
            point is a file.
    """

    segment_rows: int = 500_000
    hot_rows: int = 1_000_000
    fan_in: int = 6
    merged_rows: int = 120_000_000
    rows_per_file: int = 1_500_000
    minutes_per_file: int = 530_000


DEFAULT_SIZES = Sizes()
