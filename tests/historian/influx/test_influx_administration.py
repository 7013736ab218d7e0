"""Databases, buckets and mappings are made; a server is looked at before anybody relies on it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from historian.influx.checking import check_influx
from historian.influx.client import InfluxClient
from historian.influx.errors import InfluxError
from historian.influx.making import make_database
from historian.settings import InfluxSettings
from telemetry.clock import RealClock, VirtualClock
from tests.historian.influx.double import BUCKET, ORG, TOKEN, InfluxDouble
from tests.historian.influx.servers import free_port, influxd
from tests.historian.making import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from historian.influx.checking import Finding

V2: dict[str, Any] = {"org": ORG, "bucket": BUCKET, "token": TOKEN}


@asynccontextmanager
async def client_of(
    url: str, transport: httpx.AsyncBaseTransport | None = None, **settings: Any
) -> AsyncIterator[InfluxClient]:
    client = InfluxClient(InfluxSettings(url=url, **settings), transport)
    try:
        yield client
    finally:
        await client.close()


async def made(url: str, keep_days: int | None = None, **settings: Any) -> list[str]:
    async with client_of(url, **settings) as client:
        return await make_database(client, keep_days)


async def found(client: InfluxClient) -> dict[str, Finding]:
    return {finding.what: finding for finding in await check_influx(client, RealClock())}


async def test_a_bucket_and_its_mapping_are_made_once() -> None:
    double = InfluxDouble(buckets={}, mapped=set())
    with double.served() as url:
        first = await made(url, 30, **V2)
        second = await made(url, 30, **V2)
    assert first == ["bucket 'baotu' was made", "its mapping for InfluxQL was made"]
    assert second == ["bucket 'baotu' was there", "its mapping for InfluxQL was there"]
    assert list(double.buckets.values()) == [BUCKET]
    assert double.mapped == {BUCKET}


async def test_a_bucket_that_is_there_gets_only_the_mapping_that_is_missing() -> None:
    double = InfluxDouble(mapped=set())
    with double.served() as url:
        assert await made(url, **V2) == [
            "bucket 'baotu' was there",
            "its mapping for InfluxQL was made",
        ]


async def test_a_token_that_may_not_is_said_and_not_shown() -> None:
    with InfluxDouble().served() as url, pytest.raises(InfluxError, match="401") as caught:
        await made(url, **{**V2, "token": "hunter2"})
    assert "the token must be allowed" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("dialect", ["v1", "v2", "v3"])
async def test_a_server_that_is_not_there_is_said(dialect: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(InfluxError, match=r"127\.0\.0\.1"):
        await made(url, dialect=dialect, org=ORG, timeout_s=1)


@pytest.mark.parametrize(("status", "good"), [(200, True), (409, True), (401, False)])
async def test_a_database_of_version_3_is_made_or_was_there(status: int, good: bool) -> None:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json={"error": "no"})

    transport = httpx.MockTransport(respond)
    async with client_of("http://db", transport, dialect="v3", token="t") as client:
        if good:
            assert await make_database(client, 30) == ["database 'baotu' is there"]
        else:
            with pytest.raises(InfluxError, match="an admin token may"):
                await make_database(client, 30)
    (request,) = asked
    assert request.url.path == "/api/v3/configure/database"
    assert request.headers["authorization"] == "Bearer t"
    assert request.content == b'{"db":"baotu","retention_period":"30d"}'


async def test_a_sound_server_passes_every_check() -> None:
    double = InfluxDouble()
    async with client_of("http://db", double.transport(), **V2) as client:
        findings = await found(client)
    assert {what: f.good for what, f in findings.items()} == {
        **dict.fromkeys(("server", "clock", "write", "read"), True)
    }
    assert "v2.7.0-double" in findings["server"].sentence


async def test_a_check_says_that_the_mapping_is_missing() -> None:
    double = InfluxDouble(mapped=set())
    async with client_of("http://db", double.transport(), **V2) as client:
        finding = (await found(client))["read"]
    assert not finding.good
    assert "`baotu store init` makes" in finding.sentence


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": "wrong"}, "give [historian.influxdb] a token"),
        ({"bucket": "absent"}, "make it with `baotu store init`"),
        ({"dialect": "v1"}, "give [historian.influxdb] a user and password"),
    ],
)
async def test_a_check_says_why_nothing_can_be_written(
    settings: dict[str, Any], words: str
) -> None:
    transport = InfluxDouble().transport()
    async with client_of("http://db", transport, **{**V2, **settings}) as client:
        findings = await found(client)
    assert not findings["write"].good
    assert words in findings["write"].sentence
    assert "read" not in findings


async def test_a_server_that_is_away_ends_the_check() -> None:
    double = InfluxDouble(away=True)
    async with client_of("http://db", double.transport(), **V2) as client:
        findings = await found(client)
    assert list(findings) == ["server"]
    assert not findings["server"].good


@pytest.mark.parametrize(
    ("date", "good", "words"),
    [
        ("Thu, 01 Jan 2026 12:00:03 GMT", True, "agree"),
        ("Thu, 01 Jan 2026 13:00:00 GMT", False, "3600 s ahead of"),
        ("Thu, 01 Jan 2026 11:59:00 GMT", False, "60 s behind"),
        ("yesterday", True, "does not tell its time"),
    ],
)
async def test_clocks_that_are_apart_are_said_S7(date: str, good: bool, words: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(204, headers={"Date": date}))
    async with client_of("http://db", transport, **V2) as client:
        findings = await check_influx(client, VirtualClock(NOON))
    clock = next(finding for finding in findings if finding.what == "clock")
    assert clock.good is good
    assert words in clock.sentence


@pytest.mark.parametrize("url", ["http://db:port", "ftp://db", "db:8086", "http://"])
def test_an_address_that_is_none_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(InfluxError, match=r"\[historian\.influxdb\]"):
        InfluxClient(InfluxSettings(url=url))


@pytest.mark.system
async def test_a_real_server_gets_database_and_policy_and_passes(influx_url: str) -> None:
    chosen: dict[str, Any] = {
        "dialect": "v1",
        "bucket": "new city",
        "retention_policy": "ten years",
    }
    for _ in range(2):
        assert len(await made(influx_url, 3_660, **chosen)) == 2
    async with client_of(influx_url, **chosen) as client:
        findings = await found(client)
        ((table,),) = await client.ask('SHOW RETENTION POLICIES ON "new city"')
    assert all(finding.good for finding in findings.values()), findings
    assert {row[0]: row[1] for row in table.rows}["ten years"] == f"{3_660 * 24}h0m0s"


@pytest.mark.system
async def test_a_server_of_another_version_is_recognised(influx_url: str) -> None:
    async with client_of(influx_url, **V2) as client:
        finding = (await found(client))["write"]
    assert "set dialect in [historian.influxdb]" in finding.sentence


@pytest.mark.system
async def test_version_1_lets_in_who_knows_the_password(tmp_path: Path) -> None:
    with influxd(tmp_path, auth=True) as url:
        first = "CREATE USER baotu WITH PASSWORD 'a:b c' WITH ALL PRIVILEGES"
        async with httpx.AsyncClient() as http:
            await http.post(f"{url}/query", data={"q": first})
        with pytest.raises(InfluxError, match="401"):
            await made(url, dialect="v1", user="baotu", password="wrong")
        await made(url, dialect="v1", user="baotu", password="a:b c")
        async with client_of(url, dialect="v1", user="baotu", password="a:b c") as client:
            assert all(finding.good for finding in (await found(client)).values())
        async with client_of(url, dialect="v1", user="baotu", password="wrong") as client:
            assert "user and password" in (await found(client))["write"].sentence


@pytest.mark.system
async def test_a_server_that_only_takes_readings_is_told_from_one_that_answers(
    victoria_url: str,
) -> None:
    async with client_of(victoria_url, **V2) as client:
        findings = await found(client)
    assert findings["write"].good
    assert not findings["read"].good
