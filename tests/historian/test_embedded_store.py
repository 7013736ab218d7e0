"""What the embedded store leaves on disk, and what it makes of what it finds there."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest

from historian.embedded.catalogue import Catalogue
from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.entry import Entry
from historian.errors import CatalogueError, DirectoryLockedError, StoreError, StoreFullError
from historian.queries import RangeQuery
from telemetry.batch import Batch
from telemetry.quality import GOOD, Reason, bad
from tests.historian.making import DAY, NOON, SECOND, entry, numbered_table, table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telemetry.points import PointTable

POINTS = numbered_table(4)


class Place:
    """The folder of one test's store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: list[EmbeddedStore] = []

    def open(self, points: PointTable = POINTS, **options: Any) -> EmbeddedStore:
        store = EmbeddedStore(self.path, points, **options)
        self._opened.append(store)
        return store

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.path / "segments").glob("*.parquet"))

    async def close(self) -> None:
        for store in self._opened:
            await store.close()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "store")
    yield place
    await place.close()


async def values(store: EmbeddedStore, point: int = 0) -> list[float]:
    series = await store.query(RangeQuery(point, 0, 2**62))
    return [float(value) for value in series.value]


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


async def test_the_files_of_a_newer_version_are_refused_S12(place: Place) -> None:
    await place.open().close()
    with sqlite3.connect(place.path / "catalogue.sqlite") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(CatalogueError, match="newer version"):
        place.open()


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


async def test_a_missing_segment_does_not_keep_the_rest_from_being_read(place: Place) -> None:
    store = place.open()
    for sequence in (1, 2):
        await store.append([entry(sequence, [0], sequence, sequence)])
        await store.flush()
    await store.close()
    lost = place.path / "segments" / place.files()[0]
    lost.rename(place.path / "elsewhere")
    store = place.open()
    assert await values(store) == [2]
    await store.close()
    (place.path / "elsewhere").rename(lost)
    assert await values(place.open()) == [1, 2]


async def test_a_writing_that_failed_is_done_again_S3(place: Place) -> None:
    store = place.open()
    await store.append([entry(1, [0], 0, 1)])
    folder = place.path / "segments"
    folder.rename(place.path / "gone")
    with pytest.raises(StoreError, match="cannot be written"):
        await store.flush()
    await store.append([entry(2, [0], 1, 2)])
    assert await values(store) == [1, 2]
    (place.path / "gone").rename(folder)
    await store.flush()
    assert store.through == 1
    await store.flush()
    assert store.through == 2
    assert await values(store) == [1, 2]


async def test_questions_are_answered_while_their_segments_are_merged_away(place: Place) -> None:
    store = place.open(hot_s=1e-9, sizes=Sizes(fan_in=2))
    for sequence in range(1, 17):
        await store.append([entry(sequence, [0], sequence, sequence)])
        await store.flush()

    async def merge_all() -> None:
        while await store.compact():
            pass

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(merge_all())
        answers = [tasks.create_task(values(store)) for _ in range(60)]
    assert all(answer.result() == list(range(1, 17)) for answer in answers)
    assert len(place.files()) == 1


@pytest.mark.system
async def test_a_full_disk_delays_a_segment_and_loses_nothing_S3(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    store = EmbeddedStore(small_disk / "store", POINTS)
    noise = np.random.default_rng(1).normal(size=20_000)
    await store.append([entry(1, [0] * 20_000, range(20_000), noise)])
    room = os.statvfs(small_disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - 60_000))
    with pytest.raises(StoreFullError, match="make room"):
        await store.flush()
    assert list((small_disk / "store" / "segments").iterdir()) == []
    assert store.through == 0
    ballast.unlink()
    await store.flush()
    assert store.through == 1
    assert await values(store) == noise.tolist()
    await store.close()


async def test_a_damaged_segment_is_an_error_that_names_the_folder_S6(place: Place) -> None:
    store = place.open()
    await store.append([entry(1, [0], 0, 1)])
    await store.close()
    (place.path / "segments" / place.files()[0]).write_bytes(b"rubbish" * 50)
    with pytest.raises(StoreError, match="cannot be read"):
        await values(place.open())


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


def test_a_failed_change_leaves_the_catalogue_as_it_was(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")
    catalogue.replace(state={"through": 1})
    with pytest.raises(CatalogueError):
        catalogue.replace(state={"through": 2, "bad": {}})  # type: ignore[dict-item]  # the fault
    assert catalogue.state() == {"through": 1}
    catalogue.close()
