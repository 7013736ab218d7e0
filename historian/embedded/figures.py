"""How much an embedded store holds, for the page and for those who watch it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFigures:
    """How the files of a store stand at one moment.

    Attributes:
        bytes: of all of them on the disk.
        segments: files that questions are answered from.
        quarantined: files that were found damaged or missing since the start.
    """

    bytes: int
    segments: int
    quarantined: int
