"""From which files a bucketed question is answered: every moment once, exactly where it can be."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from historian.minutes import MINUTE_NS
from historian.queries import BucketQuery
from historian.reading.stretches import DAY_NS, Stretch, stretches

_TIMES = st.integers(0, 4 * DAY_NS)
_DAYS = st.sets(st.integers(0, 4)).map(sorted)


def _query(start: int, length: int, bucket_s: int, origin: int) -> BucketQuery:
    bucket_ns = bucket_s * 1_000_000_000
    length = min(length, 50_000 * bucket_ns)
    return BucketQuery(0, start, start + length, bucket_ns, origin)


@settings(deadline=None)
@given(st.builds(_query, _TIMES, _TIMES, st.sampled_from([60, 90, 3_600]), _TIMES), _TIMES, _DAYS)
def test_stretches_cover_the_interval_once(
    query: BucketQuery, raw_from: int, days: list[int]
) -> None:
    found = stretches(query, raw_from, days)
    assert sum(one.end - one.start for one in found) == query.end - query.start
    assert all(a.end == b.start and a.minutes != b.minutes for a, b in pairwise(found))
    for one in found:
        if one.minutes and one.start >= raw_from:
            assert one.start % MINUTE_NS == one.end % MINUTE_NS == 0
            within = range(one.start // DAY_NS, -(-one.end // DAY_NS))
            assert set(within) <= set(days)


def test_samples_fill_the_minutes_that_the_interval_cuts() -> None:
    start, end = DAY_NS + 1, 2 * DAY_NS + 90 * 1_000_000_000
    query = BucketQuery(0, start, end, MINUTE_NS, 0)
    assert stretches(query, 0, [1, 2]) == [
        Stretch(start, DAY_NS + MINUTE_NS, minutes=False),
        Stretch(DAY_NS + MINUTE_NS, 2 * DAY_NS + MINUTE_NS, minutes=True),
        Stretch(2 * DAY_NS + MINUTE_NS, end, minutes=False),
    ]


def test_buckets_that_cut_minutes_are_made_of_samples_while_there_are_some() -> None:
    query = BucketQuery(0, 0, DAY_NS, 90 * 1_000_000_000, 0)
    assert stretches(query, MINUTE_NS, [0]) == [
        Stretch(0, MINUTE_NS, minutes=True),
        Stretch(MINUTE_NS, DAY_NS, minutes=False),
    ]
