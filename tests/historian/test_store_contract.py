"""What every store promises, whatever it does between two questions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from historian.errors import QueryError
from historian.queries import BucketQuery, RangeQuery
from telemetry.quality import Reason, Severity, bad, quality, uncertain
from tests.historian.benches import BENCHES, at
from tests.historian.making import DAY, NOON, SECOND, entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from historian.queries import Buckets
    from tests.historian.benches import Bench

MIDNIGHT_S = 12 * 3600


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = BENCHES[request.param](tmp_path)
    yield bench
    await bench.close()


@pytest.fixture
def thinning(bench: Bench) -> Bench:
    if not bench.thins:
        pytest.skip("this store does not thin")
    return bench


async def test_samples_of_a_point_come_back_in_order_of_time(bench: Bench) -> None:
    await bench.give(entry(1, [0, 1, 0], [3, 2, 1], [0.3, 0.2, 0.1]))
    await bench.give(entry(2, [0], 2, 0.25, uncertain(Reason.LATE)))
    found = await bench.samples()
    assert found.time.tolist() == [at(1), at(2), at(3)]
    assert found.value.tolist() == [0.1, 0.25, 0.3]
    assert found.quality.tolist() == [0, uncertain(Reason.LATE), 0]
    assert not found.truncated


async def test_a_range_holds_its_start_and_not_its_end(bench: Bench) -> None:
    await bench.give(entry(1, [0, 0, 0], [1, 2, 3], [1, 2, 3]))
    assert (await bench.samples(0, 1, 3)).value.tolist() == [1, 2]
    assert (await bench.samples(0, 2, 2)).value.tolist() == []


async def test_a_range_longer_than_its_limit_goes_on_behind_the_last_time(bench: Bench) -> None:
    for sequence in range(1, 4):
        await bench.give(entry(sequence, [0, 0], [2 * sequence, 2 * sequence + 1], [1, 2]))
    first = await bench.samples(limit=4)
    rest = await bench.store.query(RangeQuery(0, int(first.time[-1]) + 1, at(99), 4))
    assert first.truncated
    assert not rest.truncated
    seconds = (np.concatenate([first.time, rest.time]) - NOON) // SECOND
    assert seconds.tolist() == [2, 3, 4, 5, 6, 7]


async def test_days_are_one_line_without_seam(bench: Bench) -> None:
    hours = [0, 11.999, 12, 24, 36, 60]
    await bench.give(entry(1, [0] * 6, [3600 * h for h in hours], hours))
    assert (await bench.samples(0, 3600, 3600 * 60)).value.tolist() == [11.999, 12, 24, 36]
    assert (await bench.samples(limit=3)).value.tolist() == [0, 11.999, 12]


async def test_a_correction_replaces_the_sample_of_the_same_time(bench: Bench) -> None:
    await bench.give(entry(1, [0, 0], [1, 2], [0.1, 0.2]))
    await bench.give(entry(2, [0], 1, 0.7))
    await bench.give(entry(3, [0, 0], 1, [0.8, 0.9]))
    assert (await bench.samples()).value.tolist() == [0.9, 0.2]


async def test_a_redelivered_entry_is_stored_once_Q2(bench: Bench) -> None:
    entries = [entry(1, [0], 1, 0.1), entry(2, [0], 2, 0.2)]
    await bench.give(*entries)
    await bench.give(*entries, entry(3, [0], 3, 0.3))
    assert (await bench.samples()).value.tolist() == [0.1, 0.2, 0.3]
    buckets = await bench.buckets(0, 10, 10)
    assert buckets.count.tolist() == [3]


async def test_a_redelivery_does_not_undo_a_correction(bench: Bench) -> None:
    await bench.give(entry(1, [0], 1, 0.1))
    await bench.give(entry(2, [0], 1, 0.2))
    await bench.give(entry(1, [0], 1, 0.1))
    assert (await bench.samples()).value.tolist() == [0.2]


async def test_late_samples_take_their_place_and_latest_stays_Q3(bench: Bench) -> None:
    await bench.give(entry(1, [0, 1], 86_400, [0.5, 0.6]))
    await bench.give(entry(2, [0, 0], [60, 120], [0.1, 0.2]))
    assert (await bench.samples()).value.tolist() == [0.1, 0.2, 0.5]
    latest = await bench.latest([0])
    assert latest.value.tolist() == [0.5]
    assert latest.time.tolist() == [at(86_400)]


async def test_latest_answers_in_the_order_asked(bench: Bench) -> None:
    await bench.give(entry(1, [0, 1, 2], [3, 2, 1], [0.1, 0.2, 0.3]))
    await bench.give(entry(2, [1], 4, float("nan"), bad(Reason.TIMEOUT)))
    latest = await bench.latest([2, 1, 0, 2])
    assert latest.point.tolist() == [2, 1, 0, 2]
    assert latest.quality.tolist() == [0, bad(Reason.TIMEOUT), 0, 0]
    np.testing.assert_array_equal(latest.value, [0.3, np.nan, 0.1, 0.3])


async def test_latest_takes_the_newest_of_a_batch_whatever_its_order(bench: Bench) -> None:
    await bench.give(entry(1, [0, 0, 0, 0], [2, 5, 5, 1], [2, 4, 5, 1]))
    assert (await bench.latest([0])).value.tolist() == [5]


async def test_a_point_never_seen_is_waited_for(bench: Bench) -> None:
    latest = await bench.latest([3])
    assert latest.time.tolist() == [0]
    assert np.isnan(latest.value[0])
    assert latest.quality.tolist() == [bad(Reason.WAITING)]
    assert len(await bench.samples(3)) == 0


async def test_a_spike_of_one_sample_is_seen_in_its_bucket(bench: Bench) -> None:
    value = np.full(3600, 0.30)
    value[1234], value[1235] = 0.95, 0.02
    await bench.give(entry(1, [0] * 1800, range(1800), value[:1800]))
    await bench.give(entry(2, [0] * 1800, range(1800, 3600), value[1800:]))
    buckets = await bench.buckets(0, 3600, 600)
    assert buckets.maximum.tolist() == [0.30, 0.30, 0.95, 0.30, 0.30, 0.30]
    assert buckets.minimum.tolist() == [0.30, 0.30, 0.02, 0.30, 0.30, 0.30]
    np.testing.assert_allclose(
        buckets.mean, [value[i : i + 600].mean() for i in range(0, 3600, 600)]
    )
    assert buckets.count.tolist() == [600] * 6


async def test_a_gap_is_an_empty_bucket(bench: Bench) -> None:
    await bench.give(entry(1, [0, 0], [5, 25], [1, 3]))
    buckets = await bench.buckets(0, 30, 10)
    assert buckets.time.tolist() == [at(0), at(10), at(20)]
    assert buckets.count.tolist() == [1, 0, 1]
    assert buckets.worst.tolist() == [0, quality(Severity.BAD), 0]
    for column in (buckets.minimum, buckets.maximum, buckets.mean, buckets.first, buckets.last):
        np.testing.assert_array_equal(column, [1, np.nan, 3])


async def test_bad_samples_are_counted_but_never_in_an_aggregate_M10(bench: Bench) -> None:
    codes = [0, bad(Reason.SENSOR), uncertain(Reason.STALE), bad(Reason.NAN)]
    await bench.give(entry(1, [0] * 4, [1, 2, 3, 4], [1, 99, 3, float("nan")], codes))
    buckets = await bench.buckets(0, 10, 10)
    assert (buckets.minimum[0], buckets.maximum[0], buckets.mean[0]) == (1, 3, 2)
    assert (buckets.first[0], buckets.last[0]) == (1, 3)
    assert (buckets.count[0], buckets.good[0]) == (4, 2)
    assert buckets.worst[0] == max(codes)


async def test_the_first_bucket_begins_at_the_start_and_the_last_is_cut(bench: Bench) -> None:
    await bench.give(entry(1, [0] * 10, range(10), range(10)))
    buckets = await bench.buckets(1, 8, 4)
    assert buckets.time.tolist() == [at(1), at(5)]
    assert buckets.first.tolist() == [1, 5]
    assert buckets.last.tolist() == [4, 7]


async def test_a_bucket_may_span_midnight(bench: Bench) -> None:
    await bench.give(entry(1, [0] * 3, [0, 12 * 3600 - 1, 12 * 3600 + 1], [1, 2, 6]))
    await bench.give(entry(2, [0], 24 * 3600, 3))
    buckets = await bench.buckets(0, 48 * 3600, 48 * 3600)
    assert (buckets.first[0], buckets.last[0], buckets.mean[0]) == (1, 3, 3)
    assert buckets.count.tolist() == [4]


@pytest.mark.parametrize("point", [-1, 4, 99])
async def test_a_point_outside_the_table_is_refused_with_a_sentence(
    bench: Bench, point: int
) -> None:
    with pytest.raises(QueryError, match=f"point {point} is not in the table"):
        await bench.samples(point)
    with pytest.raises(QueryError, match="4 points"):
        await bench.store.query(BucketQuery(point, 0, 10, 1))
    with pytest.raises(QueryError, match=f"point {point}"):
        await bench.latest([0, point])


async def test_pruned_samples_are_forgotten_and_latest_is_not(bench: Bench) -> None:
    await bench.give(entry(1, [0, 1], 0, [1, 7]))
    await bench.give(entry(2, [0], DAY // SECOND, 2), entry(3, [0], 2 * DAY // SECOND, 3))
    await bench.store.prune(NOON + DAY)
    await bench.store.prune(NOON)  # time does not give back what was forgotten
    assert (await bench.samples()).value.tolist() == [2, 3]
    assert len(await bench.samples(1)) == 0
    assert (await bench.latest([1])).value.tolist() == [7]
    buckets = await bench.buckets(0, 3 * 86_400, 86_400)
    assert buckets.count.tolist() == [0, 1, 1]


async def test_what_a_store_calls_safe_never_goes_back(bench: Bench) -> None:
    safe = [await bench.give(entry(s, [0], s, 0.1)) for s in (1, 2, 5)]
    safe.append(await bench.give())
    assert safe == sorted(safe)
    assert safe[-1] <= 5


async def test_buckets_stand_on_their_origin_and_hold_nothing_from_before_the_start(
    bench: Bench,
) -> None:
    await bench.give(entry(1, [0] * 20, range(20), range(20)))
    buckets = await bench.buckets(7, 18, 5, origin_s=100)
    assert buckets.time.tolist() == [at(5), at(10), at(15)]
    assert buckets.first.tolist() == [7, 10, 15]
    assert buckets.last.tolist() == [9, 14, 17]
    assert buckets.count.tolist() == [3, 5, 3]


async def test_whole_minutes_and_cut_ones_are_summed_up_alike(bench: Bench) -> None:
    value = np.round(np.sin(np.arange(600.0)), 3).astype(np.float64)
    await bench.give(entry(1, [0] * 600, range(600), value))
    buckets = await bench.buckets(90, 500, 120, origin_s=0)
    edges = [90, 120, 240, 360, 480, 500]
    parts = [value[a:b] for a, b in pairwise(edges)]
    assert buckets.time.tolist() == [at(s) for s in (0, 120, 240, 360, 480)]
    assert buckets.minimum.tolist() == [part.min() for part in parts]
    assert buckets.maximum.tolist() == [part.max() for part in parts]
    assert buckets.first.tolist() == [part[0] for part in parts]
    assert buckets.last.tolist() == [part[-1] for part in parts]
    assert buckets.count.tolist() == [len(part) for part in parts]
    np.testing.assert_allclose(buckets.mean, [part.mean() for part in parts])


async def test_a_late_sample_and_a_correction_are_in_the_minutes_too_Q3(bench: Bench) -> None:
    await bench.give(entry(1, [0, 0, 0], [0, 10, 70], [1, 2, 3]))
    await bench.give(entry(2, [0], 2 * DAY // SECOND, 9))
    await bench.give(entry(3, [0, 0], [10, 30], [5, 0.5]))
    buckets = await bench.buckets(0, 120, 60)
    assert buckets.count.tolist() == [3, 1]
    assert buckets.maximum.tolist() == [5, 3]
    assert buckets.minimum.tolist() == [0.5, 3]
    assert buckets.last.tolist() == [0.5, 3]


async def test_a_thinned_stretch_is_said_and_its_minutes_stay(thinning: Bench) -> None:
    bench = thinning
    await bench.give(entry(1, [0] * 4 + [1], [0, 20, 70, MIDNIGHT_S + 5, 20], [1, 4, 2, 3, 8]))
    await bench.thin(0, MIDNIGHT_S)
    found = await bench.samples()
    assert found.value.tolist() == [3]
    assert found.thinned_before == at(MIDNIGHT_S)
    assert (await bench.samples(0, MIDNIGHT_S)).thinned_before is None
    other = await bench.samples(1)
    assert (other.value.tolist(), other.thinned_before) == ([8], None)
    buckets = await bench.buckets(0, MIDNIGHT_S + 60, MIDNIGHT_S + 60)
    assert (buckets.minimum[0], buckets.maximum[0]) == (1, 4)
    assert (buckets.first[0], buckets.last[0]) == (1, 3)
    assert (buckets.mean[0], buckets.count[0]) == (2.5, 4)


async def test_a_thinned_minute_counts_where_it_begins(thinning: Bench) -> None:
    bench = thinning
    await bench.give(entry(1, [0] * 4, [0, 59, 60, 119], [1, 2, 3, 4]))
    await bench.thin(0, MIDNIGHT_S)
    buckets = await bench.buckets(0, 120, 50)
    assert buckets.count.tolist() == [2, 2, 0]
    assert (await bench.buckets(1, 121, 120)).count.tolist() == [2]


async def test_a_sample_that_comes_after_the_thinning_is_added_to_its_minute(
    thinning: Bench,
) -> None:
    bench = thinning
    await bench.give(entry(1, [0] * 3, [0, 20, 70], [1, 4, 2]))
    await bench.thin(0, MIDNIGHT_S)
    await bench.give(entry(2, [0, 0], [40, 200], [7, 5]))
    await bench.give(entry(3, [0], 45, float("nan"), bad(Reason.COMM)))
    buckets = await bench.buckets(0, 240, 60)
    assert buckets.count.tolist() == [4, 1, 0, 1]
    assert buckets.good.tolist() == [3, 1, 0, 1]
    np.testing.assert_array_equal(buckets.maximum, [7, 2, np.nan, 5])
    assert buckets.mean[0] == 4
    await bench.thin(0, MIDNIGHT_S)
    assert _columns(await bench.buckets(0, 240, 60)) == _columns(buckets)
    await bench.give(entry(4, [0], 100, 6))
    assert (await bench.buckets(0, 240, 60)).count.tolist() == [4, 2, 0, 1]
    assert len(await bench.samples()) == 0


async def test_thinned_minutes_are_pruned_like_samples(thinning: Bench) -> None:
    bench = thinning
    await bench.give(entry(1, [0] * 3, [0, 70, 130], [1, 2, 3]))
    await bench.thin(0, MIDNIGHT_S)
    await bench.store.prune(NOON + 60 * SECOND)
    assert (await bench.buckets(0, 180, 60)).count.tolist() == [0, 1, 1]


def _columns(buckets: Buckets) -> list[str]:
    names = ("minimum", "maximum", "mean", "first", "last", "count", "good", "worst")
    return [str(getattr(buckets, name).tolist()) for name in names]
