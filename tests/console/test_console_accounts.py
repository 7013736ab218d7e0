"""The data accounts: where every sample went, and how journal and stores stand."""

from __future__ import annotations

import dataclasses
from typing import Any

import httpx
import pytest

from console.pages.accounts import accounts, history_lines
from console.ports import HistoryState, SinkCondition, SinkRow
from console.wording import Wording, load_texts, size
from telemetry.accounting import PathFigures
from telemetry.clock import SECOND
from telemetry.text import Language
from tests.console.house import CALM, SHANGHAI, START_NS, House

ZH = Wording(Language.ZH, SHANGHAI, load_texts()[Language.ZH])
EN = Wording(Language.EN, SHANGHAI, load_texts()[Language.EN])


async def _get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(f"/api/v1{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_accounting_has_every_path(operator: httpx.AsyncClient, house: House) -> None:
    account = house.accounting.open("modbus:lvyou", lambda: 2)
    account.receive(10)
    account.store(7)
    account.drop(1, "disk_full")
    found = await _get(operator, "/accounting")
    assert found["modbus:lvyou"] == {
        "received": 10,
        "stored": 7,
        "buffered": 2,
        "rejected": {},
        "dropped": {"disk_full": 1},
    }
    assert "screen" in found


async def test_page_metrics_and_api_give_the_same_accounts_at_one_moment(
    operator: httpx.AsyncClient, house: House
) -> None:
    account = house.accounting.open("modbus:lvyou", lambda: 2)
    account.receive(12_345)
    account.store(12_000)
    account.reject(300, "unknown_point")
    account.drop(43, "disk_full")
    told = (await _get(operator, "/accounting"))["modbus:lvyou"]
    exposed = [
        line
        for line in (await operator.get("/metrics")).text.splitlines()
        if "modbus:lvyou" in line
    ]
    page = (await operator.get("/accounts")).text
    row = page[page.index('data-path="modbus:lvyou"') :].split("</tr>")[0]
    cells = [cell.split("<")[0] for cell in row.split('<td class="number">')[1:]]
    assert cells == [f"{told[k]:,}" for k in ("received", "stored", "buffered")] + ["0"]
    assert "未知测点 300" in row
    assert "磁盘已满 43" in row
    assert exposed == [
        f'baotu_samples_received_total{{path="modbus:lvyou"}} {float(told["received"])}',
        f'baotu_samples_stored_total{{path="modbus:lvyou"}} {float(told["stored"])}',
        f'baotu_samples_buffered{{path="modbus:lvyou"}} {float(told["buffered"])}',
        'baotu_samples_rejected_total{path="modbus:lvyou",reason="unknown_point"} 300.0',
        'baotu_samples_dropped_total{path="modbus:lvyou",reason="disk_full"} 43.0',
    ]
    assert "账目相符" in page
    assert '<div data-loss="disk_full"><dt>' in page
    assert '<div data-loss="journal_full" hidden><dt>' in page


async def test_an_account_that_does_not_add_up_is_said_on_the_page(
    operator: httpx.AsyncClient, house: House
) -> None:
    house.accounting.open("modbus:lvyou").receive(7)
    page = (await operator.get("/accounts")).text
    assert "有 7 条读数去向不明" in page
    assert '<tr data-path="modbus:lvyou" data-wrong>' in page


FILLING = HistoryState(
    journal_bytes=2**30,
    journal_most_bytes=2**31,
    seconds_left=111_600.0,
    reserve_whole=False,
    stored_bytes=5 * 2**30,
    segments=77,
    quarantined=1,
    sinks=(
        SinkRow("embedded", waiting=3),
        SinkRow("influxdb", SinkCondition.RETRYING, "503 since 07:10", 86_400, 3_000.0),
    ),
    backup_ns=START_NS - 3_600 * SECOND,
)


async def test_journal_and_stores_are_told_by_api_metrics_and_page_S3(
    operator: httpx.AsyncClient, house: House
) -> None:
    house.history = FILLING
    found = await _get(operator, "/history")
    assert found == {
        "journal_bytes": 2**30,
        "journal_most_bytes": 2**31,
        "seconds_left": 111_600.0,
        "soon_full": True,
        "reserve_whole": False,
        "stored_bytes": 5 * 2**30,
        "segments": 77,
        "quarantined": 1,
        "sinks": [
            {"name": "embedded", "condition": "ok", "reason": "", "waiting": 3, "behind_s": None},
            {
                "name": "influxdb",
                "condition": "retrying",
                "reason": "503 since 07:10",
                "waiting": 86_400,
                "behind_s": 3_000.0,
            },
        ],
        "backup": "2026-03-02T07:00:00.000+08:00",
    }
    lines = (await operator.get("/metrics")).text.splitlines()
    for line in (
        "baotu_journal_bytes 1.073741824e+09",
        "baotu_journal_seconds_left 111600.0",
        "baotu_reserve_whole 0.0",
        "baotu_store_segments 77.0",
        "baotu_quarantined_files 1.0",
        "baotu_backup_age_seconds 3600.0",
        'baotu_sink_condition{condition="retrying",sink="influxdb"} 1.0',
        'baotu_sink_condition{condition="ok",sink="influxdb"} 0.0',
        'baotu_sink_waiting_samples{sink="embedded"} 3.0',
        'baotu_sink_behind_seconds{sink="influxdb"} 3000.0',
    ):
        assert line in lines
    page = (await operator.get("/accounts")).text
    assert "还可缓存 31 小时" in page
    assert "503 since 07:10" in page


async def test_what_is_not_known_of_the_history_is_left_out(
    operator: httpx.AsyncClient, house: House
) -> None:
    house.history = HistoryState(journal_bytes=1, journal_most_bytes=2)
    found = await _get(operator, "/history")
    assert (found["stored_bytes"], found["seconds_left"], found["backup"]) == (None, None, None)
    exposed = (await operator.get("/metrics")).text
    for name in ("journal_seconds_left", "store_bytes", "store_segments", "backup_age"):
        assert f"baotu_{name}" not in exposed


def test_a_path_that_does_not_add_up_stands_first_and_is_said_plainly() -> None:
    paths = {
        "store:embedded": PathFigures(10, 10, 0, {}, {}),
        "modbus:jiefang": PathFigures(2_012, 7, 1, {"future": 4}, {"disk_full": 2_000}),
        "modbus:lvyou": PathFigures(10, 7, 1, {}, {"disk_full": 1}),
    }
    found = accounts(paths, EN)
    wrong, lossy, whole = found.paths
    assert (wrong.name, wrong.missing, wrong.dropped) == ("modbus:lvyou", 1, "disk full 1")
    assert (wrong.verdict, lossy.verdict) == ("does not add up", "adds up")
    assert (lossy.rejected, lossy.dropped) == ("from the future 4", "disk full 2,000")
    assert (whole.name, whole.dropped) == ("store:embedded", "")
    assert found.verdict.startswith("1 samples are unexplained")
    assert found.reasons == {"future", "disk_full"}


def test_accounts_that_add_up_say_so_in_a_plain_sentence() -> None:
    found = accounts({"screen": PathFigures(7, 5, 0, {}, {"slow screen": 2, "other": 0})}, ZH)
    assert found.verdict == "账目相符：没有去向不明的读数。"
    assert (found.missing, found.paths[0].dropped) == (0, "画面较慢 2")
    assert found.reasons == {"slow screen"}


def test_a_loss_without_a_text_of_its_own_is_named_as_the_account_does() -> None:
    found = accounts({"x": PathFigures(1, 0, 0, {}, {"eaten_by_a_carp": 1})}, EN)
    assert found.paths[0].dropped == "eaten_by_a_carp 1"


@pytest.mark.parametrize(
    ("left_s", "left", "warning"),
    [
        pytest.param(None, "没有写入", "", id="not-growing"),
        pytest.param(31.5 * 3_600, "31 小时", "磁盘队列正在增长，还可缓存 31 小时", id="hours"),
        pytest.param(1_800.0, "30 分", "磁盘队列正在增长，还可缓存 30 分", id="minutes"),
        pytest.param(40 * 86_400.0, "40 天", "", id="long-enough"),
    ],
)
def test_a_journal_that_fills_is_warned_of_calmly_S3(
    left_s: float | None, left: str, warning: str
) -> None:
    stuck = SinkRow("influxdb", SinkCondition.RETRYING, "503")
    state = dataclasses.replace(CALM, seconds_left=left_s, sinks=(stuck,))
    lines = history_lines(state, START_NS, ZH)
    assert lines.left.removeprefix("存储停止时还可缓存 ") == left
    assert lines.warning.split("：")[0] == warning


def test_a_journal_that_is_emptied_as_it_fills_is_not_warned_of() -> None:
    state = dataclasses.replace(CALM, seconds_left=31 * 3_600.0)
    lines = history_lines(state, START_NS, EN)
    assert (lines.left, lines.warning) == ("holds out 31 h should a store stop", "")
    half = dataclasses.replace(state, journal_bytes=state.journal_most_bytes // 2 + 1)
    assert "full in 31 h" in history_lines(half, START_NS, EN).warning


def test_a_reserve_that_is_used_up_goes_before_everything_S3() -> None:
    state = dataclasses.replace(CALM, seconds_left=3_600.0, reserve_whole=False)
    lines = history_lines(state, START_NS, EN)
    assert lines.warning == EN("journal.no_reserve")
    assert lines.reserve == "used up"


def test_journal_and_stores_are_said_in_sizes_that_people_read() -> None:
    state = dataclasses.replace(
        CALM,
        backup_ns=START_NS - 7_200 * SECOND,
        sinks=[
            SinkRow("embedded", waiting=12),
            SinkRow("influxdb", SinkCondition.REFUSED, "401: the token is refused", 9, 120.0),
        ],
    )
    lines = history_lines(state, START_NS, EN)
    assert (lines.journal, lines.stored) == ("312 MiB of 2.0 GiB", "1.5 GiB in 48 files")
    assert lines.share == pytest.approx(312 / 2048)
    assert lines.backup == "2026-03-02 06:00:00, 2 h ago"
    assert [(s.condition, s.well, s.behind) for s in lines.sinks] == [
        ("takes readings", True, "—"),
        ("refuses, needs a person", False, "2 min"),
    ]


def test_a_city_without_an_embedded_store_or_a_backup_says_so() -> None:
    lines = history_lines(HistoryState(0, 0), START_NS, EN)
    assert (lines.stored, lines.backup, lines.share) == ("—", "none known", 0.0)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1_536, "1.5 KiB"), (123 * 2**20, "123 MiB"), (2**41, "2.0 TiB")],
)
def test_a_size_is_said_in_the_unit_that_suits_it(count: int, text: str) -> None:
    assert size(count) == text
