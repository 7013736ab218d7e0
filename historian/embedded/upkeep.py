"""What keeps the segments few, summed up and no older than they should be, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.embedded.compaction import merge_minutes, merge_samples
from historian.embedded.listing import Change
from historian.embedded.merging import minutes_due, samples_due
from historian.embedded.summing import DaySum, Work, day_to_sum
from historian.embedded.thinning import earliest_unsummed, forgotten, thin, to_thin
from historian.retention import DAY_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.embedded.parquet import Parquet
    from historian.embedded.segments import Segments
    from historian.embedded.sizes import Sizes
    from historian.retention import Horizons


class Upkeep:
    """One thread at a time works with it; each call blocks for some seconds at most.

    A call that raises StoreError has changed nothing beyond what it had finished before.

    Args:
        segments, parquet: the files.
        sizes: how much is merged and summed up at a time.
    """

    def __init__(self, segments: Segments, parquet: Parquet, sizes: Sizes) -> None:
        self._segments = segments
        self._parquet = parquet
        self._sizes = sizes
        self._work = Work(segments, parquet, sizes)
        self._day: DaySum | None = None

    def compact(self) -> bool:
        """Merge small segments once; returns whether there was something to merge."""
        live = self._segments.live
        old = samples_due(live, self._sizes.fan_in, self._sizes.merged_rows)
        if old:
            merge_samples(old, self._segments, self._parquet, self._sizes.rows_per_file)
            return True
        due = minutes_due(live.minutes, self._sizes.fan_in)
        if due.rows:
            merge_minutes(due, self._segments, self._parquet, self._sizes.minutes_per_file)
        return bool(due.rows)

    def summarise(self, before_ns: int, through: int) -> bool:
        """Sum up a part of a day; returns whether there was something to do.

        Args:
            before_ns: days that ended before it are over.
            through: what is in segments.
        """
        day, self._day = self._day, None
        if day is None:
            due = day_to_sum(self._segments.live, before_ns // DAY_NS)
            if due is None:
                return False
            day = DaySum(self._work, due, through)
        if not day.step():
            self._day = day
        return True

    def retain(self, horizons: Horizons, numbers: NDArray[np.int32]) -> bool:
        """Move horizons on and give some of the disk back; returns whether there may be more.

        Args:
            horizons: of the points of the table.
            numbers: ``int32[n]``, the stable number of each point of the table.
        """
        live = self._segments.live
        raw = np.full(live.raw_from.shape[0], horizons.others_raw, dtype=np.int64)
        keep = np.full(live.keep_from.shape[0], horizons.others_keep, dtype=np.int64)
        raw[numbers], keep[numbers] = horizons.raw, horizons.keep
        # Samples stay as long as there is a day that has not been summed up.
        raw = np.maximum(live.raw_from, np.minimum(raw, earliest_unsummed(live)))
        keep = np.maximum(live.keep_from, keep)
        if not np.array_equal(raw, live.raw_from):
            self._segments.apply(Change(raw_from=raw))
        if not np.array_equal(keep, live.keep_from):
            self._forget(keep)
        thinned = next(to_thin(self._segments.live), None)
        if thinned is not None:
            thin(thinned, self._segments, self._parquet)
        return thinned is not None

    def prune(self, before_ns: int) -> None:
        """Forget everything before a time."""
        live = self._segments.live
        horizon = max(before_ns, int(live.keep_from.min()))
        self._forget(np.maximum(live.keep_from, before_ns), {"horizon": horizon})

    def _forget(self, keep: NDArray[np.int64], state: dict[str, int | bytes] | None = None) -> None:
        self._segments.apply(Change(keep_from=keep, state=state))
        change = forgotten(self._segments.live)
        if change.old or change.forgotten_days:
            self._segments.apply(change)
