"""What the journal hands to its readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry.batch import Batch


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted batch.

    Attributes:
        sequence: its number in the journal, >= 1, larger than that of every earlier batch.
        origin: who brought it, e.g. ``modbus:lvyou``.
        batch: the samples, by indices of the table that is in force now.
    """

    sequence: int
    origin: str
    batch: Batch
