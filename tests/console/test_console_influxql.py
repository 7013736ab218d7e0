"""The console as an InfluxDB: for Grafana, the influx shell and clients."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient

from console.influxql_routes import VERSION
from console.session import COOKIE
from records.access import Role
from tests.console.house import START_NS
from tests.interop.programs import program, run

if TYPE_CHECKING:
    from tests.console.conftest import Running
    from tests.console.house import House

MEAN = 'SELECT mean("value") FROM "pressure" WHERE time >= now() - 1h GROUP BY "point"'
START_S = START_NS // 10**9


async def _readings(house: House) -> None:
    for ago_s, pressure in ((120, 0.21), (60, 0.23), (30, 0.28)):
        await house.read({"north_01.pressure": pressure, "nanshan.level": 3.5}, ago_s=ago_s)
    await house.read({"north_02.pressure": 0.3}, quality=130, ago_s=30)


@pytest.fixture
def grafana(visitor: httpx.AsyncClient, house: House) -> httpx.AsyncClient:
    """A program that may look."""
    visitor.headers["Authorization"] = f"Bearer {house.token('grafana', Role.VIEWER)}"
    return visitor


async def _series(client: httpx.AsyncClient, q: str, **more: str) -> Any:
    answer = await client.get("/query", params={"q": q, "db": "baotu", "epoch": "s", **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"][0].get("series", [])


async def test_a_panel_is_answered_in_city_time(grafana: httpx.AsyncClient, house: House) -> None:
    await _readings(house)
    [series] = await _series(grafana, MEAN)
    assert series == {
        "name": "pressure",
        "tags": {"point": "north_01.pressure"},
        "columns": ["time", "mean"],
        "values": [[START_S - 3600, pytest.approx(0.24)]],
    }


async def test_tags_say_where_a_point_is(grafana: httpx.AsyncClient) -> None:
    [series] = await _series(grafana, 'SHOW TAG VALUES FROM "level" WITH KEY IN ("site", "zone")')
    assert series["values"] == [["site", "nanshan"], ["zone", "north"]]


async def test_a_form_is_read_like_an_address(grafana: httpx.AsyncClient, house: House) -> None:
    await _readings(house)
    asked = {"q": f"{MEAN}; SHOW DATABASES", "db": "baotu", "epoch": "s", "chunked": "true"}
    by_form = await grafana.post("/query", data=asked)
    by_both = await grafana.post("/query", params={"db": "baotu", "epoch": "s"}, data=asked)
    by_address = await grafana.get("/query", params=asked)
    assert by_form.json() == by_both.json() == by_address.json()
    assert [result["statement_id"] for result in by_form.json()["results"]] == [0, 1]


async def test_an_answer_may_be_pretty(grafana: httpx.AsyncClient) -> None:
    answer = await grafana.get("/query", params={"q": "SHOW DATABASES", "pretty": "true"})
    assert answer.text.count("\n") > 5
    assert answer.json()["results"][0]["series"][0]["values"] == [["baotu"]]


async def test_ping_says_the_version_and_asks_for_nothing(visitor: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD"):
        answer = await visitor.request(method, "/ping")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["x-influxdb-version"] == VERSION


def _ways_in(name: str, token: str) -> dict[str, dict[str, Any]]:
    return {
        "bearer": {"headers": {"Authorization": f"Bearer {token}"}},
        "token": {"headers": {"Authorization": f"Token {token}"}},
        "token with name": {"headers": {"Authorization": f"Token {name}:{token}"}},
        "basic": {"auth": (name, token)},
        "parameters": {"params": {"u": name, "p": token}},
    }


WAYS = tuple(_ways_in("", ""))


async def _databases(client: httpx.AsyncClient, way: dict[str, Any]) -> httpx.Response:
    params = {"q": "SHOW DATABASES", **way.get("params", {})}
    return await client.get("/query", **{**way, "params": params})


@pytest.mark.parametrize("way", WAYS)
async def test_a_program_comes_in_with_its_token_H1(
    visitor: httpx.AsyncClient, house: House, way: str
) -> None:
    ways = _ways_in("grafana", house.token("grafana", Role.VIEWER))
    assert (await _databases(visitor, ways[way])).status_code == 200


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("token", ["forged", ""])
async def test_a_forged_token_opens_nothing_H1(
    visitor: httpx.AsyncClient, house: House, way: str, token: str
) -> None:
    house.token("grafana", Role.VIEWER)
    answer = await _databases(visitor, _ways_in("grafana", token)[way])
    assert answer.status_code == 401
    assert answer.json() == {"error": "authorization failed"}
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("way", ["token with name", "basic", "parameters"])
async def test_a_token_under_another_name_opens_nothing_H1(
    visitor: httpx.AsyncClient, house: House, way: str
) -> None:
    token = house.token("grafana", Role.VIEWER)
    assert (await _databases(visitor, _ways_in("admin", token)[way])).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic //86eA==", "Basic é", "Digest x"],
)
async def test_without_credentials_nothing_is_said_H1(
    visitor: httpx.AsyncClient, header: str
) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    for path in ("/query", "/write"):
        answer = await visitor.post(path, headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {"error": "unable to parse authentication credentials"}


async def test_a_browsers_login_opens_nothing_here_H1(operator: httpx.AsyncClient) -> None:
    assert operator.cookies[COOKIE]
    assert (await operator.get("/query", params={"q": "SHOW DATABASES"})).status_code == 401


async def test_a_revoked_token_opens_nothing_H1(grafana: httpx.AsyncClient, house: House) -> None:
    house.records.users.programs.revoke("grafana")
    answer = await grafana.get("/query", params={"q": "SHOW DATABASES"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({}, 400, 'missing required parameter "q"'),
        ({"q": "SELEC x"}, 400, "error parsing query: found SELEC, expected ;, SELECT, SHOW"),
        ({"q": "SELECT a FROM b", "epoch": "y"}, 400, "error parsing query: invalid epoch y"),
        ({"q": "SHOW DATABASES", "params": "{}"}, 400, "params are not supported"),
        ({"q": "DROP DATABASE baotu"}, 403, "error authorizing query: DROP is refused"),
        ({"q": "SELECT a INTO b FROM c"}, 403, "error authorizing query: INTO is refused"),
    ],
)
async def test_what_cannot_be_answered_is_refused_in_a_sentence(
    grafana: httpx.AsyncClient, asked: dict[str, str], status: int, said: str
) -> None:
    for answer in (
        await grafana.get("/query", params=asked),
        await grafana.post("/query", data=asked),
    ):
        assert answer.status_code == status
        assert answer.json()["error"].startswith(said)


async def test_nothing_is_written_H1(grafana: httpx.AsyncClient, house: House) -> None:
    answer = await grafana.post("/write", params={"db": "baotu"}, content="pressure value=1")
    assert answer.status_code == 403
    assert "questions only" in answer.json()["error"]


async def test_an_endless_request_is_cut_off(grafana: httpx.AsyncClient) -> None:
    answer = await grafana.post("/query", content=b"q=" + b"x" * 2_000_000)
    assert answer.status_code == 413


@pytest.mark.system
async def test_the_influx_shell_reads_the_store(running: Running) -> None:
    await _readings(running.house)
    token = running.house.token("engineer", Role.VIEWER)
    port = running.address.rsplit(":", 1)[1]
    shell = (program("influx", "influxdb-client"), "-host", "127.0.0.1", "-port", port)
    login = ("-username", "engineer", "-password", token, "-database", "baotu")

    async def ask(text: str) -> list[str]:
        printed = await run(*shell, *login, "-format", "csv", "-precision", "s", "-execute", text)
        return printed.split()

    assert await ask("SHOW MEASUREMENTS") == [
        "name,name",
        *(f"measurements,{name}" for name in ("flow", "free_chlorine", "level", "pressure")),
        *(f"measurements,{name}" for name in ("state", "turbidity")),
    ]
    header, row = await ask("SELECT max(value) FROM pressure WHERE time > now() - 1h")
    assert header == "name,time,max"
    assert row.startswith("pressure,")
    assert row.endswith(",0.28")
    assert any("questions" in word for word in await ask("INSERT pressure value=1"))


@pytest.mark.system
async def test_influxdb_clients_ask_over_http(running: Running) -> None:
    """The client of InfluxDB 2 has no InfluxQL of its own, but its ping and its HTTP are used."""
    token = running.house.token("notebook", Role.VIEWER)

    def ping() -> bool:
        with InfluxDBClient(running.address, token=token, org="-") as client:
            return bool(client.ping())

    assert await asyncio.to_thread(ping)


@pytest.mark.system
async def test_a_panel_has_a_row_for_each_step_of_each_series_that_spoke(running: Running) -> None:
    """Six hours in steps of 20 s: gaps are rows, and a series with BAD samples only is none."""
    house = running.house
    await _readings(house)
    token = house.token("grafana", Role.VIEWER)
    text = (
        'SELECT mean("value") FROM /^(pressure|flow|state|level)$/ '
        'WHERE time >= now() - 6h GROUP BY time(20s), "point" fill(null)'
    )
    async with httpx.AsyncClient(
        base_url=running.address, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        answer = await client.get("/query", params={"q": text, "db": "baotu", "epoch": "ms"})
    [result] = json.loads(answer.content)["results"]
    spoke = [series["tags"]["point"] for series in result["series"]]
    assert spoke == ["nanshan.level", "north_01.pressure"]
    assert {len(series["values"]) for series in result["series"]} == {1081}
