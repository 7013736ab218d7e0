"""What a start makes of the segments that an earlier run, a crash or a bad disk left behind.

Every sound frame is kept, wherever the damage lies. Damaged bytes are copied to ``quarantine/``
and said in the log; zeros (a tail that the file system promised but never wrote) are cut
silently. The service starts in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from historian.journal.frames import Damage, decode_frame, decode_header, scan
from historian.journal.segment import Segment
from historian.journal.tables import mapping_from

if TYPE_CHECKING:
    from pathlib import Path

    from historian.journal.frames import FrameHead
    from telemetry.points import PointTable

_log = structlog.get_logger()


def recover(directory: Path, points: PointTable) -> list[Segment]:
    """Index the segments of ``directory``, oldest first; those without a frame are removed."""
    found = (_recover_segment(path, points) for path in sorted(directory.glob("*.journal")))
    return [segment for segment in found if segment is not None]


def _recover_segment(path: Path, points: PointTable) -> Segment | None:
    data = path.read_bytes()
    header = decode_header(data)
    if header is None:
        _set_aside(path, data, Damage(0, len(data)), "its header is damaged")
        path.unlink()
        return None
    first, fingerprint = header
    mapping = None
    if fingerprint != points.fingerprint:
        mapping = mapping_from(path.parent / "tables", fingerprint, points)
        if mapping is None:
            _set_aside(path, data, Damage(0, len(data)), f"nobody knows table {fingerprint}")
            path.unlink()
            return None
    frames, damages = scan(data)
    for damage in damages:
        _set_aside(path, data, damage, "these bytes are no frame")
    if not frames:
        path.unlink()
        return None
    return _index(Segment(path, first, mapping), data, frames)


def _index(segment: Segment, data: bytes, frames: list[FrameHead]) -> Segment:
    gone = 0
    for frame in frames:
        rows = frame.rows
        if segment.mapping is not None:
            rows = int((segment.mapping[decode_frame(data, frame).batch.point] >= 0).sum())
            gone += frame.rows - rows
        segment.add(frame.sequence, frame.offset, frame.end, rows)
    if gone:
        _log.warning(
            "samples of points that were taken out of the table are left out",
            file=segment.path.name,
            samples=gone,
        )
    return segment


def _set_aside(path: Path, data: bytes, damage: Damage, why: str) -> None:
    piece = data[damage.start : damage.end]
    if not piece.strip(b"\0"):
        return
    quarantine = path.parent / "quarantine"
    quarantine.mkdir(exist_ok=True)
    aside = quarantine / f"{path.stem}-{damage.start}.bytes"
    aside.write_bytes(piece)
    _log.warning(
        "a damaged part of the journal was set aside",
        file=path.name,
        bytes=len(piece),
        offset=damage.start,
        why=why,
        kept_as=str(aside),
    )
