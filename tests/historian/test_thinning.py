"""Old samples go and their minutes stay; the disk is given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from historian.embedded.sizes import Sizes
from historian.queries import BucketQuery, RangeQuery
from historian.retention import EVER, Horizons
from tests.historian.making import DAY, NOON, SECOND, entry, table
from tests.historian.places import (
    LATER,
    by_minute,
    merge_all,
    older_than,
    sum_all,
    thin_all,
    values,
)

if TYPE_CHECKING:
    from historian.embedded.store import EmbeddedStore
    from tests.historian.places import Place

DAY_S = DAY // SECOND
TOMORROW = NOON + DAY


async def three_days(store: EmbeddedStore) -> None:
    """Points 0 and 1 have two samples on each of three days."""
    for day in range(3):
        at = day * DAY_S
        await store.append([entry(day + 1, [0, 1, 0, 1], [at, at, at + 30, at + 30], day + 0.5)])
        await store.flush()


def rows_on_disk(place: Place) -> int:
    files = [str(place.segments / file) for file in place.files("-l")]
    if not files:
        return 0
    with duckdb.connect() as db:
        row = db.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchone()
    assert row is not None
    return int(row[0])


async def test_samples_of_old_days_leave_the_disk_and_their_minutes_stay(place: Place) -> None:
    store = place.open(hot_s=1e-9)
    await three_days(store)
    await sum_all(store)
    await thin_all(store, TOMORROW + DAY)
    assert {file[:10] for file in place.files("-l")} == {"2026-01-03"}
    assert await values(store) == [2.5, 2.5]
    days = BucketQuery(0, NOON, NOON + 3 * DAY, DAY)
    assert (await store.query(days)).count.tolist() == [2, 2, 2]
    assert (await store.query(days)).mean.tolist() == [0.5, 1.5, 2.5]


async def test_only_the_kinds_that_are_too_old_are_taken_out(place: Place) -> None:
    store = place.open(hot_s=1e-9)
    await three_days(store)
    await sum_all(store)
    await thin_all(store, TOMORROW + DAY, points=[1])
    assert rows_on_disk(place) == 8
    assert await values(store, 0) == [0.5, 0.5, 1.5, 1.5, 2.5, 2.5]
    assert await values(store, 1) == [2.5, 2.5]
    assert not await store.retain(older_than(TOMORROW + DAY, points=[1])), "done is done"
    await thin_all(store, TOMORROW + DAY)
    assert rows_on_disk(place) == 4
    assert (await by_minute(store, 0)).count[0] == (await by_minute(store, 1)).count[0] == 2


async def test_a_day_whose_minutes_are_not_complete_is_not_thinned(place: Place) -> None:
    store = place.open(hot_s=1e-9)
    await three_days(store)
    await thin_all(store, LATER)
    assert rows_on_disk(place) == 12
    while await store.summarise(TOMORROW):  # the first day only
        pass
    await thin_all(store, LATER)
    assert await values(store) == [1.5, 1.5, 2.5, 2.5]
    assert rows_on_disk(place) == 8


async def test_a_day_half_summed_up_is_not_thinned(place: Place) -> None:
    store = place.open(hot_s=1e-9, sizes=Sizes(rows_per_file=1, minutes_per_file=1))
    await three_days(store)
    assert await store.summarise(TOMORROW)
    await thin_all(store, LATER)
    assert await values(store) == [0.5, 0.5, 1.5, 1.5, 2.5, 2.5]
    await store.close()
    store = place.open(hot_s=1e-9, sizes=Sizes(rows_per_file=1, minutes_per_file=1))
    await thin_all(store, LATER)
    assert len(await values(store)) == 6, "nor after a restart"
    await sum_all(store)
    await thin_all(store, LATER)
    assert await values(store) == []
    assert (await by_minute(store)).count[0] == 2


async def test_thinned_days_stay_thinned_through_a_restart_and_a_changed_table(
    place: Place,
) -> None:
    store = place.open(table("a.x", "b.x", "c.x", "d.x"))
    await three_days(store)
    await sum_all(store)
    await thin_all(store, LATER, points=[0])
    await store.close()
    store = place.open(table("z.x", "a.x", "b.x"))
    assert await values(store, 1) == []
    assert len(await values(store, 2)) == 6
    found = await store.query(RangeQuery(1, 0, 2**62))
    assert found.thinned_before == LATER // DAY * DAY


async def test_points_that_left_the_table_grow_old_by_the_general_times(place: Place) -> None:
    store = place.open(table("a.x", "b.x", "c.x", "d.x"), hot_s=1e-9)
    await three_days(store)
    await sum_all(store)
    await store.close()
    store = place.open(table("a.x"), hot_s=1e-9)
    ever = older_than(0).raw[:1]
    midnight = LATER // DAY * DAY
    while await store.retain(Horizons(ever, ever, midnight, EVER)):
        pass
    assert rows_on_disk(place) == 6
    assert len(await values(store)) == 6


async def test_late_samples_of_a_thinned_day_are_taken_into_its_minutes_and_go(
    place: Place,
) -> None:
    store = place.open(hot_s=1e-9)
    await three_days(store)
    await sum_all(store)
    await thin_all(store, LATER)
    await store.append([entry(9, [0, 0], [45, 60], [9, 8])])
    await store.flush()
    before = await by_minute(store)
    assert before.maximum.tolist()[:2] == [9, 8]
    await sum_all(store)
    await thin_all(store, LATER)
    assert rows_on_disk(place) == 0
    after = await by_minute(store)
    assert after.count.tolist() == before.count.tolist() == [3, 1] + [0] * 8
    assert after.maximum.tolist()[:2] == [9, 8]


async def test_old_days_brought_in_afterwards_are_summed_up_before_they_are_thinned(
    place: Place,
) -> None:
    store = place.open(hot_s=1e-9)
    await three_days(store)
    await sum_all(store)
    await thin_all(store, LATER)
    await store.append([entry(9, [0, 2], [-9 * DAY_S, -9 * DAY_S], [4, 5])])
    await store.flush()
    await thin_all(store, LATER)
    assert rows_on_disk(place) == 2
    await sum_all(store)
    await thin_all(store, LATER)
    assert rows_on_disk(place) == 0
    week = BucketQuery(2, NOON - 10 * DAY, NOON, 10 * DAY)
    assert (await store.query(week)).maximum.tolist() == [5]


async def test_minutes_beyond_their_time_leave_the_disk(place: Place) -> None:
    store = place.open(hot_s=1e-9)
    await three_days(store)
    await sum_all(store)
    keep = older_than(LATER)
    while await store.retain(Horizons(keep.raw, keep.raw, EVER, TOMORROW + 2 * DAY)):
        pass
    assert place.files() == []
    assert (await by_minute(store)).count.sum() == 0


async def test_minutes_grow_together_to_months_and_stay_the_same(place: Place) -> None:
    store = place.open(hot_s=1e-9, sizes=Sizes(fan_in=3, minutes_per_file=5))
    for day in range(40):
        await store.append([entry(day + 1, [0, 1], day * DAY_S, [day, -day])])
        await store.flush()
        while await store.summarise(NOON + day * DAY):
            pass
        await merge_all(store)
    levels = {(file[:7], file[10:14]) for file in place.files("-m")}
    assert levels == {("2026-01", "-m2-"), ("2026-02", "-m1-"), ("2026-02", "-m0-")}
    days = BucketQuery(0, NOON - DAY // 2, NOON + 40 * DAY - DAY // 2, DAY)
    assert (await store.query(days)).last.tolist() == list(range(40))


async def test_late_samples_of_a_thinned_day_stay_until_its_minutes_have_them(
    place: Place,
) -> None:
    store = place.open(hot_s=1e-9)
    await store.append([entry(1, [0, 1], 0, [1, 2])])
    await sum_all(store)
    await thin_all(store, before=NOON + 10 * DAY)
    assert place.files("-l") == []
    await store.append([entry(2, [0], 5, 9)])
    await store.flush()
    await thin_all(store, before=NOON + 10 * DAY)
    assert len(place.files("-l0-")) == 1, "not summed up yet"
    await sum_all(store)
    await thin_all(store, before=NOON + 10 * DAY)
    assert place.files("-l") == []
    buckets = await by_minute(store)
    assert (buckets.count[0], buckets.maximum[0]) == (2, 9)


async def half_thinned(place: Place) -> EmbeddedStore:
    """Four points whose samples are all too old; those of the last are on the disk all the same."""
    store = place.open(hot_s=1e-9, sizes=Sizes(rows_per_file=1, minutes_per_file=1))
    await store.append([entry(1, [0, 1, 2, 3], 0, [1, 2, 3, 4])])
    await sum_all(store)
    assert await store.retain(older_than(NOON + 10 * DAY)), "there are more files to thin"
    assert any("p00000004" in file for file in place.files("-l9-"))
    return store


async def test_samples_that_wait_to_be_thinned_are_not_counted_again_with_late_ones(
    place: Place,
) -> None:
    store = await half_thinned(place)
    await store.append([entry(2, [3], 5, 9)])
    assert (await by_minute(store, 3)).count[0] == 2
    await sum_all(store)
    assert (await by_minute(store, 3)).count[0] == 2


async def test_samples_that_wait_to_be_thinned_are_not_counted_again_when_minutes_are_lost_S6(
    place: Place,
) -> None:
    store = await half_thinned(place)
    (place.segments / place.files("-m0-")[0]).unlink()
    await by_minute(store, 0)
    assert store.damaged == 1
    assert (await by_minute(store, 3)).count[0] == 1
    await sum_all(store)
    assert (await by_minute(store, 3)).count[0] == 1
