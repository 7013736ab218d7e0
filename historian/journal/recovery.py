"""What a start makes of the segments that an earlier run, a crash or a bad disk left behind.

Every sound frame is kept, wherever the damage lies. Damaged bytes are copied to ``quarantine/``
and said in the log; zeros (a tail that the file system promised but never wrote) are cut
silently. The service starts in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from historian.errors import JournalFormatError
from historian.journal.frames import (
    HEADER_BYTES,
    Damage,
    decode_frame,
    decode_header,
    format_of,
    scan,
)
from historian.journal.segment import NEVER, Segment
from historian.journal.tables import mapping_from

if TYPE_CHECKING:
    from pathlib import Path

    from historian.journal.frames import FrameHead
    from telemetry.points import PointTable

_log = structlog.get_logger()


def refuse_newer_formats(directory: Path) -> None:
    """Look whether this version can read all of the journal, before anything is touched.

    Raises:
        JournalFormatError: a newer version of the service wrote some of it.
    """
    for path in sorted(directory.glob("*.journal")):
        with path.open("rb") as file:
            number = format_of(file.read(HEADER_BYTES))
        if number is not None and number > 1:
            raise JournalFormatError(
                f"{path} has format {number} of the journal, and this version of the service "
                "reads format 1 only; nothing was changed: start the newer version again and let "
                "its stores catch up, or move the journal's folder away and lose what waits in it"
            )


def recover(directory: Path, points: PointTable) -> list[Segment]:
    """Index the segments of ``directory``, oldest first; those without a frame are removed."""
    found = (_recover_segment(path, points) for path in sorted(directory.glob("*.journal")))
    return [segment for segment in found if segment is not None]


def _recover_segment(path: Path, points: PointTable) -> Segment | None:
    data = path.read_bytes()
    header = decode_header(data)
    if header is None:
        _set_all_aside(path, data, "its header is damaged")
        return None
    first, fingerprint = header
    mapping = None
    if fingerprint != points.fingerprint:
        mapping = mapping_from(path.parent / "tables", fingerprint, points)
        if mapping is None:
            _set_all_aside(path, data, f"nobody knows table {fingerprint}")
            return None
    frames, damages = scan(data, first)
    if not frames:
        blank = not any(data[damage.start : damage.end].strip(b"\0") for damage in damages)
        _set_all_aside(path, data, "there is no frame in it", blank=blank)
        return None
    for damage in damages:
        _set_aside(path, data, damage, "these bytes are no frame")
    return _index(Segment(path, first, mapping), data, frames)


def _index(segment: Segment, data: bytes, frames: list[FrameHead]) -> Segment:
    gone = 0
    for frame in frames:
        batch = decode_frame(data, frame).batch
        time = batch.time
        if segment.mapping is not None:
            time = time[segment.mapping[batch.point] >= 0]
        rows = int(time.shape[0])
        gone += frame.rows - rows
        segment.add(frame, rows, int(time.max()) if rows else NEVER)
    if gone:
        _log.warning(
            "samples of points that were taken out of the table are left out",
            file=segment.path.name,
            samples=gone,
        )
    return segment


def _set_aside(path: Path, data: bytes, damage: Damage, why: str) -> None:
    """Copy damaged bytes; where there is no room they stay in their segment only."""
    piece = data[damage.start : damage.end]
    if not piece.strip(b"\0"):
        return
    aside = _place_aside(path, damage.start)
    try:
        aside.parent.mkdir(exist_ok=True)
        aside.write_bytes(piece)
    except OSError as error:
        why, aside = f"{why}; it cannot be copied: {error.strerror}", path
    _tell(path, len(piece), damage.start, why, aside)


def _set_all_aside(path: Path, data: bytes, why: str, *, blank: bool = False) -> None:
    """Move a segment that is of no use, or remove it when there is nothing in it."""
    aside = _place_aside(path, 0)
    try:
        if blank or not data.strip(b"\0"):
            path.unlink()
            return
        aside.parent.mkdir(exist_ok=True)
        path.rename(aside)
    except OSError as error:
        why, aside = f"{why}; it cannot be moved: {error.strerror}", path
    _tell(path, len(data), 0, why, aside)


def _place_aside(path: Path, offset: int) -> Path:
    return path.parent / "quarantine" / f"{path.stem}-{offset}.bytes"


def _tell(path: Path, size: int, offset: int, why: str, aside: Path) -> None:
    _log.warning(
        "a damaged part of the journal was set aside",
        file=path.name,
        bytes=size,
        offset=offset,
        why=why,
        kept_as=str(aside),
    )
