"""Trends: which points, over how long, what is drawn of them, and what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import numpy as np
import pytest

from console.drawing.steps import DAY as A_DAY
from console.drawing.steps import MINUTE
from console.pages.trends import (
    MOST_GAPS,
    choice,
    gap_table,
    share_text,
    table_rows,
    table_stretches,
)
from console.past import Past
from console.wording import Wording, load_texts
from historian.queries import BucketQuery, RangeQuery
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.quality import Reason, bad
from telemetry.text import Language
from tests.console.house import SHANGHAI, START_NS, House, small_plan, take_a_year

ZH = Wording(Language.ZH, SHANGHAI, load_texts()[Language.ZH])
EN = Wording(Language.EN, SHANGHAI, load_texts()[Language.EN])
PLAN = small_plan()
YEAR = {"from": "2025-03-02T08:00:00+08:00", "to": "2026-03-02T08:00:00+08:00"}
DAY = {"from": "2026-03-02T00:00:00+08:00", "to": "2026-03-03T00:00:00+08:00"}


async def _get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(f"/api/v1{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_trend_of_few_samples_is_every_sample(
    operator: httpx.AsyncClient, house: House
) -> None:
    await house.read({"nanshan.level": 3.0}, ago_s=30)
    found = await _get(operator, "/trends", point="nanshan.level", **DAY)
    assert (found["kind"], found["first"], found["step_ms"]) == ("raw", [3.0], 0)
    assert found["time"] == [(START_NS - 30 * SECOND) / 1e6]


async def test_a_trend_of_many_samples_has_a_row_a_pixel_with_its_extremes(
    operator: httpx.AsyncClient, house: House
) -> None:
    n = 12_000
    level = np.full(n, 3.0)
    level[7_777] = 6.5
    time_ns = START_NS - np.arange(n, 0, -1, dtype=np.int64) * SECOND
    index = house.plan.points.index("nanshan.level")
    await house.take(Batch.of(np.full(n, index, dtype=np.int32), time_ns, level))
    found = await _get(operator, "/trends", point="nanshan.level", columns=100, **DAY)
    assert found["kind"] == "columns"
    assert 10 < len(found["time"]) <= 100
    assert max(found["max"]) == 6.5
    assert all(low <= high for low, high in zip(found["min"], found["max"], strict=True))


async def test_a_year_of_one_point_is_one_question_and_as_many_rows_as_pixels(
    operator: httpx.AsyncClient, house: House
) -> None:
    await take_a_year(house, "nanshan.level", spike=9.0)
    found = await _get(operator, "/trends", point="nanshan.level", columns=1000, **YEAR)
    assert [type(query) for query in house.store.asked] == [BucketQuery]
    assert house.store.rows == len(found["time"]) == 731
    assert found["step_ms"] == 12 * 3_600_000
    assert sum(1 for value in found["max"] if value == 9.0) == 1
    # A store answers whole minutes that begin at whole minutes from its summaries.
    [asked] = house.store.asked
    assert isinstance(asked, BucketQuery)
    assert asked.bucket_ns % MINUTE == asked.first % MINUTE == 0


async def test_a_trend_says_where_its_gaps_are_and_how_much_came(
    operator: httpx.AsyncClient, house: House
) -> None:
    for ago_s in range(3_600, 0, -15):
        if not 1_200 < ago_s <= 2_400:
            await house.read({"nanshan.level": 3.0}, ago_s=ago_s)
    hour = {"from": "2026-03-02T07:00:00+08:00", "to": "2026-03-02T09:00:00+08:00"}
    found = await _get(operator, "/trends", point="nanshan.level", **hour)
    now_ms = START_NS / 1e6
    assert found["gaps"] == [
        {"start": now_ms - 2_415_000, "end": now_ms - 1_200_000, "reason": "no_data"}
    ]
    assert found["captured"] == pytest.approx(2 / 3, abs=0.01)


async def test_gaps_are_rows_with_their_reason(operator: httpx.AsyncClient, house: House) -> None:
    for ago_s in range(3_600, 0, -60):
        silent, failed = 2_400 < ago_s < 3_000, 1_200 < ago_s <= 1_500
        if not silent:
            quality = bad(Reason.TIMEOUT) if failed else 0
            await house.read({"nanshan.level": 3.0}, quality=quality, ago_s=ago_s)
    found = await _get(
        operator,
        "/gaps",
        point="nanshan.level",
        **{"from": "2026-03-02T07:00:00+08:00", "to": "2026-03-02T08:00:00+08:00"},
    )
    assert found["point"] == "nanshan.level"
    assert found["rows"] == [
        {
            "from": "2026-03-02T07:10:00.000+08:00",
            "to": "2026-03-02T07:20:00.000+08:00",
            "reason": "no_data",
        },
        {
            "from": "2026-03-02T07:35:00.000+08:00",
            "to": "2026-03-02T07:40:00.000+08:00",
            "reason": "timeout",
        },
    ]
    assert found["resolution_s"] == 0
    assert found["captured"] == pytest.approx(46 / 60, abs=0.02)


async def test_the_gaps_of_a_year_are_found_to_six_minutes(
    operator: httpx.AsyncClient, house: House
) -> None:
    await take_a_year(house, "north_01.pressure", every_s=120, silent=(40_000, 40_300))
    found = await _get(operator, "/gaps", point="north_01.pressure", **YEAR)
    assert (len(house.store.asked), found["resolution_s"]) == (1, 360)
    [gap] = found["rows"]
    begin = START_NS - 365 * A_DAY + 40_000 * 120 * SECOND
    silent_for = datetime.fromisoformat(gap["to"]) - datetime.fromisoformat(gap["from"])
    assert abs(datetime.fromisoformat(gap["from"]).timestamp() - begin / SECOND) <= 360
    assert abs(silent_for.total_seconds() - 300 * 120) <= 720
    assert gap["reason"] == "no_data"


def test_at_most_five_known_points_are_shown_and_similar_names_offered() -> None:
    names = [p.name for p in PLAN.points][:6]
    chosen = choice(PLAN.points, [*names, "nanshan.levl", " ", names[0]], "24h")
    assert [p.name for p in chosen.points] == names[:5]
    assert chosen.unknown[0][0] == "nanshan.levl"
    assert "nanshan.level" in chosen.unknown[0][1]
    assert (chosen.range, chosen.span_ns) == ("24h", 86_400 * SECOND)


def test_a_range_that_is_not_offered_becomes_the_shortest() -> None:
    assert choice(PLAN.points, [], "42y").range == "1h"


async def test_the_table_beside_the_chart_says_the_least_and_the_most(house: House) -> None:
    await house.read({"nanshan.level": 3.0}, ago_s=90)
    await house.read({"nanshan.level": 3.4}, ago_s=80)
    index, now_ns = house.plan.points.index("nanshan.level"), house.clock.now()
    query = BucketQuery(index, now_ns - 120 * SECOND, now_ns, 60 * SECOND)
    level = house.plan.points[index]
    newest, oldest = table_rows([level], [await house.store.query(query)], EN)
    assert (newest.time, newest.cells) == ("2026-03-02 07:59:00", ("—",))
    assert oldest.cells == ("3.00 – 3.40",)
    assert table_rows([], [], EN) == ()


async def test_the_gaps_beside_the_chart_are_said_in_words_newest_first(house: House) -> None:
    for ago_s in (3_590, 3_000, 600):
        await house.read({"nanshan.level": 3.0}, ago_s=ago_s)
    await house.read({"nanshan.level": np.nan}, quality=bad(Reason.TIMEOUT), ago_s=590)
    await house.read({"nanshan.level": 3.0}, ago_s=20)
    chosen, now_ns = choice(PLAN.points, ["nanshan.level"], "1h"), house.clock.now()
    [stretch] = table_stretches(house.plan.points, chosen, now_ns)
    found = Past(stretch, await house.store.query(stretch.columns))
    table = gap_table([found], now_ns, EN)
    assert [(g.start[11:], g.end[11:], g.duration, g.reason) for g in table.lines] == [
        ("07:52:30", "07:57:30", "5 min", "no data"),
        ("07:12:30", "07:50:00", "37 min", "no data"),
        ("07:02:30", "07:10:00", "7 min", "no data"),
    ]
    assert table.notes == (EN("script.finest", step="2 min"),)


async def test_a_stretch_without_gaps_says_so_and_many_are_counted(house: House) -> None:
    now_ns = house.clock.now()
    chosen = choice(PLAN.points, ["nanshan.level"], "24h")
    [stretch] = table_stretches(house.plan.points, chosen, now_ns)
    for ago_s in range(30, 86_400, 1_800):
        await house.read({"nanshan.level": 3.0}, ago_s=ago_s)
    calm = gap_table([Past(stretch, await house.store.query(stretch.columns))], now_ns, EN)
    assert calm.notes[0] == EN("script.no_gaps")
    samples = await house.store.query(RangeQuery(stretch.point, stretch.start, stretch.end))
    many = gap_table([Past(stretch, samples), Past(stretch, samples)], now_ns, EN)
    assert len(many.lines) == MOST_GAPS
    assert many.notes == (EN("script.more_gaps", n=2 * 48 - MOST_GAPS),)


def test_captured_is_never_rounded_up_to_all() -> None:
    assert share_text(0.99999, EN) == "99.9 % captured"
    assert share_text(1.0, ZH) == "有效率 100.0%"
    assert share_text(None, ZH) == ""


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "历史读数暂时无法查询"), ("en", "cannot be had")]
)
async def test_a_store_that_is_away_is_a_page_with_a_sentence(
    operator: httpx.AsyncClient, house: House, language: str, said: str
) -> None:
    house.store.away = "http://db:8086 cannot be reached"
    operator.cookies.set("baotu_language", language)
    answer = await operator.get("/trends", params={"point": "nanshan.level"})
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert said in answer.text
    assert "http://db:8086 cannot be reached" in answer.text
