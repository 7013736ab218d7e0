"""Minutes against the plain definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.minutes import MINUTE_NS, Minutes, combined, minutes_of, significant
from historian.rows import Rows
from telemetry.quality import Reason, bad, uncertain

SECOND = 1_000_000_000
SAMPLE = st.tuples(
    st.integers(1, 3),
    st.integers(-130, 130),  # seconds
    st.one_of(st.integers(-5000, 5000).map(lambda n: n / 1000), st.just(float("nan"))),
    st.sampled_from([0, uncertain(Reason.LATE), bad(Reason.COMM)]),
)
SAMPLES = st.lists(SAMPLE, unique_by=lambda s: (s[0], s[1]), max_size=40)


def rows(samples: list[tuple[int, int, float, int]], sequence: int = 1) -> Rows:
    return Rows(
        np.array([s[0] for s in samples], np.int32),
        np.array([s[1] for s in samples], np.int64) * SECOND,
        np.array([s[2] for s in samples], np.float64),
        np.array([s[3] for s in samples], np.uint8),
        np.full(len(samples), sequence, np.int64),
    )


@settings(deadline=None)
@given(samples=SAMPLES)
def test_minutes_are_what_the_words_say(samples: list[tuple[int, int, float, int]]) -> None:
    minutes = minutes_of(rows(samples).resolved(), sequence=7)
    expected = sorted({(s[0], s[1] // 60) for s in samples})
    found = zip(minutes.point.tolist(), (minutes.time // MINUTE_NS).tolist(), strict=True)
    assert list(found) == expected
    assert minutes.sequence.tolist() == [7] * len(expected)
    sums = minutes.sums
    for i, key in enumerate(expected):
        inside = sorted(s for s in samples if (s[0], s[1] // 60) == key)
        usable = [s[2] for s in inside if s[3] != bad(Reason.COMM) and not np.isnan(s[2])]
        assert (sums.count[i], sums.good[i]) == (len(inside), len(usable))
        assert sums.worst[i] == max(s[3] for s in inside)
        if usable:
            assert (sums.minimum[i], sums.maximum[i]) == (min(usable), max(usable))
            assert (sums.first[i], sums.last[i]) == (usable[0], usable[-1])
            assert sums.total[i] == pytest.approx(sum(usable), rel=1e-11, abs=1e-12)
        else:
            assert np.isnan([sums.first[i], sums.last[i]]).all()
            assert (sums.minimum[i], sums.maximum[i], sums.total[i]) == (np.inf, -np.inf, 0)


@settings(deadline=None)
@given(samples=SAMPLES, cut=st.integers(0, 40))
def test_minutes_of_two_parts_put_together_are_those_of_the_whole(
    samples: list[tuple[int, int, float, int]], cut: int
) -> None:
    samples.sort(key=lambda s: s[1])
    older = minutes_of(rows(samples[:cut]).resolved(), 1)
    newer = minutes_of(rows(samples[cut:]).resolved(), 1)
    both, whole = combined(older, newer, 2), minutes_of(rows(samples).resolved(), 2)
    for name in ("point", "time", "sequence"):
        np.testing.assert_array_equal(getattr(both, name), getattr(whole, name))
    for name in ("minimum", "maximum", "first", "last", "count", "good", "worst"):
        np.testing.assert_array_equal(getattr(both.sums, name), getattr(whole.sums, name), name)
    np.testing.assert_allclose(both.sums.total, whole.sums.total, rtol=1e-11, atol=1e-12)


def test_of_two_summings_up_the_later_one_is_valid() -> None:
    older = minutes_of(rows([(1, 0, 1.0, 0), (1, 60, 2.0, 0)]), 1)
    newer = minutes_of(rows([(1, 0, 5.0, 0)]), 2)
    valid = Minutes.concat([newer, older]).resolved()
    assert valid.sums.last.tolist() == [5, 2]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 + 0.2, 0.3),
        (18.123000000000047, 18.123),
        (-18.123000000000047, -18.123),
        (123456789012345.0, 123456789012000.0),
        (0.0, 0.0),
        (1e-300, 1e-300),
        (1.7e308, 1.7e308),
        (float("inf"), float("inf")),
    ],
)
def test_a_total_has_twelve_digits(value: float, expected: float) -> None:
    assert significant(np.array([value])).tolist() == [expected]
