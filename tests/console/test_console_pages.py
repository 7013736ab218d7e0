"""What the pages say, as values: no HTML, no server."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alarms.settings import Priority
from console.alarm_board import AlarmBoard, worse
from console.pages.alarms import Sort, alarm_line, in_order
from console.pages.cells import AlarmMark, Moment, limits_text, outside
from console.pages.devices import by_reason, device_lines
from console.pages.map_layout import map_layout
from console.pages.overview import Overview, overview
from console.ports import Band, DeviceRow, Pipe
from console.snapshot import Snapshot
from console.wording import Wording, load_texts, number
from records.alarm_rows import AlarmFilter
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.kinds import Kind
from telemetry.quality import GOOD, Reason, bad, uncertain
from telemetry.text import Language
from tests.console.house import SHANGHAI, START_NS, House, point, small_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

ZH = Wording(Language.ZH, SHANGHAI, load_texts()[Language.ZH])
EN = Wording(Language.EN, SHANGHAI, load_texts()[Language.EN])
PLAN = small_plan()


def moment(
    values: Mapping[str, float],
    *,
    quality: int = GOOD,
    age_s: float = 3.0,
    marks: Mapping[str, AlarmMark] | None = None,
    wording: Wording = EN,
) -> Moment:
    snapshot = Snapshot(PLAN.points)
    index = [PLAN.points.index(name) for name in values]
    time_ns = START_NS - int(age_s * SECOND)
    snapshot.take(Batch.of(index, time_ns, list(values.values()), quality))
    return Moment(PLAN, snapshot.shown(START_NS), marks or {}, wording)


def the_overview(found: Moment) -> Overview:
    return overview(found, map_layout(PLAN, found.wording))


def test_a_value_is_written_with_its_decimals_and_age() -> None:
    cell = moment({"north_01.pressure": 0.31251}).cell("north_01.pressure")
    assert cell is not None
    assert (cell.value, cell.unit, cell.age, cell.quality) == ("0.313", "MPa", "3 s", "good")
    assert cell.title == "North pressure point 01 · Pressure"


def test_a_value_past_its_interval_is_shown_as_stale() -> None:
    cell = moment({"north_01.pressure": 0.3}, age_s=61).cell("north_01.pressure")
    assert cell is not None
    assert (cell.quality, cell.why, cell.age) == ("uncertain", "stale", "1 min")


def test_a_bad_value_is_never_shown_with_its_last_number() -> None:
    found = moment({"north_01.pressure": 0.3}, quality=bad(Reason.TIMEOUT))
    cell = found.cell("north_01.pressure")
    assert cell is not None
    assert (cell.value, cell.share, cell.quality, cell.why) == ("—", None, "bad", "no answer")


def test_a_point_that_never_came_is_waited_for() -> None:
    cell = moment({}).cell("north_01.pressure")
    assert cell is not None
    assert (cell.value, cell.quality, cell.why, cell.age) == ("—", "bad", "no data yet", "—")


def test_a_point_the_city_does_not_have_leaves_no_cell() -> None:
    assert moment({}).cell("north_99.pressure") is None


def test_the_age_of_a_site_is_that_of_its_oldest_value() -> None:
    found = moment({"nanshan.level": 3.0, "north_01.pressure": 0.3}, age_s=59)
    assert found.age(["nanshan.level", "north_01.pressure", "unknown.point"]) == "59 s"


def test_the_age_of_a_site_says_why_a_value_is_missing() -> None:
    assert moment({}).age(["nanshan.level"]) == "no data yet"


def test_the_age_of_a_site_says_when_a_value_is_doubtful() -> None:
    found = moment({"nanshan.level": 3.0}, quality=uncertain(Reason.MAINTENANCE), wording=ZH)
    assert found.age(["nanshan.level"]) == "3 秒 · 维护中"


@pytest.mark.parametrize(
    ("value", "side"), [(0.05, "low"), (0.3, ""), (2.1, "high"), (None, ""), (2.0, "")]
)
def test_a_value_outside_its_limits_is_marked_on_its_side(value: float | None, side: str) -> None:
    assert outside(Band(0.1, 2.0), value) == side


@pytest.mark.parametrize(
    ("band", "text"),
    [
        (Band(0.05, 2.0), "0.05–2"),
        (Band(0.3, None), "≥ 0.3"),
        (Band(None, 1.0), "≤ 1"),
        (Band(), ""),
        (None, ""),
    ],
)
def test_limits_are_written_as_the_trade_writes_them(band: Band | None, text: str) -> None:
    assert limits_text(band, point("a.b", Kind.FREE_CHLORINE, "", "")) == text


def test_the_overview_names_the_lowest_pressure_of_a_zone() -> None:
    city = the_overview(moment({"north_01.pressure": 0.31, "north_02.pressure": 0.12}))
    [zone] = city.zones
    assert zone.lowest is not None
    assert (zone.lowest.value, zone.nodes, zone.abnormal, zone.out) == ("0.120", 2, 1, True)


def test_a_zone_with_a_dead_node_is_abnormal_but_not_out_of_its_limits() -> None:
    marks = {"north_02.pressure": AlarmMark(3, unacknowledged=True)}
    [zone] = the_overview(moment({"north_01.pressure": 0.31}, marks=marks)).zones
    assert (zone.abnormal, zone.out) == (1, False)


def test_a_booster_shows_which_pumps_run_and_which_are_faulty() -> None:
    found = moment({"lvyou.pump1.run": 1.0, "lvyou.pump1.fault": 0.0})
    [booster] = the_overview(found).boosters
    [pump] = booster.pumps
    assert pump.fault is not None
    assert (pump.number, pump.run.on, pump.fault.on) == ("1", True, False)


def test_a_site_without_a_signal_has_an_empty_cell() -> None:
    [booster] = the_overview(moment({})).boosters
    assert booster.cells["inlet.pressure"] is None


def test_a_quality_station_says_which_water_it_sees_and_its_limits() -> None:
    [station] = the_overview(moment({"qs01.free_chlorine": 0.5}, wording=ZH)).stations
    cell = station.cells["free_chlorine"]
    assert cell is not None
    assert (station.note, cell.limits, cell.side) == ("出厂水", "0.3–2", "")


def test_titles_lose_the_word_that_stands_in_the_heading() -> None:
    assert the_overview(moment({})).works[0].title == "Donghu"
    assert the_overview(moment({}, wording=ZH)).works[0].title == "东湖"


def test_pipes_are_drawn_in_the_maps_own_places() -> None:
    plan = dataclasses.replace(PLAN, pipes=[Pipe(0, 0, 900, 300, 600), Pipe(0, 0, 1, 1, 100)])
    main, small = map_layout(plan, EN).pipes
    assert (main.main, small.main) == (True, False)
    assert main.x2 > main.x1
    assert main.y2 < main.y1


def test_a_state_has_no_bar_and_no_side() -> None:
    plan = dataclasses.replace(PLAN, bands={"lvyou.pump1.fault": Band(None, 0.5)})
    found = dataclasses.replace(moment({"lvyou.pump1.fault": 1.0}), plan=plan)
    cell = found.cell("lvyou.pump1.fault")
    assert cell is not None
    assert (cell.scale, cell.side, cell.on) == (None, "", True)


async def _ringing(house: House) -> tuple[str, str]:
    first = await house.desk.ring("network_low", "north_01.pressure", 0.131, 0.14, ago_s=60)
    second = await house.desk.ring(
        "network_low",
        "north_02.pressure",
        0.09,
        0.1,
        level="low_low",
        priority=Priority.CRITICAL,
        ago_s=120,
    )
    return first, second


async def test_an_alarm_says_what_where_since_when_and_how_far(house: House) -> None:
    first, _ = await _ringing(house)
    line = alarm_line(await house.desk.get(first), house.plan, ZH)
    assert line.text == "北区测压点01压力过低：0.131 MPa"
    assert (line.place, line.value, line.limit) == ("北区测压点01 · 北区", "0.131 MPa", "0.140 MPa")
    assert (line.since, line.state, line.advice) == (
        "2026-03-02 07:59:00",
        "报警 · 未确认",
        "查看邻近测点。",
    )


async def test_an_acknowledged_alarm_says_who_when_and_why(house: House) -> None:
    first, _ = await _ringing(house)
    await house.desk.acknowledge(first, version=1, user="王丽", note="crew sent")
    line = alarm_line(await house.desk.get(first), house.plan, EN)
    assert (line.who, line.acknowledged_at, line.note) == (
        "王丽",
        "2026-03-02 08:00:00",
        "crew sent",
    )
    assert (line.acknowledged, line.active) == (True, True)


async def test_an_alarm_of_a_point_that_is_gone_still_has_a_line(house: House) -> None:
    gone = await house.desk.ring("network_low", "old.pressure", 0.1, 0.14)
    line = alarm_line(await house.desk.get(gone), house.plan, EN)
    assert (line.place, line.value) == ("old.pressure", "0")


async def test_a_state_has_no_limit_worth_showing(house: House) -> None:
    fault = await house.desk.ring("pump_fault", "lvyou.pump1.fault", 1, 0.5, level="high")
    assert alarm_line(await house.desk.get(fault), house.plan, EN).limit == "—"


async def test_the_list_is_in_the_order_that_was_asked_for(house: House) -> None:
    first, second = await _ringing(house)
    alarms = (await house.desk.list(AlarmFilter.ALL)).items
    assert [a.id for a in in_order(alarms, Sort.PRIORITY)] == [second, first]
    assert [a.id for a in in_order(alarms, Sort.TIME)] == [first, second]


async def test_the_board_counts_by_priority_and_forgets_what_is_over(house: House) -> None:
    first, second = await _ringing(house)
    board = AlarmBoard()
    for each in (first, second):
        assert board.take(await house.desk.get(each))
    assert board.counts()["1"] == {"active": 1, "unacknowledged": 1}
    await house.desk.acknowledge(second, version=1, user="王丽")
    await house.desk.clear(second)
    assert board.take(await house.desk.get(second))
    assert board.counts()["1"] == {"active": 0, "unacknowledged": 0}
    assert [alarm.id for alarm in board.alarms()] == [first]


async def test_the_board_ignores_what_it_knows_already(house: House) -> None:
    first, _ = await _ringing(house)
    board = AlarmBoard()
    alarm = await house.desk.get(first)
    assert board.take(alarm)
    assert not board.take(alarm)
    assert board.missing_from([]) == [first]
    assert board.missing_from([first]) == []


def test_a_point_with_two_alarms_looks_like_the_worse_and_blinks_if_either_does() -> None:
    seen, unseen = AlarmMark(1, unacknowledged=False), AlarmMark(3, unacknowledged=True)
    assert worse(seen, unseen) == AlarmMark(1, unacknowledged=True)
    assert worse(seen, None) == seen


def test_a_device_that_is_down_stands_first_with_its_errors_by_reason() -> None:
    rows = [
        DeviceRow("a", "modbus", "h:1", connected=True, points=3, last_ns=START_NS, errors={}),
        DeviceRow(
            "b",
            "opcua",
            "h:2",
            connected=False,
            points=1,
            last_ns=None,
            errors={"reset": 1, "timeout": 7, "never": 0},
        ),
    ]
    first, second = device_lines(rows, START_NS + 90 * SECOND, EN)
    assert (first.name, first.errors, first.age) == ("b", "no answer 7, reset 1", "—")
    assert (second.name, second.age) == ("a", "1 min")
    assert by_reason({"timeout": 1_410, "reset": 2}, ZH) == "无应答 1,410，reset 2"
    assert by_reason({}, EN) == ""


@pytest.mark.parametrize(
    ("age_s", "zh", "en"),
    [
        (0.4, "0 秒", "0 s"),
        (59.9, "59 秒", "59 s"),
        (60, "1 分", "1 min"),
        (7_300, "2 小时", "2 h"),
        (200_000, "2 天", "2 d"),
        (None, "—", "—"),
    ],
)
def test_an_age_is_said_in_its_largest_whole_unit(age_s: float | None, zh: str, en: str) -> None:
    assert (ZH.age(age_s), EN.age(age_s)) == (zh, en)


def test_times_are_those_of_the_city_on_a_24_hour_clock() -> None:
    assert ZH.clock(START_NS + 7 * 3600 * SECOND) == "2026-03-02 15:00:00"
    assert ZH.hour(START_NS) == "08:00:00"
    assert ZH.clock(None) == ZH.hour(0) == "—"


def test_minus_zero_is_zero() -> None:
    assert number(-0.0001, 2) == "0.00"
    assert number(-0.5, 2) == "-0.50"
    assert number(None, 2) == "—"


def test_a_late_reading_never_replaces_a_newer_one_Q3() -> None:
    snapshot = Snapshot(PLAN.points)
    snapshot.take(Batch.of([0, 0, 1], [20, 10, 5], [2.0, 1.0, 7.0]))
    snapshot.take(Batch.of([0, 1], [15, 5], [9.0, 8.0]))
    snapshot.take(Batch.of([99, -1], [1, 1], [0.0, 0.0]))
    shown = snapshot.shown(30)
    assert shown.value[:2].tolist() == [2.0, 8.0]
    assert np.isnan(shown.age_s()[2])


def test_a_device_that_answers_no_more_says_for_how_long() -> None:
    snapshot = Snapshot(PLAN.points)
    snapshot.take(Batch.of([0], 1 * SECOND, 2.0))
    snapshot.take(Batch.of([0], 61 * SECOND, np.nan, bad(Reason.TIMEOUT)))
    reading = snapshot.shown(61 * SECOND).reading(0)
    assert (reading.age_s, reading.time_ns) == (60.0, 61 * SECOND)
