"""A store that an older version wrote is opened, brought up to date and answers the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest

from historian.embedded.catalogue import Catalogue
from historian.embedded.listing import Change
from historian.embedded.sizes import Sizes
from historian.embedded.versions import STEPS
from historian.errors import CatalogueError
from historian.newest import Newest
from telemetry.batch import Batch
from tests.historian.making import DAY, NOON, SECOND, entry
from tests.historian.places import by_minute, merge_all, sum_all, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.historian.places import Place

VERSION_1 = """
CREATE TABLE point (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE segment (
    file TEXT PRIMARY KEY, run INTEGER NOT NULL, level INTEGER NOT NULL, day INTEGER NOT NULL,
    min_time INTEGER NOT NULL, max_time INTEGER NOT NULL,
    min_point INTEGER NOT NULL, max_point INTEGER NOT NULL,
    min_sequence INTEGER NOT NULL, rows INTEGER NOT NULL
);
CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
PRAGMA user_version = 1;
"""

SAMPLES_1 = {
    # run: (point number, seconds after noon, value, sequence)
    1: [(1, 0, 0.5, 1), (1, 10, 0.6, 2), (2, 0, 7.0, 1)],
    2: [(1, 10, 0.9, 4), (1, 61, 0.7, 3)],
    3: [(1, 10, 0.8, 5)],
}
"""Three segments as the first version wrote them: each row under its own sequence."""


def write_version_1(folder: Path) -> None:
    """A store of the first version with three segments of one day, one with corrections."""
    (folder / "segments").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as db, db:
        db.executescript(VERSION_1)
        names = [("site.p1.pressure",), ("site.p0.pressure",)]
        db.executemany("INSERT INTO point (name) VALUES (?)", names)
        for run, samples in SAMPLES_1.items():
            db.execute(
                "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                _segment_1(folder / "segments", run, sorted(samples)),
            )
        state = {"through": 5, "horizon": NOON - DAY, "newest": _newest_1()}
        db.executemany("INSERT INTO state VALUES (?, ?)", state.items())


def _segment_1(folder: Path, run: int, samples: list[tuple[int, int, float, int]]) -> list[object]:
    level, file = int(run == 1), f"2026-01-01-l{int(run == 1)}-r{run:08d}-p00000001.parquet"
    point, seconds, value, sequence = (np.array(column) for column in zip(*samples, strict=True))
    columns = {
        "point": point.astype(np.int32),
        "time_ns": NOON + seconds * SECOND,
        "value": value,
        "quality": np.zeros(len(samples), np.uint8),
        "sequence": sequence,
    }
    with duckdb.connect() as db:
        db.register("arrays", columns)
        db.execute(f"COPY (FROM arrays) TO '{folder / file}' (FORMAT parquet, COMPRESSION zstd)")
    times, day = columns["time_ns"], NOON // DAY
    bounds = [int(f(c)) for c in (times, point) for f in (np.min, np.max)]
    return [file, run, level, day, *bounds, int(sequence.min()), len(samples)]


def _newest_1() -> bytes:
    newest = Newest.unseen(3)
    newest.see(Batch.of([1, 2], [NOON + 61 * SECOND, NOON], [0.7, 7.0]))
    return newest.to_bytes()


@pytest.fixture
def old(place: Place) -> Place:
    write_version_1(place.path)
    return place


async def test_a_store_of_version_1_answers_the_same_S12(old: Place) -> None:
    store = old.open()
    assert store.through == 5
    assert await values(store, 1) == [0.5, 0.8, 0.7]
    assert await values(store, 0) == [7.0]
    latest = await store.latest(np.array([1, 0], np.int32))
    assert latest.value.tolist() == [0.7, 7.0]
    assert (await by_minute(store, 1)).count.tolist()[:2] == [2, 1]


async def test_a_store_of_version_1_is_merged_summed_up_and_goes_on_S12(old: Place) -> None:
    store = old.open()
    await store.append([entry(5, [1], 10, 99), entry(6, [1], 20, 0.4)])
    await sum_all(store)
    await merge_all(store)
    await store.close()
    store = old.open()
    assert await values(store, 1) == [0.5, 0.8, 0.4, 0.7]
    buckets = await by_minute(store, 1)
    assert buckets.count.tolist()[:2] == [3, 1]
    assert buckets.maximum.tolist()[:2] == [0.8, 0.7]


async def test_merging_keeps_the_order_of_version_1s_corrections_S12(old: Place) -> None:
    store = old.open(sizes=Sizes(fan_in=2))
    await merge_all(store)
    assert [file[10:14] for file in old.files()] == ["-l2-"]
    assert await values(store, 1) == [0.5, 0.8, 0.7]


async def test_what_version_1_had_forgotten_stays_forgotten_S12(old: Place) -> None:
    store = old.open()
    await store.append([entry(6, [0, 0, 3], [-25 * 3600, 5, -25 * 3600], [1, 2, 3])])
    assert await values(store, 0) == [7.0, 2.0]
    assert await values(store, 3) == []


def test_a_catalogue_is_brought_up_to_date_at_once_or_not_at_all_S12(tmp_path: Path) -> None:
    write_version_1(tmp_path)
    path = tmp_path / "catalogue.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE summarised (in_the_way INTEGER)")
    with pytest.raises(CatalogueError, match="cannot be used"):
        Catalogue(path)
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert len(db.execute("PRAGMA table_info(segment)").fetchall()) == 10
        db.execute("DROP TABLE summarised")
    with closing(Catalogue(path)) as catalogue:
        assert len(catalogue.segments()) == 3
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


async def test_the_files_of_a_newer_version_are_refused_S12(place: Place) -> None:
    await place.open().close()
    with closing(sqlite3.connect(place.path / "catalogue.sqlite")) as newer, newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(CatalogueError, match="newer version"):
        place.open()


def test_a_failed_change_leaves_the_catalogue_as_it_was(tmp_path: Path) -> None:
    with closing(Catalogue(tmp_path / "catalogue.sqlite")) as catalogue:
        catalogue.apply(Change(state={"through": 1}))
        with pytest.raises(CatalogueError):
            catalogue.apply(Change(state={"through": 2, "bad": {}}))  # type: ignore[dict-item]  # the fault
        assert catalogue.state() == {"through": 1}
