r"""The bytes of the journal: pure, and the only place that knows them.

A segment file is a header of 64 bytes and then frames, one for each accepted batch, each a
multiple of 8 bytes long; everything is little-endian::

    header  magic "BAOTUJ1\n" · first sequence u64 · table fingerprint 16 B · zeros · CRC-32 u32
    frame   marker 4 B · length u32 · sequence u64 · rows u32 · origin length u16 · 0 u16 ·
            CRC-32 u32 (of all the rest) · origin UTF-8, zeros to a multiple of 8 ·
            time i64[n] · value f64[n] · point i32[n] · quality u8[n], zeros to a multiple of 8

The marker lets a reader find the next whole frame behind damaged bytes.

This is format 1, the first; there is none before it. Every later format must keep the size of
the header, ``BAOTUJ<number>\n`` and the CRC-32 where they are, so that an older version can tell
a newer file from a damaged one and leave it alone.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from historian.entry import Entry
from telemetry.batch import Batch

HEADER_BYTES = 64
_MAGIC = b"BAOTUJ1\n"
_ANY_MAGIC = re.compile(rb"BAOTUJ(\d)\n")
_HEADER = struct.Struct("<8sQ16s28xI")
_MARKER = b"\xb7\x0e\xf5\x9a"
_HEAD = struct.Struct("<4sIQIHH")
_CRC = struct.Struct("<I")
_HEAD_BYTES = _HEAD.size + _CRC.size
_ROW_BYTES = 8 + 8 + 4 + 1


@dataclass(frozen=True, slots=True)
class FrameHead:
    """Where a whole and sound frame lies, and what it says of itself."""

    sequence: int
    offset: int
    length: int
    rows: int

    @property
    def end(self) -> int:
        """Offset of the first byte behind it."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes ``start`` to ``end`` of a segment that are no frame."""

    start: int
    end: int


def encode_header(first_sequence: int, fingerprint: str) -> bytes:
    """The 64 bytes at the beginning of a segment."""
    blank = _HEADER.pack(_MAGIC, first_sequence, fingerprint.encode("ascii"), 0)
    return blank[: -_CRC.size] + _CRC.pack(zlib.crc32(blank[: -_CRC.size]))


def decode_header(data: bytes) -> tuple[int, str] | None:
    """First sequence and table fingerprint of a segment, or None when they cannot be trusted."""
    if format_of(data) != 1:
        return None
    _, first, fingerprint, _ = _HEADER.unpack_from(data)
    return first, fingerprint.rstrip(b"\0").decode("ascii", "replace")


def format_of(data: bytes) -> int | None:
    """The number of the format that a segment says it has, or None when it cannot be trusted."""
    if len(data) < HEADER_BYTES:
        return None
    magic, _, _, crc = _HEADER.unpack_from(data)
    named = _ANY_MAGIC.fullmatch(magic)
    if named is None or crc != zlib.crc32(data[: HEADER_BYTES - _CRC.size]):
        return None
    return int(named[1])


def encode_frame(sequence: int, origin: str, batch: Batch) -> bytes:
    """One batch as it stands in the journal."""
    name = origin.encode()
    body = b"".join(
        (
            name,
            bytes(-(_HEAD_BYTES + len(name)) % 8),
            batch.time.astype("<i8", copy=False).tobytes(),
            batch.value.astype("<f8", copy=False).tobytes(),
            batch.point.astype("<i4", copy=False).tobytes(),
            batch.quality.tobytes(),
            bytes(-len(batch) * 5 % 8),
        )
    )
    head = _HEAD.pack(_MARKER, _HEAD_BYTES + len(body), sequence, len(batch), len(name), 0)
    return head + _CRC.pack(zlib.crc32(body, zlib.crc32(head))) + body


def frame_at(data: bytes, offset: int) -> FrameHead | None:
    """The frame that begins at ``offset``, or None when no whole and sound frame does."""
    if offset + _HEAD_BYTES > len(data):
        return None
    marker, length, sequence, rows, name_bytes, _ = _HEAD.unpack_from(data, offset)
    if marker != _MARKER or offset + length > len(data):
        return None
    if length != _frame_bytes(rows, name_bytes):
        return None
    view = memoryview(data)
    body = offset + _HEAD_BYTES
    crc = zlib.crc32(view[body : offset + length], zlib.crc32(view[offset : body - _CRC.size]))
    if crc != _CRC.unpack_from(data, body - _CRC.size)[0]:
        return None
    return FrameHead(sequence, offset, length, rows)


def _frame_bytes(rows: int, name_bytes: int) -> int:
    head = _HEAD_BYTES + name_bytes
    columns = rows * _ROW_BYTES
    return head + -head % 8 + columns + -columns % 8


def decode_frame(data: bytes, frame: FrameHead) -> Entry:
    """The entry in a frame that :func:`frame_at` found; its columns share the bytes of ``data``."""
    name_bytes = _HEAD.unpack_from(data, frame.offset)[4]
    begin = frame.offset + _HEAD_BYTES
    origin = data[begin : begin + name_bytes].decode(errors="replace")
    n = frame.rows
    at = begin + name_bytes + -(_HEAD_BYTES + name_bytes) % 8
    time = np.frombuffer(data, "<i8", n, at)
    value = np.frombuffer(data, "<f8", n, at + 8 * n)
    point = np.frombuffer(data, "<i4", n, at + 16 * n)
    quality = np.frombuffer(data, np.uint8, n, at + 20 * n)
    return Entry(frame.sequence, origin, Batch(point, time, value, quality))


def scan(data: bytes, first: int = 0) -> tuple[list[FrameHead], list[Damage]]:
    """All sound frames of a segment in order, and the bytes between them that are none.

    Args:
        data: the whole file.
        first: sequences begin here; what is below is left over from an earlier use of the disk.
    """
    frames: list[FrameHead] = []
    damages: list[Damage] = []
    at, last = HEADER_BYTES, first - 1
    while at < len(data):
        frame = frame_at(data, at)
        if frame is not None and frame.sequence > last:
            frames.append(frame)
            at, last = frame.end, frame.sequence
            continue
        following = _next_frame(data, at + 1, last)
        damages.append(Damage(at, following))
        at = following
    return frames, damages


def _next_frame(data: bytes, at: int, last: int) -> int:
    """Where the next sound frame begins behind damaged bytes; the end when there is none."""
    while (at := data.find(_MARKER, at)) >= 0:
        frame = frame_at(data, at)
        if frame is not None and frame.sequence > last:
            return at
        at += 1
    return len(data)
