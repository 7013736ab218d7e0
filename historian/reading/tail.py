"""The newest readings, which stand in the journal only, read beside the service that writes it.

The journal's lock is not touched. A frame that is being written while we read fails its check;
the file is then read once more, so that only what is really damaged is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from historian.errors import JournalError
from historian.journal.frames import decode_frame, decode_header, scan
from historian.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from historian.entry import Entry
    from historian.journal.frames import FrameHead

_LOOKS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """What the journal holds behind a sequence.

    Attributes:
        rows: in order of their sequence, points by the store's numbers.
        last: the highest sequence found; 0 when there is none.
    """

    rows: Rows
    last: int


def read_tail(journal: Path, after: int, numbers: Mapping[str, int]) -> Tail:
    """Read the frames behind ``after``.

    Args:
        journal: its folder; a missing one holds nothing.
        after: sequences up to this are left out.
        numbers: the store's number of each point; others are left out.

    Raises:
        JournalError: the folder cannot be read.
    """
    parts: list[Rows] = []
    last = 0
    try:
        for path in segments_behind(journal, after):
            for sequence, rows in _frames_behind(path, after, numbers):
                parts.append(rows)
                last = sequence
    except OSError as error:
        raise JournalError(
            f"the journal in {journal} cannot be read: {error.strerror}; "
            "run this as a user who may read the service's files"
        ) from error
    return Tail(Rows.concat(parts), last)


def segments_behind(journal: Path, after: int) -> list[Path]:
    """The segment files that may hold frames behind ``after``, oldest first."""
    paths = sorted(path for path in journal.glob("*.journal") if path.stem.isdecimal())
    # A file ends before the next one begins.
    passed = sum(int(following.stem) <= after + 1 for following in paths[1:])
    return paths[passed:]


def whole_bytes(path: Path) -> bytes:
    """A segment up to the end of its last whole frame; nothing when it is gone or has none.

    Raises:
        OSError: it is there and cannot be read.
    """
    _, data, frames = _segment(path)
    return data[: frames[-1].end] if frames else b""


def _segment(path: Path) -> tuple[str, bytes, list[FrameHead]]:
    """The fingerprint of a segment's table, its bytes and its frames."""
    fingerprint, data = "", b""
    frames: list[FrameHead] = []
    for _ in range(_LOOKS):
        data = _bytes_of(path)
        header = decode_header(data)
        if header is None:
            return "", b"", []
        first, fingerprint = header
        frames, damages = scan(data, first)
        # Behind the last frame one may just be written; before it, the bytes should be sound.
        if not any(damage.start < frames[-1].offset for damage in damages if frames):
            break
    return fingerprint, data, frames


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""  # every reader has passed it: the store has what stood in it


def _frames_behind(
    path: Path, after: int, numbers: Mapping[str, int]
) -> Iterator[tuple[int, Rows]]:
    fingerprint, data, frames = _segment(path)
    mapping = _mapping(path.parent / "tables" / fingerprint, numbers) if frames else None
    if mapping is None:
        return
    for frame in frames:
        if frame.sequence > after:
            yield frame.sequence, _rows_of(decode_frame(data, frame), mapping)


def _mapping(table: Path, numbers: Mapping[str, int]) -> NDArray[np.int32] | None:
    """The store's number of each index of a point table; None where nobody knows the table."""
    try:
        names = table.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    return np.array([numbers.get(name, -1) for name in names], dtype=np.int32)


def _rows_of(entry: Entry, mapping: NDArray[np.int32]) -> Rows:
    batch = entry.batch
    point = mapping[batch.point]
    known = point >= 0
    return Rows(
        point[known],
        batch.time[known],
        batch.value[known],
        batch.quality[known],
        np.full(int(known.sum()), entry.sequence, dtype=np.int64),
    )
