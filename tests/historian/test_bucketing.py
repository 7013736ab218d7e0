"""Downsampling against the plain definition."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.bucketing import Bucketing
from historian.errors import QueryError
from historian.queries import BucketQuery, RangeQuery, Series
from telemetry.quality import Reason, bad, uncertain

SAMPLE = st.tuples(
    st.integers(0, 199),
    st.floats(-1e6, 1e6),
    st.sampled_from([0, uncertain(Reason.LATE), bad(Reason.COMM)]),
)


@settings(deadline=None)
@given(
    samples=st.lists(SAMPLE, unique_by=lambda s: s[0], max_size=60),
    bucket=st.integers(1, 250),
    cuts=st.lists(st.integers(0, 60), max_size=4),
)
def test_buckets_are_what_the_words_say_however_the_series_is_cut(
    samples: list[tuple[int, float, int]], bucket: int, cuts: list[int]
) -> None:
    samples.sort()
    query = BucketQuery(0, 0, 200, bucket)
    bucketing = Bucketing(query)
    edges = [0, *sorted(cuts), len(samples)]
    for begin, end in pairwise(edges):
        bucketing.add(_series(samples[begin:end]))
    found = bucketing.result()
    assert len(found) == query.buckets
    for i in range(len(found)):
        inside = [s for s in samples if i * bucket <= s[0] < (i + 1) * bucket]
        usable = [s[1] for s in inside if s[2] != bad(Reason.COMM)]
        assert found.count[i] == len(inside)
        assert found.good[i] == len(usable)
        assert found.worst[i] == max((s[2] for s in inside), default=0x80)
        if usable:
            assert (found.minimum[i], found.maximum[i]) == (min(usable), max(usable))
            assert (found.first[i], found.last[i]) == (usable[0], usable[-1])
            assert found.mean[i] == pytest.approx(np.mean(usable), rel=1e-9, abs=1e-6)
        else:
            assert np.isnan([found.minimum[i], found.mean[i], found.first[i], found.last[i]]).all()


def _series(samples: list[tuple[int, float, int]]) -> Series:
    return Series(
        np.array([s[0] for s in samples], np.int64),
        np.array([s[1] for s in samples], np.float64),
        np.array([s[2] for s in samples], np.uint8),
    )


@pytest.mark.parametrize(
    ("start", "end", "bucket", "sentence"),
    [
        (10, 9, 1, "before it starts"),
        (0, 10, 0, "longer than 0"),
        (0, 10**12, 1, "use longer buckets"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    start: int, end: int, bucket: int, sentence: str
) -> None:
    with pytest.raises(QueryError, match=sentence):
        BucketQuery(0, start, end, bucket)


def test_a_range_without_a_limit_is_refused() -> None:
    with pytest.raises(QueryError, match="at least 1 sample"):
        RangeQuery(0, 0, 1, limit=0)
