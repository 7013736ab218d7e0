"""Every panel shows something, on Baotu's own InfluxQL and on a real InfluxDB alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner

from config.bundled import example_city
from dashboards.asking import Finding, Question, ask_all, judged
from dashboards.errors import SeriesServerError
from historian.entry import Entry
from historian.influx.lines import LineEncoder
from historian.influxql.engine import InfluxQL, Request
from historian.memory import MemoryStore
from service.cli.dashboards import app
from telemetry.batch import Batch
from tests.dashboards.asked import example_questions, example_series
from tests.dashboards.example import END_NS, example, simulated_readings
from tests.historian.influx.servers import influxd

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    return example_questions()


async def engine_with(batches: list[Batch]) -> InfluxQL:
    """Baotu's own InfluxQL over readings."""
    store = MemoryStore(len(example().points))
    await store.append([Entry(n + 1, "simulated", batch) for n, batch in enumerate(batches)])
    return InfluxQL(store, example_series())


async def answered(engine: InfluxQL, question: Question) -> dict[str, Any]:
    return await engine.answer(Request(question.query, END_NS, "baotu", "ms"))


async def findings_of(engine: InfluxQL, asked: list[Question]) -> list[Finding]:
    found = [judged(question, await answered(engine, question)) for question in asked]
    return [finding for finding in found if finding is not None]


def test_every_panel_is_asked_for_every_station(asked: list[Question]):
    assert len(asked) > 200
    assert {question.chosen for question in asked} == {
        "",
        *("donghu", "fenghuang", "nankang"),
        *("lvyou", "longao", "hanyu", "shunhua", "wenhua", "beiyuan"),
    }
    assert all("$" not in question.query.replace("$/", "") for question in asked)


async def test_every_series_of_every_panel_is_answered(asked: list[Question]):
    engine = await engine_with(simulated_readings())
    assert [finding.sentence for finding in await findings_of(engine, asked)] == []


async def test_nothing_in_the_store_leaves_every_panel_empty(asked: list[Question]):
    engine = await engine_with([])
    findings = await findings_of(engine, asked)
    assert len(findings) == len(asked)
    assert all(finding.empty for finding in findings)
    assert findings[0].sentence == (
        "Spring City example · City overview – Lowest pressure of each zone: nothing is shown"
    )


async def test_silent_instrument_is_named_and_its_panel_is_not_empty(asked: list[Question]):
    silent = example().points.index("nanshan.level")
    batches = [batch.take(batch.point != silent) for batch in simulated_readings()]
    reservoirs = [question for question in asked if question.dashboard.endswith("Reservoirs")]
    findings = await findings_of(await engine_with(batches), reservoirs)
    assert {finding.missing for finding in findings} == {("nanshan.level",)}
    assert not any(finding.empty for finding in findings)
    assert findings[0].sentence == (
        "Spring City example · Reservoirs – Now: no values of nanshan.level"
    )


def test_refused_query_is_a_finding():
    question = Question("City", "Panel", "", "SELECT", "", frozenset({""}))
    finding = judged(question, {"error": "error parsing query: found EOF"})
    assert finding is not None
    assert finding.sentence == (
        "City – Panel: the server refuses the query: error parsing query: found EOF"
    )


def test_nobody_who_answers_is_a_sentence(free_port, asked: list[Question]):
    with httpx.Client(base_url=f"http://127.0.0.1:{free_port}") as client:  # noqa: SIM117 - one each
        with pytest.raises(SeriesServerError, match="does not answer"):
            ask_all(client, "baotu", asked)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "put a token that may read into the environment variable BAOTU_TOKEN"),
        (404, "answered 404, and not as InfluxDB does"),
    ],
)
def test_server_that_is_none_or_wants_a_token_is_a_sentence(status, sentence, asked):
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text="<html>"))
    with httpx.Client(base_url="http://series.test", transport=transport) as client:  # noqa: SIM117
        with pytest.raises(SeriesServerError, match=sentence):
            ask_all(client, "baotu", asked)


@pytest.fixture(scope="module")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A real InfluxDB that holds the simulated readings."""
    encoder = LineEncoder(example_series())
    with (
        influxd(tmp_path_factory.mktemp("influxd")) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        client.post("/query", params={"q": "CREATE DATABASE baotu"}).raise_for_status()
        for batch in simulated_readings():
            written = client.post(
                "/write", params={"db": "baotu", "precision": "ns"}, content=encoder.encode(batch)
            )
            assert written.status_code == 204, written.text
        yield client


@pytest.mark.system
def test_every_series_of_every_panel_is_answered_by_influxdb(influxdb, asked: list[Question]):
    assert [finding.sentence for finding in ask_all(influxdb, "baotu", asked)] == []


@pytest.mark.system
def test_check_asks_the_server_and_fails_on_a_panel_that_stays_empty(influxdb):
    command = [
        "check",
        str(example_city()),
        "--language",
        "zh",
        "--against",
        str(influxdb.base_url),
    ]
    good = CliRunner().invoke(app, [*command, "--at", "2026-01-01T12:00:00"])
    assert good.exit_code == 0, good.output
    a_week_later = CliRunner().invoke(app, [*command, "--at", "2026-01-10T12:00:00"])
    assert a_week_later.exit_code == 1
    assert "泉城示例 · 水池 – 现在: nothing is shown" in a_week_later.stdout


@pytest.mark.system
async def test_influxdb_and_our_own_answer_every_panel_alike(influxdb, asked: list[Question]):
    engine = await engine_with(simulated_readings())
    for question in asked:
        theirs = influxdb.post(
            "/query", params={"db": "baotu", "epoch": "ms"}, data={"q": question.query}
        ).json()
        ours = await answered(engine, question)
        assert alike(ours, theirs), (question.panel, question.query, ours, theirs)


def alike(one: Any, other: Any) -> bool:
    """The same document, floats to nine digits: sums are not taken in the same order."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
        case list(), list():
            return len(one) == len(other) and all(map(alike, one, other))
        case ((int() | float()), (int() | float())):
            return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
        case _:
            return bool(one == other)
