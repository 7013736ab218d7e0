"""What an analyst sees of a store from another process, while the service runs."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # pandas ships no types
import pytest

from historian import open_store
from historian.embedded.sizes import Sizes
from historian.errors import CatalogueError, QueryError, StoreError
from historian.queries import BucketQuery, RangeQuery
from historian.reading.view import look
from historian.reading.wanted import Wanted
from historian.retention import Lifetimes
from historian.settings import HistorianSettings
from telemetry.batch import Batch
from telemetry.quality import Reason, bad, uncertain
from tests.historian.making import DAY, NOON, SECOND, numbered_table
from tests.historian.outside import Historian, city_of, running, traces

if TYPE_CHECKING:
    from pathlib import Path

POINTS = numbered_table(4)
P0, P1 = "site.p0.pressure", "site.p1.pressure"


def at(seconds: float) -> int:
    return NOON + int(seconds * SECOND)


async def test_readings_of_files_and_of_the_journal_are_one_series(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([0, 1], at(0), [0.30, 0.40]))
        await service.stored(Batch.of([0, 1], at(15), [0.31, 0.41]))
        service.journalled(Batch.of([0, 1], at(30), [0.32, 0.42]))
        found = open_store(tmp_path).readings(P0)
    assert found["value"].tolist() == [0.30, 0.31, 0.32]
    assert found.index.tolist() == [
        pd.Timestamp(f"2026-01-01 12:00:{s:02d}+00:00") for s in (0, 15, 30)
    ]
    assert found["quality"].tolist() == ["good"] * 3


async def test_a_correction_that_is_in_the_journal_only_replaces_what_a_file_holds(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([0], at(0), 0.3), Batch.of([0], at(15), 0.3))
        service.journalled(Batch.of([0], at(0), 0.9, uncertain(Reason.MANUAL)))
        found = open_store(tmp_path).readings(P0)
    assert found["value"].tolist() == [0.9, 0.3]
    assert found["quality"].tolist() == ["uncertain", "good"]
    assert found["reason"].tolist() == ["manual", "none"]


async def test_looking_leaves_no_trace_beside_a_running_service(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([0], at(0), 0.3))
        service.journalled(Batch.of([0], at(1), 0.3))
        before = traces(tmp_path)
        _look_at_everything(tmp_path)
        assert traces(tmp_path) == before


async def test_looking_leaves_no_trace_in_a_stopped_store(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([0], at(0), 0.3))
    before = traces(tmp_path)
    assert not any("wal" in name for name in before)
    _look_at_everything(tmp_path)
    assert traces(tmp_path) == before


def _look_at_everything(data: Path) -> None:
    store = open_store(data)
    assert len(store.points) == len(POINTS)
    assert len(store.readings([P0, P1])) >= 1
    assert len(store.buckets(P0)) == 1
    assert store.latest().loc[P0, "value"] == 0.3


async def test_a_service_that_was_killed_is_read_to_its_last_batch(tmp_path: Path) -> None:
    async with running(tmp_path / "alive", POINTS) as service:
        await service.stored(Batch.of([0], at(0), 0.3))
        service.journalled(Batch.of([0], at(1), 0.4))
        shutil.copytree(tmp_path / "alive", tmp_path / "dead")
    assert open_store(tmp_path / "dead").readings(P0)["value"].tolist() == [0.3, 0.4]


async def test_a_frame_that_is_just_being_written_is_not_there_yet(tmp_path: Path) -> None:
    async with running(tmp_path / "alive", POINTS) as service:
        service.journalled(Batch.of([0], at(0), 0.3))
        service.journalled(Batch.of([0], at(1), 0.4))
        shutil.copytree(tmp_path / "alive", tmp_path / "torn")
    segment = next((tmp_path / "torn").rglob("*.journal"))
    segment.write_bytes(segment.read_bytes()[:-8])
    assert open_store(tmp_path / "torn").readings(P0)["value"].tolist() == [0.3]


async def test_a_damaged_frame_hides_only_itself_S6(tmp_path: Path) -> None:
    async with running(tmp_path / "alive", POINTS) as service:
        for second in range(3):
            service.journalled(Batch.of([0], at(second), float(second)))
        shutil.copytree(tmp_path / "alive", tmp_path / "hit")
    segment = next((tmp_path / "hit").rglob("*.journal"))
    data = bytearray(segment.read_bytes())
    data[64 + (len(data) - 64) // 2] ^= 1
    segment.write_bytes(data)
    assert open_store(tmp_path / "hit").readings(P0)["value"].tolist() == [0.0, 2.0]


async def test_files_that_are_merged_while_they_are_read_are_found_again(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS, Sizes(fan_in=2)) as service:
        for second in range(4):
            await service.stored(Batch.of([0, 1], at(second), float(second)))
        with look(service.root) as view:
            while await service.store.compact():
                pass
            assert not (view.folders.segments / view.listing.files[0].file).exists()
            rows = view.rows(Wanted(view.numbers([P0]), 0, 2**62))
    assert rows.value.tolist() == [0.0, 1.0, 2.0, 3.0]


async def test_a_file_that_somebody_took_away_hides_only_its_own_readings(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([0], at(0), 0.3))
        await service.stored(Batch.of([0], at(1), 0.4))
        with look(service.root) as view:
            (view.folders.segments / view.listing.files[0].file).unlink()
        assert len(open_store(tmp_path).readings(P0)) == 1


async def test_a_damaged_file_hides_only_its_own_readings_and_stays_where_it_is_S6(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "alive", POINTS) as service:
        await service.stored(Batch.of([0], at(0), 0.3))
        await service.stored(Batch.of([0], at(1), 0.4))
        shutil.copytree(tmp_path / "alive", tmp_path / "hit")
    first = sorted((tmp_path / "hit").rglob("*.parquet"))[0]
    first.write_bytes(first.read_bytes()[:-200])
    before = traces(tmp_path / "hit")
    store = open_store(tmp_path / "hit")
    assert store.readings(P0)["value"].tolist() == [0.4]
    assert store.buckets(P0)["max"].tolist() == [0.4]
    assert traces(tmp_path / "hit") == before


async def test_where_minutes_are_damaged_samples_answer_S6(tmp_path: Path) -> None:
    async with running(tmp_path / "alive", POINTS) as service:
        await service.stored(Batch.of([0, 0], [at(0), at(61)], [0.3, 0.4]))
        while await service.store.summarise(at(0) + 2 * DAY):
            pass
        shutil.copytree(tmp_path / "alive", tmp_path / "hit")
    (minutes,) = (tmp_path / "hit").rglob("*-m0-*.parquet")
    minutes.write_bytes(minutes.read_bytes()[:-200])
    found = open_store(tmp_path / "hit").buckets(P0, "2026-01-01", "2026-01-02", "12h")
    assert found["count"].tolist() == [0, 2]


async def test_wide_readings_have_a_column_a_point_and_no_bad_values(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        service.journalled(Batch.of([0, 1], at(0), [0.3, 99.0], [0, bad(Reason.OUT_OF_RANGE)]))
        service.journalled(Batch.of([0], at(1), 0.4))
        store = open_store(tmp_path)
        wide = store.readings([P1, P0], wide=True)
        long = store.readings([P1, P0])
    assert wide.columns.tolist() == [P1, P0]
    assert wide[P0].tolist() == [0.3, 0.4]
    assert wide[P1].isna().tolist() == [True, True]
    assert long[["point", "value", "reason"]].to_numpy().tolist() == [
        [P0, 0.3, "none"],
        [P0, 0.4, "none"],
        [P1, 99.0, "out_of_range"],
    ]


async def test_times_without_an_offset_are_the_citys(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        service.journalled(Batch.of([0, 0], [at(0), at(3_600)], [0.3, 0.4]))
        store = open_store(tmp_path, city=city_of(POINTS))
        local = store.readings(P0, "2026-01-01 20:00", "2026-01-01 21:00")
        utc = store.readings(P0, "2026-01-01 12:30", "2026-01-01 21:00", tz="UTC")
    assert str(local.index[0]) == "2026-01-01 20:00:00+08:00"
    assert local["value"].tolist() == [0.3]
    assert str(utc.index[0]) == "2026-01-01 13:00:00+00:00"


async def test_points_say_kind_unit_first_and_last_reading(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([1, 1], [at(0), at(DAY / SECOND)], 0.3))
        service.journalled(Batch.of([2], at(60), 0.3))
        points = open_store(tmp_path).points.set_index("name")
    assert points["kind"].unique().tolist() == ["pressure"]
    assert points["unit"].unique().tolist() == ["MPa"]
    assert points.loc[P1, "first"] == pd.Timestamp("2026-01-01 12:00", tz="UTC")
    assert points.loc[P1, "last"] == pd.Timestamp("2026-01-02 12:00", tz="UTC")
    assert points.loc["site.p2.pressure", "first"] == pd.Timestamp("2026-01-01 12:01", tz="UTC")
    assert points.loc[P0, ["first", "last"]].isna().all()


async def test_latest_never_moves_back_and_says_what_was_never_read(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([0], at(60), 0.4))
        service.journalled(Batch.of([0], at(0), 0.3, uncertain(Reason.LATE)))
        latest = open_store(tmp_path).latest()
    assert latest.loc[P0, "value"] == 0.4
    assert latest.loc[P1, ["quality", "reason"]].tolist() == ["bad", "waiting"]
    assert latest.loc[P1, "time"] is pd.NaT


async def test_buckets_begin_at_the_citys_midnight_and_show_gaps_as_rows(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        service.journalled(Batch.of([0, 0], [at(0), at(10)], [0.3, 0.5]))
        service.journalled(Batch.of([0], at(20), 9.0, bad(Reason.SENSOR)))
        service.journalled(Batch.of([0], at(2 * 3_600), 0.7))
        found = open_store(tmp_path, city=city_of(POINTS)).buckets(P0, every="1h")
    assert [str(time) for time in found.index] == [
        f"2026-01-01 {hour}:00:00+08:00" for hour in (20, 21, 22)
    ]
    assert found["count"].tolist() == [3, 0, 1]
    assert found["good"].tolist() == [2, 0, 1]
    assert found["max"].iloc[0] == 0.5
    assert np.isnan(found["mean"].iloc[1])


@pytest.mark.parametrize("bucket_s", [7, 60, 3_600])
async def test_buckets_from_minutes_and_samples_are_those_of_the_store(
    tmp_path: Path, bucket_s: int
) -> None:
    rng = np.random.default_rng(7)
    async with running(tmp_path, POINTS) as service:
        await _three_days_of_life(service, rng)
        query = BucketQuery(0, at(0) - DAY, at(2_000), bucket_s * SECOND, at(0) - 3 * DAY)
        expected = await service.store.query(BucketQuery(0, *_fitting(query, bucket_s)))
        start, end = (pd.Timestamp(t, tz="UTC") for t in _fitting(query, bucket_s)[:2])
        found = open_store(tmp_path).buckets(P0, start, end, f"{bucket_s}s")
    # The analyst's grid begins at midnight, as this one does.
    np.testing.assert_array_equal(found.index.as_unit("ns").asi8, expected.time)
    np.testing.assert_array_equal(found["count"], expected.count)
    np.testing.assert_array_equal(found["good"], expected.good)
    np.testing.assert_array_equal(found["min"], expected.minimum)
    np.testing.assert_array_equal(found["last"], expected.last)
    np.testing.assert_allclose(found["mean"], expected.mean, rtol=1e-11)


def _fitting(query: BucketQuery, bucket_s: int) -> tuple[int, int, int, int]:
    """The same question about few enough buckets, on a grid that begins at midnight."""
    end = min(query.end, query.start + 50_000 * bucket_s * SECOND)
    return query.start, end, query.bucket_ns, query.start // DAY * DAY


async def _three_days_of_life(service: Historian, rng: np.random.Generator) -> None:
    """Days in files, the older of them summed up; corrections, and a late sample in the journal."""
    for day in (-2, -1, 0):
        times = at(0) + day * DAY + np.arange(400) * 37 * SECOND
        codes = np.where(rng.random(400) < 0.1, bad(Reason.COMM), 0).astype(np.uint8)
        batch = Batch.of(np.zeros(400, np.int32), times, rng.normal(size=400).round(3), codes)
        await service.stored(batch)
    while await service.store.summarise(at(0)):
        pass
    await service.stored(Batch.of([0], at(-DAY / SECOND + 74), 5.0))
    entries = [service.journalled(Batch.of([0], at(-2 * DAY / SECOND + 111), 7.0))]
    assert entries
    await service.store.append(await service.reader.receive(1_000, 5.0))


async def test_of_a_thinned_point_there_are_buckets_but_no_readings(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await _three_days_of_life(service, np.random.default_rng(3))
        await service.store.flush()
        while await service.store.summarise(at(0)):
            pass
        lifetimes = Lifetimes.of(HistorianSettings(raw_days=0.5, keep_days=3.0), POINTS)
        while await service.store.retain(lifetimes.at(at(0))):
            pass
        series = await service.store.query(RangeQuery(0, 0, 2**62))
        assert series.thinned_before is not None
        store = open_store(tmp_path)
        assert len(store.readings(P0)) == len(series)
        found = store.buckets(P0, every="1h")
    assert found["count"].sum() == 1_200
    assert found.index[0] <= pd.Timestamp(at(0) - 2 * DAY, tz="UTC")


async def test_a_catalogue_of_the_first_format_is_read(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS) as service:
        await service.stored(Batch.of([0], at(0), 0.3))
    catalogue = tmp_path / "historian" / "store" / "catalogue.sqlite"
    with sqlite3.connect(catalogue) as db:
        for column in ("kind", "max_sequence", "crc", "thinned"):
            db.execute(f"ALTER TABLE segment DROP COLUMN {column}")
        db.execute("ALTER TABLE point DROP COLUMN kind")
        db.execute("DROP TABLE summarised")
        db.execute("PRAGMA user_version = 1")
    db.close()
    store = open_store(tmp_path)
    assert store.readings(P0)["value"].tolist() == [0.3]
    assert store.buckets(P0)["count"].tolist() == [1]


async def test_a_catalogue_of_a_newer_program_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with running(tmp_path, POINTS):
        pass
    with sqlite3.connect(tmp_path / "historian" / "store" / "catalogue.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(CatalogueError, match="format 99, this one knows"):
        open_store(tmp_path)


def test_a_folder_without_readings_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no readings"):
        open_store(tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda s: s.readings("site.p0.presure"), "did you mean 'site.p0.pressure'"),
        (lambda s: s.readings(P0, "yesterday"), "'yesterday' is no time"),
        (lambda s: s.readings(P0, "0001-01-01"), "is out of reach: readings have times from"),
        (lambda s: s.buckets(P0, None, "9999-12-31"), "is out of reach: readings have times from"),
        (lambda s: s.readings(P0, tz="Asia/Nowhere"), "'Asia/Nowhere' is no time zone"),
        (lambda s: s.buckets(P0, every="soon"), "'soon' is no length"),
        (lambda s: s.buckets(P0, "2026-01-02", "2026-01-01"), "before it starts"),
    ],
    ids=["point", "time", "too early", "too late", "zone", "length", "interval"],
)
async def test_wrong_questions_are_answered_with_a_sentence(
    tmp_path: Path, ask: object, sentence: str
) -> None:
    async with running(tmp_path, POINTS):
        store = open_store(tmp_path)
        assert callable(ask)
        with pytest.raises(QueryError, match=sentence):
            ask(store)


def test_the_service_does_not_pay_for_pandas() -> None:
    code = "import historian, sys; assert 'pandas' not in sys.modules; historian.open_store"
    code += "; assert 'pandas' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
