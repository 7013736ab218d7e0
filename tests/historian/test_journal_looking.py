"""Counting samples by sequence over segments, held to counting them one by one."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from historian.journal.frames import FrameHead
from historian.journal.looking import overlaps, tail
from historian.journal.segment import NEVER, Segment

FRAMES = st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9)), max_size=6))


def lay_out(
    frames: list[list[tuple[int, int]]],
) -> tuple[list[Segment], dict[int, tuple[int, int]]]:
    """Segments with frames of so many samples and such a newest time; every third is missing."""
    segments, model, sequence = [], {}, 1
    for part in frames:
        segment = Segment(Path("none"), sequence)
        for rows, newest_ns in part:
            sequence += 1 + (sequence % 3 == 0)
            segment.add(FrameHead(sequence, 64, 8, rows), rows, newest_ns)
            model[sequence] = (rows, newest_ns)
        segments.append(segment)
        sequence += 1
    return segments, model


@given(FRAMES, st.lists(st.integers(0, 40), max_size=8), st.lists(st.integers(1, 30), max_size=3))
def test_samples_and_newest_times_of_ranges(
    frames: list[list[tuple[int, int]]], edges: list[int], lost: list[int]
) -> None:
    segments, model = lay_out(frames)
    for sequence in set(lost) & set(model):
        holder = next(s for s in segments if s.first <= sequence <= s.last)
        assert holder.lose(sequence) == model[sequence][0]
        model[sequence] = (0, model[sequence][1])
    cuts = sorted(set(edges))
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False))
    wanted = [s for s in model if any(first <= s <= last for first, last in ranges)]
    parts = list(overlaps(segments, ranges))
    assert sum(s.rows_between(f, t) for s, f, t in parts) == sum(model[s][0] for s in wanted)
    newest = max((s.newest_between(f, t) for s, f, t in parts), default=NEVER)
    assert newest == max((model[s][1] for s in wanted), default=NEVER)
    for after in edges:
        rows = sum(s.rows_after(after) for s in segments)
        assert rows == sum(model[s][0] for s in model if s > after)


@given(FRAMES, st.integers(0, 40))
def test_the_tail_is_the_longest_that_is_small_enough(
    frames: list[list[tuple[int, int]]], rows: int
) -> None:
    segments, model = lay_out(frames)
    end = max(model, default=0) + 1
    begin = tail(segments, rows, end)
    assert sum(model[s][0] for s in model if s >= begin) <= rows
    longer = [s for s in model if s < begin]
    if longer:
        assert sum(model[s][0] for s in model if s >= longer[-1]) > rows


@given(FRAMES, st.integers(0, 40), st.integers(0, 12))
def test_a_stretch_is_about_as_long_as_asked_for(
    frames: list[list[tuple[int, int]]], first: int, most_rows: int
) -> None:
    segments, model = lay_out(frames)
    for segment in segments:
        there = [s for s in model if max(first, segment.first) <= s <= segment.last]
        stretch = segment.stretch(first, most_rows)
        assert (stretch is None) == (not there)
        if stretch is None:
            continue
        given_out = list(stretch.sequences)
        assert given_out == there[: len(given_out)]
        rows = sum(model[s][0] for s in given_out)
        assert rows <= most_rows or len(given_out) == 1
        if len(given_out) < len(there):
            assert rows + model[there[len(given_out)]][0] > most_rows
