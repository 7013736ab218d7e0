"""What stands in the folder, and how it gets there."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.errors import FeedClockError, FeedFolderError
from feed.folder import days_in, write_whole
from feed.intervals import due_intervals, until_next_s
from feed.published import Withheld
from feed.publishing import publish_feed
from feed.settings import FeedSettings
from feed.shape import Day, Latest
from feed.table import COLUMNS, harmless
from historian.errors import StoreError
from historian.memory import MemoryStore
from telemetry.clock import SECOND
from telemetry.kinds import Kind
from telemetry.quality import Reason, uncertain
from tests.feed.town import CANARY, NOON_NS, POINTS, SETTINGS, Town

if TYPE_CHECKING:
    from pathlib import Path


def latest_of(folder: Path) -> Latest:
    return Latest.model_validate_json((folder / "latest.json").read_bytes())


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))


def after(minutes: float) -> int:
    return NOON_NS + round(minutes * 60) * SECOND


async def test_an_interval_is_published_when_the_delay_has_passed(town: Town) -> None:
    await town.usual()
    publisher = town.publisher()
    assert await publisher.publish(after(14.9)) == 1
    assert latest_of(town.folder).to.strftime("%H:%M") == "11:55"
    assert await publisher.publish(after(14.99)) == 0
    assert await publisher.publish(after(15)) == 1
    assert latest_of(town.folder).to.strftime("%H:%M") == "12:00"


async def test_what_came_late_within_the_delay_is_in_the_value(town: Town) -> None:
    await town.usual(end_s=-300)
    publisher = town.publisher()
    await publisher.publish(after(10))
    await town.usual()
    await publisher.publish(after(15))
    assert {v.data_capture for v in latest_of(town.folder).values} == {1.0}


async def test_what_is_read_while_the_stations_service_switch_is_on_is_withheld(town: Town) -> None:
    await town.usual()
    await town.read("q1", Kind.STATE, 0.0, end_s=-3_000)
    await town.read("q1", Kind.STATE, 1.0, begin_s=-3_000, end_s=-600)
    await town.read("q1", Kind.STATE, 0.0, begin_s=-600)
    publisher = town.publisher()
    await publisher.publish(after(-34))
    await publisher.publish(after(15))
    day = Day.model_validate_json((town.folder / "2026-11-24.json").read_bytes())
    (turbidity,) = [one for one in day.series if one.kind == Kind.TURBIDITY]
    reasons = {
        str(row[day.columns.index("from")])[11:16]: row[day.columns.index("reason")]
        for row in turbidity.rows
    }
    assert {begin: why for begin, why in reasons.items() if begin >= "11:05"} == {
        **dict.fromkeys(("11:05", "11:50", "11:55"), None),
        **{f"11:{minute}": Withheld.MAINTENANCE for minute in range(10, 50, 5)},
    }


async def test_a_service_switch_speaks_for_its_own_station_alone(town: Town) -> None:
    await town.usual()
    await town.read("q1", Kind.STATE, 1.0)
    await town.publisher().publish(after(15))
    why = {(v.district, v.kind): v.reason for v in latest_of(town.folder).values}
    assert why == {
        ("north", "turbidity"): "maintenance",
        ("north", "ph"): "maintenance",
        ("north", "pressure"): None,
        ("south", "free_chlorine"): None,
    }


@pytest.mark.parametrize(
    "name", ["latest.json", "latest.csv", "meta.json", "2026-11-24.json", "2026-11-24.csv"]
)
async def test_no_published_file_names_a_point_or_a_place(town: Town, name: str) -> None:
    await town.usual()
    await town.publisher().publish(after(15))
    content = (town.folder / name).read_text("utf-8-sig").lower()
    assert "north" in content or "北区" in content
    assert CANARY not in content
    assert "31415" not in content
    assert "27182" not in content


async def test_nothing_but_whole_files_stands_in_the_folder(town: Town) -> None:
    await town.usual()
    await town.publisher().publish(after(15))
    assert sorted(file.name for file in town.folder.iterdir()) == [
        "2026-11-24.csv",
        "2026-11-24.json",
        "latest.csv",
        "latest.json",
        "meta.json",
    ]


async def test_a_day_holds_every_interval_and_goes_on_after_a_restart(town: Town) -> None:
    await town.usual(end_s=3_600)
    await town.publisher().publish(after(15))
    await town.publisher().publish(after(30))
    day = Day.model_validate_json((town.folder / "2026-11-24.json").read_bytes())
    begins = [row[0] for row in day.series[0].rows]
    assert begins == [f"2026-11-24T{t}:00+08:00" for t in ("11:55", "12:00", "12:05", "12:10")]
    table = rows_of(town.folder / "2026-11-24.csv")
    assert len(table) == 4 * len(day.series)
    assert sorted({row["from"] for row in table}) == begins


async def test_gaps_are_rows_and_not_absence(town: Town) -> None:
    await town.usual()
    publisher = town.publisher()
    await publisher.publish(after(15))
    await publisher.publish(after(25))
    rows = rows_of(town.folder / "2026-11-24.csv")
    gap = [row for row in rows if row["from"] == "2026-11-24T12:05:00+08:00"]
    assert {(row["value"], row["reason"]) for row in gap} == {("", Withheld.NO_DATA)}


async def test_a_day_that_is_over_is_closed_and_never_changes_again(town: Town) -> None:
    publisher = town.publisher()
    twelve_hours = 12 * 60
    await town.usual(end_s=13 * 3_600)
    await publisher.publish(after(twelve_hours + 10))
    file = town.folder / "2026-11-24.json"
    assert not Day.model_validate_json(file.read_bytes()).complete
    await publisher.publish(after(twelve_hours + 20))
    closed = file.read_bytes()
    assert Day.model_validate_json(closed).complete
    await publisher.publish(after(twelve_hours + 40))
    assert file.read_bytes() == closed
    assert days_in(town.folder) == [date(2026, 11, 25), date(2026, 11, 24)]


async def test_days_older_than_the_history_are_removed(town: Town) -> None:
    town.settings = FeedSettings(delay_s=900, interval_s=300, history_days=2)
    for name in ("2026-11-21.json", "2026-11-21.csv", "2026-11-23.json", "2026-11-23.csv"):
        (town.folder / name).write_bytes(b"{}")
    await town.usual()
    await town.publisher().publish(after(15))
    assert days_in(town.folder) == [date(2026, 11, 24), date(2026, 11, 23)]


async def test_after_a_day_of_standstill_one_day_is_caught_up(town: Town) -> None:
    await town.usual()
    await town.publisher().publish(after(15))
    assert await town.publisher().publish(after(15 + 3 * 24 * 60)) == 24 * 12


async def test_a_clock_that_went_back_is_said_and_nothing_is_overwritten(town: Town) -> None:
    await town.usual()
    await town.publisher().publish(after(15))
    before = (town.folder / "latest.json").read_bytes()
    with pytest.raises(FeedClockError, match="goes up to 2026-11-24 12:00"):
        await town.publisher().publish(after(-60))
    assert (town.folder / "latest.json").read_bytes() == before


async def test_a_damaged_file_is_left_behind_and_publication_goes_on(town: Town) -> None:
    await town.usual()
    await town.publisher().publish(after(15))
    (town.folder / "latest.json").write_bytes(b'{"version"')
    assert await town.publisher().publish(after(15)) == 1
    assert latest_of(town.folder).to.strftime("%H:%M") == "12:00"


async def test_a_disk_that_refused_costs_no_interval(town: Town) -> None:
    await town.usual(end_s=600)
    publisher = town.publisher()
    await publisher.publish(after(15))
    # A folder where the new file must be written: nothing can be, whoever we run as.
    in_the_way = town.folder / ".2026-11-24.csv.new"
    in_the_way.mkdir()
    with pytest.raises(FeedFolderError, match="cannot be written"):
        await publisher.publish(after(20))
    in_the_way.rmdir()
    assert await publisher.publish(after(20)) == 1
    begins = {row["from"] for row in rows_of(town.folder / "2026-11-24.csv")}
    assert begins == {"2026-11-24T11:55:00+08:00", "2026-11-24T12:00:00+08:00"}


class ClosedStore(MemoryStore):
    """A store that cannot be read until it is opened."""

    closed = True

    async def query(self, query: Any) -> Any:
        if self.closed:
            raise StoreError("the disk does not answer")
        return await super().query(query)


async def test_the_loop_goes_on_when_the_store_comes_back(town: Town) -> None:
    town.store = store = ClosedStore(len(POINTS))
    await town.usual(end_s=3_600)
    loop = asyncio.create_task(publish_feed(town.ports(), town.settings, town.folder, town.clock))
    await town.clock.advance(1_800)
    assert not (town.folder / "latest.json").exists()
    store.closed = False

    async def published_until(time: str) -> None:
        while not _reaches(town.folder, time):
            await town.clock.advance(60)
            await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await published_until("12:20")
    loop.cancel()
    await asyncio.wait([loop])
    assert loop.cancelled()


def _reaches(folder: Path, time: str) -> bool:
    file = folder / "latest.json"
    return file.exists() and latest_of(folder).to.strftime("%H:%M") >= time


@given(st.integers(0, 10_000), st.sampled_from([60.0, 300.0, 420.0]), st.sampled_from([0.0, 900.0]))
def test_due_intervals_are_whole_in_order_and_old_enough(
    minutes: int, interval_s: float, delay_s: float
) -> None:
    settings = FeedSettings(interval_s=interval_s, delay_s=delay_s)
    now = NOON_NS + minutes * 7 * SECOND
    due = due_intervals(NOON_NS, now, settings)
    assert all(one.end - one.start == interval_s * SECOND for one in due)
    assert all(one.end + delay_s * SECOND <= now for one in due)
    assert [one.start for one in due[1:]] == [one.end for one in due[:-1]]
    assert len(due) * interval_s <= 86_400
    assert 0 < until_next_s(now, settings) <= interval_s


def test_the_first_publication_is_the_newest_interval_only() -> None:
    (only,) = due_intervals(None, after(17), SETTINGS)
    assert only.end == NOON_NS


def test_csv_opens_in_excel_and_every_column_is_documented(town: Town) -> None:
    asyncio.run(_publish(town))
    content = (town.folder / "latest.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 5
    rows = rows_of(town.folder / "latest.csv")
    assert list(rows[0]) == list(COLUMNS)
    meta = orjson.loads((town.folder / "meta.json").read_bytes())
    assert [column["name"] for column in meta["columns"]] == list(COLUMNS)
    assert (rows[0]["value"], rows[0]["district_zh"]) == ("0.12", "北区")


async def _publish(town: Town) -> None:
    await town.usual()
    await town.read("q1", Kind.PH, 0, uncertain(Reason.MAINTENANCE))
    await town.publisher().publish(after(15))


def test_a_district_called_like_a_formula_is_text_in_a_spreadsheet_H4(town: Town) -> None:
    asyncio.run(_publish(town))
    south = [r for r in rows_of(town.folder / "latest.csv") if r["district"] == "south"]
    assert {row["district_zh"] for row in south} == {"'=南区"}


@given(st.text(min_size=1))
def test_no_text_begins_a_formula_and_none_is_lost_H4(text: str) -> None:
    safe = harmless(text)
    assert safe.removeprefix("'") == text.removeprefix("'")
    if safe[0] in "=+-@\t\r":
        float(safe)  # only a number may begin like that


async def test_meta_says_how_values_are_made(town: Town) -> None:
    await town.usual()
    await town.publisher().publish(after(15))
    meta = orjson.loads((town.folder / "meta.json").read_bytes())
    assert (meta["delay_s"], meta["interval_s"], meta["refresh_s"]) == (900.0, 300.0, 300.0)
    assert "1.004" in meta["rounding"]["en"]
    assert "1.004" in meta["rounding"]["zh"]
    assert "75%" in meta["how"][1]["en"]
    assert meta["licence"]["zh"]
    assert {one["kind"] for one in meta["limits"]} == {"turbidity", "free_chlorine", "pressure"}
    assert {one["name"] for one in meta["reasons"]} == {reason.value for reason in Withheld}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    write_whole(file, b"old")
    (tmp_path / ".latest.json.new").mkdir()
    with pytest.raises(FeedFolderError):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
