"""Quality: severity and reason in one byte, the worst is the largest."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from telemetry.quality import (
    GOOD,
    Reason,
    Severity,
    bad,
    quality,
    reason_of,
    severities,
    severity_of,
    uncertain,
)

ALL = list(itertools.product(Severity, Reason))


@pytest.mark.parametrize(("severity", "reason"), ALL)
def test_a_byte_gives_back_what_was_packed(severity: Severity, reason: Reason) -> None:
    code = quality(severity, reason)
    assert 0 <= code <= 255
    assert (severity_of(code), reason_of(code)) == (severity, reason)


def test_codes_on_disk_keep_their_meaning() -> None:
    assert [GOOD, uncertain(Reason.LATE), bad(Reason.COMM), bad(Reason.OUT_OF_SERVICE)] == [
        0,
        82,
        129,
        148,
    ]


def test_the_worst_of_a_set_is_its_maximum() -> None:
    codes = np.array([GOOD, uncertain(Reason.OUT_OF_SERVICE), bad(Reason.NONE)], dtype=np.uint8)
    assert severity_of(int(codes.max())) is Severity.BAD
    assert severity_of(int(codes[:2].max())) is Severity.UNCERTAIN


def test_severities_of_an_array_keep_its_shape() -> None:
    codes = np.array([[quality(s, r) for r in Reason] for s in Severity], dtype=np.uint8)
    got = severities(codes)
    assert got.shape == codes.shape
    assert got.dtype == np.uint8
    assert [set(row.tolist()) for row in got] == [{0}, {1}, {2}]


def test_words_are_those_of_the_api() -> None:
    assert [s.word for s in Severity] == ["good", "uncertain", "bad"]
    assert Reason.OUT_OF_RANGE.word == "out_of_range"
