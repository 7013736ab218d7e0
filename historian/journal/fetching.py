"""Reading frames back from a segment file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from historian.entry import Entry
from historian.errors import JournalError
from historian.journal.frames import decode_frame, frame_at
from telemetry.batch import Batch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from historian.journal.segment import Stretch


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one look into the journal gave.

    Attributes:
        upto: everything up to this sequence has been looked at.
        entries: those that can be read, ascending.
        damaged: sequences that stand there but cannot be read any more.
    """

    upto: int
    entries: list[Entry] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)


def read_stretch(stretch: Stretch) -> Fetched:
    """Read and check neighbouring frames; blocks on the disk.

    Raises:
        JournalError: the disk cannot be read.
    """
    fetched = Fetched(stretch.sequences[-1])
    try:
        data = _bytes_of(stretch)
    except FileNotFoundError:
        return fetched  # the journal's bound took the segment away; that has been counted there
    except OSError as error:
        raise JournalError(
            f"the journal cannot read {stretch.segment.path}: {error.strerror}; check the disk"
        ) from error
    for sequence, offset in stretch.frames():
        frame = frame_at(data, offset)
        if frame is None or frame.sequence != sequence:
            fetched.damaged.append(sequence)
        else:
            fetched.entries.append(_present(decode_frame(data, frame), stretch.segment.mapping))
    return fetched


def _bytes_of(stretch: Stretch) -> bytes:
    fd = os.open(stretch.segment.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(fd, stretch.stop - stretch.offsets[0], stretch.offsets[0])
    finally:
        os.close(fd)


def _present(entry: Entry, mapping: NDArray[np.int32] | None) -> Entry:
    """The entry by indices of the present table, without points that are gone."""
    if mapping is None:
        return entry
    batch = entry.batch
    point = mapping[batch.point]
    present = Batch(point, batch.time, batch.value, batch.quality).take(point >= 0)
    return Entry(entry.sequence, entry.origin, present)
