"""A damaged or missing file is set aside and said; the rest goes on answering."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from historian.embedded.sizes import Sizes
from historian.errors import StoreError, UnreadableError
from historian.queries import RangeQuery
from tests.historian.making import DAY, NOON, entry
from tests.historian.places import by_minute, merge_all, sum_all, thin_all, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from historian.embedded.store import EmbeddedStore
    from tests.historian.places import Place


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    """Damage every tenth byte in the middle; the ends still say that it is Parquet."""
    spoilt = bytearray(data)
    for position in range(8, len(data) - 300, 10):
        spoilt[position] ^= 0x40
    return bytes(spoilt)


def flip_footer(data: bytes) -> bytes:
    spoilt = bytearray(data)
    for position in range(len(data) - 100, len(data) - 8):
        spoilt[position] ^= 0x15
    return bytes(spoilt)


DAMAGES = [
    pytest.param(cut, id="S6-truncated"),
    pytest.param(flip, id="S6-flipped-bytes"),
    pytest.param(flip_footer, id="S6-flipped-footer"),
    pytest.param(lambda data: bytes(len(data)), id="S6-zeroes"),
    pytest.param(lambda _: b"", id="S6-empty"),
]


def damage(path: Path, how: Callable[[bytes], bytes]) -> None:
    path.write_bytes(how(path.read_bytes()))


async def two_segments(place: Place, **options: Any) -> EmbeddedStore:
    """Point 0 has 0, 1, … in the first segment and 1000, 1001, … in the second."""
    store = place.open(hot_s=1e-9, **options)
    for sequence, begin in ((1, 0), (2, 1000)):
        seconds = range(begin, begin + 500)
        await store.append([entry(sequence, [0] * 500, seconds, [float(s) for s in seconds])])
        await store.flush()
    await store.close()
    return place.open(hot_s=1e-9, **options)


@pytest.mark.parametrize("how", DAMAGES)
async def test_a_damaged_segment_is_set_aside_and_the_rest_answers(
    place: Place, how: Callable[[bytes], bytes]
) -> None:
    store = await two_segments(place)
    spoilt, sound = place.files()
    damage(place.segments / spoilt, how)
    assert await values(store) == list(range(1000, 1500))
    assert store.damaged == 1
    assert place.files() == [sound]
    assert [path.name for path in (place.path / "quarantine").iterdir()] == [spoilt]
    await store.close()
    store = place.open()
    assert await values(store) == list(range(1000, 1500))
    assert store.damaged == 0, "it is no longer listed"


async def test_damage_that_reading_does_not_notice_is_not_carried_on_by_merging_S6(
    place: Place,
) -> None:
    store = await two_segments(place, sizes=Sizes(fan_in=2))
    spoilt = place.files()[0]
    # The key "created_by" of the footer says who wrote it; no reader minds another writer.
    damage(place.segments / spoilt, lambda data: data.replace(b"DuckDB", b"DackDB"))
    assert len(await values(store)) == 1000
    assert not await store.compact(), "one file alone need not be merged"
    assert store.damaged == 1
    assert await values(store) == list(range(1000, 1500))


async def test_random_damage_never_stops_the_store_S6(place: Place) -> None:
    store = await two_segments(place)
    spoilt = place.segments / place.files()[0]
    sound, chance = spoilt.read_bytes(), random.Random(6)
    for _ in range(40):
        data = bytearray(sound)
        for _ in range(5):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        spoilt.write_bytes(data)
        later = await store.query(RangeQuery(0, NOON, 2**62))
        assert later.value.tolist()[-500:] == list(range(1000, 1500))
        if store.damaged:
            spoilt.write_bytes(sound)
            await store.close()
            store = await two_segments_again(place)


async def two_segments_again(place: Place) -> EmbeddedStore:
    """A new store where the old one was."""
    place.path = place.path.with_name(place.path.name + "x")
    return await two_segments(place)


async def test_a_file_that_goes_while_running_is_missed_and_comes_back_by_a_restart_S6(
    place: Place,
) -> None:
    store = await two_segments(place)
    lost = place.segments / place.files()[0]
    lost.rename(place.path / "elsewhere")
    assert await values(store) == list(range(1000, 1500))
    assert store.damaged == 1
    await store.close()
    store = place.open()
    assert await values(store) == list(range(1000, 1500))
    await store.close()
    (place.path / "elsewhere").rename(lost)
    assert len(await values(place.open())) == 1000


async def test_a_folder_that_cannot_be_read_is_an_error_and_nothing_is_given_up_S6(
    place: Place,
) -> None:
    store = await two_segments(place)
    place.segments.rename(place.path / "gone")
    with pytest.raises(StoreError, match="cannot be read"):
        await values(store)
    (place.path / "gone").rename(place.segments)
    assert len(await values(store)) == 1000
    assert store.damaged == 0


async def test_damaged_minutes_are_summed_up_again_from_the_samples_S6(place: Place) -> None:
    store = await two_segments(place)
    await sum_all(store)
    before = (await by_minute(store, minutes=8)).maximum.tolist()
    damage(place.segments / place.files("-m0-")[0], cut)
    assert (await by_minute(store, minutes=8)).maximum.tolist() == before
    assert (store.damaged, place.files("-m0-")) == (1, [])
    assert await store.summarise(NOON + 2 * DAY)
    assert len(place.files("-m0-")) == 1
    assert (await by_minute(store, minutes=8)).maximum.tolist() == before


async def test_samples_lost_by_damage_live_on_in_their_minutes_S6(place: Place) -> None:
    store = await two_segments(place)
    await sum_all(store)
    before = (await by_minute(store, minutes=8)).maximum.tolist()
    damage(place.segments / place.files("-l9-")[0], cut)
    assert await values(store) == []
    assert (await by_minute(store, minutes=8)).maximum.tolist() == before


async def test_a_day_whose_only_file_is_damaged_is_summed_up_to_nothing_S6(place: Place) -> None:
    store = place.open(hot_s=1e-9)
    await store.append([entry(1, [0], 0, 1), entry(2, [0], 86_400, 2)])
    await store.flush()
    damage(place.segments / place.files()[0], cut)
    await sum_all(store)
    assert store.damaged == 1
    assert (await by_minute(store, minutes=1441)).count.sum() == 1


async def test_minutes_lost_while_their_day_is_being_summed_up_are_made_again_S6(
    place: Place,
) -> None:
    store = place.open(hot_s=1e-9, sizes=Sizes(rows_per_file=1, minutes_per_file=1))
    await store.append([entry(1, [0, 1, 2], 0, [1, 2, 3])])
    await store.flush()
    assert await store.summarise(NOON + 2 * DAY), "there are two more points to sum up"
    (first,) = place.files("-m0-")
    damage(place.segments / first, cut)
    store._segments.set_right(UnreadableError("as a question would find it", [first]))
    with pytest.raises(StoreError, match="done again"):
        await store.summarise(NOON + 2 * DAY)
    await sum_all(store)
    assert [(await by_minute(store, point)).count[0] for point in range(3)] == [1, 1, 1]


async def test_a_file_that_two_questions_find_damaged_is_set_aside_once_S6(place: Place) -> None:
    store = await two_segments(place)
    damage(place.segments / place.files()[0], cut)
    answers = await asyncio.gather(*(values(store) for _ in range(12)))
    assert answers == [list(range(1000, 1500))] * 12
    assert store.damaged == 1


async def test_minutes_damaged_after_thinning_cost_no_more_than_themselves_S6(
    place: Place,
) -> None:
    store = place.open(hot_s=1e-9)
    await store.append([entry(1, [0, 1], 0, [1, 2])])
    await store.flush()
    await store.append([entry(2, [0], 86_400, 3)])
    await sum_all(store)
    await thin_all(store, before=NOON + 10 * DAY)
    assert place.files("-l") == []
    for path in place.files("-m0-")[:1]:
        damage(place.segments / path, cut)
    assert (await by_minute(store)).count.tolist() == [0] * 10
    assert (await by_minute(store, minutes=1441)).last.tolist()[-1] == 3
    await sum_all(store)
    await merge_all(store)
    assert (await by_minute(store, minutes=1441)).count.sum() == 1
