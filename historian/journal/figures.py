"""How the journal stands, for the page and for those who watch it."""

from __future__ import annotations

from dataclasses import dataclass

from historian.journal.growth import seconds_left


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """How the journal stands at one moment.

    Attributes:
        first, last, synced: oldest and newest sequence, and the newest on the platter.
        bytes, most_bytes: in its segments, and allowed.
        free_bytes: of the disk, as of the last sync; the reserve is not in it.
        reserve_bytes, whole_reserve_bytes: set aside for a full disk now, and when all is well.
        growth_bytes_per_s: written a second, smoothed over some minutes; what readers let go of
            is not subtracted.
        waiting: samples that each reader has not passed yet.
        backlog: of each reader that serves live readings first, those that it has put off.
    """

    first: int
    last: int
    synced: int
    bytes: int
    most_bytes: int
    free_bytes: int
    reserve_bytes: int
    whole_reserve_bytes: int
    growth_bytes_per_s: float
    waiting: dict[str, int]
    backlog: dict[str, int]

    @property
    def reserve_whole(self) -> bool:
        """Whether all of the reserve is there; False tells of a disk that is, or was, full."""
        return self.reserve_bytes >= self.whole_reserve_bytes

    @property
    def room_bytes(self) -> int:
        """What may still be written: up to the bound, or up to the end of the disk."""
        return max(0, min(self.most_bytes - self.bytes, self.free_bytes))

    @property
    def seconds_left(self) -> float | None:
        """How long the room lasts if no reader moves any more; None while nothing is written."""
        return seconds_left(self.room_bytes, self.growth_bytes_per_s)
