"""Batches: four columns of one length."""

from __future__ import annotations

import numpy as np
import pytest

from telemetry.batch import Batch


def test_columns_have_their_types() -> None:
    batch = Batch.of([1, 2], [10, 20], [0.5, 0.6], [0, 130])
    assert [str(c.dtype) for c in (batch.point, batch.time, batch.value, batch.quality)] == [
        "int32",
        "int64",
        "float64",
        "uint8",
    ]
    assert len(batch) == 2


def test_one_time_value_or_quality_serves_every_row() -> None:
    batch = Batch.of([1, 2, 3], 10, float("nan"), 130)
    assert batch.time.tolist() == [10, 10, 10]
    assert np.isnan(batch.value).all()
    assert batch.quality.tolist() == [130, 130, 130]


def test_a_broadcast_column_can_be_written_to() -> None:
    batch = Batch.of([1, 2], 10, 0.0)
    batch.value[0] = 5.0
    assert batch.value.tolist() == [5.0, 0.0]


def test_columns_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="point 2, time 1, value 2, quality 2"):
        Batch(np.zeros(2, np.int32), np.zeros(1, np.int64), np.zeros(2), np.zeros(2, np.uint8))


def test_concatenating_keeps_rows_in_order() -> None:
    joined = Batch.concat([Batch.of([1], 1, 1.0), Batch.empty(), Batch.of([2, 3], 2, 2.0, 7)])
    assert joined.point.tolist() == [1, 2, 3]
    assert joined.time.tolist() == [1, 2, 2]
    assert joined.value.tolist() == [1.0, 2.0, 2.0]
    assert joined.quality.tolist() == [0, 7, 7]


def test_nothing_concatenates_to_an_empty_batch() -> None:
    assert len(Batch.concat([])) == len(Batch.empty()) == 0
    assert Batch.empty().time.dtype == np.int64


def test_one_batch_is_not_copied() -> None:
    only = Batch.of([1], 1, 1.0)
    assert Batch.concat([only]) is only


def test_rows_are_taken_by_mask_or_index() -> None:
    batch = Batch.of([4, 5, 6], [1, 2, 3], [0.1, 0.2, 0.3])
    assert batch.take(batch.value > 0.15).point.tolist() == [5, 6]
    assert batch.take(np.array([2, 0])).time.tolist() == [3, 1]
