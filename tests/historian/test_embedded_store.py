"""What the embedded store leaves on disk, and what it makes of what it finds there."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest

from historian.embedded.sizes import Sizes
from historian.entry import Entry
from historian.errors import CatalogueError, DirectoryLockedError
from historian.queries import RangeQuery
from telemetry.batch import Batch
from telemetry.quality import GOOD, Reason, bad
from tests.historian.making import DAY, NOON, SECOND, entry, table
from tests.historian.places import merge_all, values

if TYPE_CHECKING:
    from tests.historian.places import Place


async def test_a_segment_is_sorted_and_anybody_can_read_it(place: Place) -> None:
    store = place.open()
    await store.append([entry(1, [2, 0, 0, 2], [1, 2, 1, 0], [21, 2, 1, 20])])
    await store.flush()
    (file,) = place.files()
    with duckdb.connect() as anybody:
        anybody.read_parquet(str(place.path / "segments" / file)).create("segment")
        rows = anybody.execute("SELECT point, time_ns, value FROM segment").fetchall()
    assert rows == sorted(rows)
    assert [value for _, _, value in rows] == [1, 2, 20, 21]


async def test_a_segment_is_written_when_enough_rows_wait(place: Place) -> None:
    store = place.open(sizes=Sizes(segment_rows=10))
    through = [
        await store.append([entry(s, [0] * 4, range(4 * s, 4 * s + 4), s)]) for s in (1, 2, 3)
    ]
    assert through == [0, 0, 0]
    assert await store.append([entry(4, [0], 99, 4)]) == 3
    assert len(place.files()) == 1
    assert await values(store) == [1] * 4 + [2] * 4 + [3] * 4 + [4]


async def test_samples_of_different_days_never_share_a_segment(place: Place) -> None:
    store = place.open()
    await store.append([entry(1, [0, 0, 0], [0, DAY // SECOND, -DAY // SECOND], [2, 3, 1])])
    await store.flush()
    assert [name[:10] for name in place.files()] == ["2025-12-31", "2026-01-01", "2026-01-02"]
    assert await values(store) == [1, 2, 3]


async def test_a_bad_sample_has_no_value_in_a_segment_either(place: Place) -> None:
    store = place.open()
    bad_one = Batch.of([0, 0], [NOON, NOON + SECOND], [1.5, np.nan], [GOOD, bad(Reason.SENSOR)])
    await store.append([Entry(1, "test", bad_one)])
    await store.flush()
    series = await store.query(RangeQuery(0, 0, 2**62))
    assert type(series.value) is np.ndarray, "no mask that somebody might leave aside"
    np.testing.assert_array_equal(series.value, [1.5, np.nan])
    assert series.quality.tolist() == [GOOD, bad(Reason.SENSOR)]


async def test_many_segments_become_one_and_old_files_go(place: Place) -> None:
    store = place.open(sizes=Sizes(fan_in=12))
    for sequence in range(1, 13):
        assert not await store.compact()
        await store.append([entry(sequence, [0, 1], sequence % 6, sequence)])
        await store.flush()
    assert await store.compact()
    (file,) = place.files()
    assert "-l1-" in file
    assert await values(store) == [12, 7, 8, 9, 10, 11]  # each time's later one


async def test_merging_leaves_out_what_was_pruned(place: Place) -> None:
    store = place.open(sizes=Sizes(fan_in=2))
    await store.append([entry(1, [0, 0], [0, 10], [1, 2])])
    await store.flush()
    await store.append([entry(2, [0, 0], [20, 30], [3, 4])])
    await store.flush()
    await store.prune(NOON + 10 * SECOND)
    await store.compact()
    (file,) = place.files()
    with duckdb.connect() as anybody:
        rows = anybody.read_parquet(str(place.path / "segments" / file)).fetchall()
    assert len(rows) == 3


async def test_a_point_keeps_its_samples_when_the_table_changes(place: Place) -> None:
    store = place.open(table("a.x", "b.x", "c.x"))
    await store.append([entry(1, [0, 1, 2], 0, [1, 2, 3])])
    await store.close()
    store = place.open(table("new.x", "c.x", "a.x"))
    assert await values(store, 1) == [3]
    assert await values(store, 2) == [1]
    assert await values(store, 0) == []
    latest = await store.latest(np.array([2, 1, 0], dtype=np.int32))
    np.testing.assert_array_equal(latest.value, [1, 3, np.nan])
    await store.close()
    assert await values(place.open(table("b.x"))) == [2]  # removed, and back again


async def test_a_second_instance_is_refused_with_the_process_of_the_first_S11(
    place: Place,
) -> None:
    place.open()
    with pytest.raises(DirectoryLockedError, match=f"in use by process {os.getpid()}"):
        place.open()


async def test_a_failed_opening_lets_the_folder_go(place: Place) -> None:
    await place.open().close()
    catalogue = place.path / "catalogue.sqlite"
    sound = catalogue.read_bytes()
    catalogue.write_bytes(b"rubbish" * 1000)
    with pytest.raises(CatalogueError, match="cannot be used"):
        place.open()
    catalogue.write_bytes(sound)
    assert place.open().through == 0


async def test_what_an_interrupted_writing_left_is_removed_S5(place: Place) -> None:
    store = place.open()
    await store.append([entry(1, [0], 0, 1)])
    await store.close()
    folder = place.path / "segments"
    (file,) = place.files()
    shutil.copy(folder / file, folder / file.replace("r0", "r9"))
    (folder / "half.parquet.draft").write_bytes(b"PAR1")
    assert await values(place.open()) == [1]
    assert [path.name for path in folder.iterdir()] == [file]


async def test_segments_without_a_catalogue_are_put_aside_not_deleted(place: Place) -> None:
    store = place.open()
    await store.append([entry(1, [0], 0, 1)])
    await store.close()
    (file,) = place.files()
    for path in place.path.glob("catalogue.sqlite*"):
        path.unlink()
    assert await values(place.open()) == []
    assert (place.path / "orphans" / file).exists()


async def test_questions_are_answered_while_their_segments_are_merged_away(place: Place) -> None:
    store = place.open(hot_s=1e-9, sizes=Sizes(fan_in=2))
    for sequence in range(1, 17):
        await store.append([entry(sequence, [0], sequence, sequence)])
        await store.flush()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(merge_all(store))
        answers = [tasks.create_task(values(store)) for _ in range(60)]
    assert all(answer.result() == list(range(1, 17)) for answer in answers)
    assert len(place.files()) == 1


async def test_old_rows_leave_memory_and_are_still_found(place: Place) -> None:
    store = place.open(hot_s=15.0)
    for sequence in range(1, 6):
        await store.append([entry(sequence, [0], 10 * sequence, sequence)])
        await store.flush()
    assert await values(store) == [1, 2, 3, 4, 5]
    (place.path / "segments").rename(place.path / "gone")
    recent = RangeQuery(0, NOON + 35 * SECOND, 2**62)
    assert (await store.query(recent)).value.tolist() == [4, 5]  # answered without the disk
    (place.path / "gone").rename(place.path / "segments")


async def test_replaced_files_stay_while_somebody_looks_at_them(place: Place) -> None:
    store = place.open(sizes=Sizes(fan_in=2))
    for sequence in (1, 2):
        await store.append([entry(sequence, [0], sequence, sequence)])
        await store.flush()
    before = place.files()
    with store._segments.look() as seen:
        await merge_all(store)
        with store._segments.look() as later:
            assert {row.file for row in later.rows()}.isdisjoint(before)
        assert set(before) < set(place.files())
        assert [row.file for row in seen.rows()] == before
    assert set(place.files()).isdisjoint(before)
