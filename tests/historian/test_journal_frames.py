"""The bytes of the journal: what was written is read, and damage costs only what it touches."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.entry import Entry
from historian.journal.frames import (
    HEADER_BYTES,
    decode_frame,
    decode_header,
    encode_frame,
    encode_header,
    scan,
)
from telemetry.batch import Batch
from tests.historian.making import same_batches

ROW = st.tuples(
    st.integers(0, 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.integers(0, 255),
)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    rows = draw(st.lists(ROW, max_size=9))
    point, time, value, quality = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Batch.of(point, np.array(time, np.int64), value, np.array(quality, np.uint8))


ENTRIES = st.lists(st.tuples(st.text(max_size=12), batches()), min_size=1, max_size=5)


def _written(entries: list[tuple[str, Batch]]) -> tuple[bytes, list[int]]:
    """A segment with these entries, numbered from 1, and where each of them ends."""
    data, ends = encode_header(1, "0123456789abcdef"), []
    for sequence, (origin, batch) in enumerate(entries, start=1):
        data += encode_frame(sequence, origin, batch)
        ends.append(len(data))
    return data, ends


def _read(data: bytes) -> list[Entry]:
    return [decode_frame(data, frame) for frame in scan(data)[0]]


def _same(found: Entry, sequence: int, given: tuple[str, Batch]) -> bool:
    names = (found.sequence, found.origin) == (sequence, given[0])
    return names and same_batches(found.batch, given[1])


@settings(deadline=None)
@given(ENTRIES)
def test_what_is_written_is_read(entries: list[tuple[str, Batch]]) -> None:
    data, _ = _written(entries)
    found = _read(data)
    assert len(found) == len(entries)
    assert all(_same(f, i + 1, g) for i, (f, g) in enumerate(zip(found, entries, strict=True)))
    assert scan(data)[1] == []


@settings(deadline=None)
@given(ENTRIES, st.data())
def test_a_torn_tail_costs_no_whole_frame_S6(
    entries: list[tuple[str, Batch]], data: st.DataObject
) -> None:
    whole, ends = _written(entries)
    cut = data.draw(st.integers(HEADER_BYTES, len(whole)))
    tail = data.draw(st.sampled_from([b"", bytes(24), b"\xff" * 7]))
    found = _read(whole[:cut] + tail)
    # A tail of zeros may restore the padding that was cut off, never more than that.
    assert len(found) >= sum(end <= cut for end in ends)
    assert all(_same(f, i + 1, entries[i]) for i, f in enumerate(found))


@settings(deadline=None)
@given(ENTRIES, st.data())
def test_a_flipped_bit_costs_only_its_own_frame_S6(
    entries: list[tuple[str, Batch]], data: st.DataObject
) -> None:
    whole, ends = _written(entries)
    at = data.draw(st.integers(HEADER_BYTES, len(whole) - 1))
    hurt = bytearray(whole)
    hurt[at] ^= 1 << data.draw(st.integers(0, 7))
    found = _read(bytes(hurt))
    struck = sum(end <= at for end in ends) + 1
    assert [f.sequence for f in found] == [s for s in range(1, len(ends) + 1) if s != struck]
    assert all(_same(f, f.sequence, entries[f.sequence - 1]) for f in found)


@settings(deadline=None)
@given(ENTRIES, st.data())
def test_scanning_covers_every_byte_once(
    entries: list[tuple[str, Batch]], data: st.DataObject
) -> None:
    whole = bytearray(_written(entries)[0])
    for at in data.draw(st.lists(st.integers(HEADER_BYTES, len(whole) - 1), max_size=6)):
        whole[at] ^= 0x55
    frames, damages = scan(bytes(whole))
    spans = sorted([(f.offset, f.end) for f in frames] + [(d.start, d.end) for d in damages])
    edges = [HEADER_BYTES, *(end for _, end in spans)]
    assert [begin for begin, _ in spans] == edges[:-1]
    assert edges[-1] == len(whole)


def test_a_frame_that_repeats_an_earlier_number_is_no_frame() -> None:
    batch = Batch.of([1], 5, 0.5)
    data = encode_header(1, "f" * 16) + encode_frame(2, "a", batch) + encode_frame(1, "a", batch)
    frames, damages = scan(data)
    assert [frame.sequence for frame in frames] == [2]
    assert len(damages) == 1


def test_a_frame_below_the_first_number_of_its_segment_is_no_frame() -> None:
    batch = Batch.of([1], 5, 0.5)
    data = encode_header(7, "f" * 16) + encode_frame(7, "a", batch) + encode_frame(8, "a", batch)
    assert [frame.sequence for frame in scan(data, 7)[0]] == [7, 8]
    assert [frame.sequence for frame in scan(data, 8)[0]] == [8]


@settings(deadline=None)
@given(st.integers(1, 2**63), st.data())
def test_a_header_tells_its_sequence_and_table_or_nothing(first: int, data: st.DataObject) -> None:
    header = encode_header(first, "0123456789abcdef")
    assert decode_header(header) == (first, "0123456789abcdef")
    assert decode_header(header[: data.draw(st.integers(0, HEADER_BYTES - 1))]) is None
    hurt = bytearray(header)
    hurt[data.draw(st.integers(0, HEADER_BYTES - 1))] ^= 0x10
    assert decode_header(bytes(hurt)) is None
