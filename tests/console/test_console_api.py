"""The HTTP API, in the shapes that others rely on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from console.app import create_app, openapi_document
from console.following import learn, recall
from console.metrics import CONTENT_TYPE
from console.ports import DeviceRow
from console.session import COOKIE
from records.access import Role
from telemetry.clock import SECOND
from telemetry.quality import Reason, bad, uncertain
from tests.console.house import START_NS

if TYPE_CHECKING:
    from console.context import Console
    from tests.console.house import House

DAY = {"from": "2026-03-02T00:00:00+08:00", "to": "2026-03-03T00:00:00+08:00"}


async def _get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(f"/api/v1{path}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def test_points_say_what_they_are(operator: httpx.AsyncClient) -> None:
    found = await _get(operator, "/points", prefix="nanshan")
    assert found == {
        "items": [
            {
                "name": "nanshan.level",
                "kind": "level",
                "unit": "m",
                "site": "nanshan",
                "title": "南山水池 · 水位",
            }
        ]
    }


async def test_points_are_chosen_by_kind(operator: httpx.AsyncClient) -> None:
    found = await _get(operator, "/points", kind="pressure", prefix="north")
    assert [p["name"] for p in found["items"]] == ["north_01.pressure", "north_02.pressure"]


@pytest.mark.parametrize(
    ("search", "name"),
    [
        pytest.param("南山 水位", "nanshan.level", id="chinese"),
        pytest.param("reservoir level", "nanshan.level", id="english"),
        pytest.param("nanshan.levl", "nanshan.level", id="misspelt"),
        pytest.param("pump1.ru", "lvyou.pump1.run", id="part-of-a-name"),
    ],
)
async def test_a_point_is_found_by_what_people_call_it(
    operator: httpx.AsyncClient, search: str, name: str
) -> None:
    found = await _get(operator, "/points", search=search, limit=5)
    assert found["items"][0]["name"] == name


async def test_latest_readings_carry_quality_and_reason(
    operator: httpx.AsyncClient, house: House, console: Console
) -> None:
    await house.read({"nanshan.level": 3.25}, ago_s=1.5)
    await house.read({"north_01.pressure": 0.3}, quality=uncertain(Reason.MAINTENANCE))
    await recall(console)
    names = ["nanshan.level", "north_01.pressure", "north_02.pressure"]
    found = await _get(operator, "/latest", point=names)
    assert found["items"] == [
        {
            "point": "nanshan.level",
            "time": "2026-03-02T07:59:58.500+08:00",
            "value": 3.25,
            "quality": "good",
            "reason": "none",
        },
        {
            "point": "north_01.pressure",
            "time": "2026-03-02T08:00:00.000+08:00",
            "value": 0.3,
            "quality": "uncertain",
            "reason": "maintenance",
        },
        {
            "point": "north_02.pressure",
            "time": None,
            "value": None,
            "quality": "bad",
            "reason": "waiting",
        },
    ]


async def test_latest_readings_are_chosen_by_prefix_or_all(operator: httpx.AsyncClient) -> None:
    some = await _get(operator, "/latest", prefix="north_")
    every = await _get(operator, "/latest")
    assert (len(some["items"]), len(every["items"])) == (2, 11)


async def test_readings_are_every_sample_of_the_interval(
    operator: httpx.AsyncClient, house: House
) -> None:
    await house.read({"nanshan.level": 3.0}, ago_s=30)
    await house.read({"nanshan.level": float("nan")}, quality=bad(Reason.SENSOR), ago_s=15)
    found = await _get(operator, "/readings", point="nanshan.level", **DAY)
    assert found == {
        "point": "nanshan.level",
        "unit": "m",
        "columns": ["time", "value", "quality"],
        "rows": [
            ["2026-03-02T07:59:30.000+08:00", 3.0, "good"],
            ["2026-03-02T07:59:45.000+08:00", None, "bad"],
        ],
        "truncated": False,
    }


async def test_buckets_keep_the_spike_and_show_the_gap(
    operator: httpx.AsyncClient, house: House
) -> None:
    for ago_s, level in ((170, 3.0), (160, 9.0), (150, 3.5)):
        await house.read({"nanshan.level": level}, ago_s=ago_s)
    found = await _get(
        operator,
        "/readings",
        point="nanshan.level",
        bucket="60s",
        **{"from": "2026-03-02T07:57:00+08:00", "to": "2026-03-02T07:59:00+08:00"},
    )
    assert found["columns"] == ["time", "min", "mean", "max", "last", "count", "good"]
    assert found["rows"] == [
        ["2026-03-02T07:57:00.000+08:00", 3.0, pytest.approx(15.5 / 3), 9.0, 3.5, 3, 3],
        ["2026-03-02T07:58:00.000+08:00", None, None, None, None, 0, 0],
    ]


async def test_a_bucket_longer_than_the_interval_is_one_bucket(operator: httpx.AsyncClient) -> None:
    found = await _get(operator, "/readings", point="nanshan.level", bucket="999999d", **DAY)
    assert [row[0] for row in found["rows"]] == ["2026-03-02T00:00:00.000+08:00"]


async def test_the_first_bucket_since_1970_has_its_time(operator: httpx.AsyncClient) -> None:
    ever = {"from": "1970-01-01T00:00:00Z", "to": DAY["to"]}
    found = await _get(operator, "/readings", point="nanshan.level", bucket="9999d", **ever)
    assert found["rows"][0][0] == "1970-01-01T08:00:00.000+08:00"


async def test_an_empty_bucket_is_a_row(operator: httpx.AsyncClient, house: House) -> None:
    await house.read({"nanshan.level": 3.0}, ago_s=30)
    hour = {"from": "2026-03-02T07:00:00+08:00", "to": "2026-03-02T08:00:00+08:00"}
    found = await _get(operator, "/readings", point="nanshan.level", bucket="15m", **hour)
    assert [row[0][11:16] for row in found["rows"]] == ["07:00", "07:15", "07:30", "07:45"]
    assert [row[1:] for row in found["rows"][:3]] == [[None, None, None, None, 0, 0]] * 3
    assert found["rows"][3][-2:] == [1, 1]


async def test_alarms_come_newest_first_in_pages(operator: httpx.AsyncClient, house: House) -> None:
    older = await house.desk.ring("network_low", "north_01.pressure", 0.131, 0.14, ago_s=60)
    newer = await house.desk.ring("network_low", "north_02.pressure", 0.12, 0.14, ago_s=30)
    first = await _get(operator, "/alarms", state="active", limit=1)
    second = await _get(operator, "/alarms", state="active", limit=1, cursor=first["next"])
    assert [a["id"] for a in first["items"] + second["items"]] == [newer, older]
    assert second["next"] is None
    wanted = {
        "rule": "network_low",
        "point": "north_02.pressure",
        "priority": "high",
        "state": "active_unacknowledged",
        "since": "2026-03-02T07:59:30.000+08:00",
        "value": 0.12,
        "limit": 0.14,
        "text": "北区测压点02压力过低：0.120 MPa",
        "acknowledged_by": None,
        "version": 1,
    }
    assert {key: first["items"][0][key] for key in wanted} == wanted


async def test_an_acknowledge_keeps_name_and_note(
    operator: httpx.AsyncClient, house: House
) -> None:
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.131, 0.14)
    answer = await operator.post(
        f"/api/v1/alarms/{alarm}/acknowledge", json={"note": "crew sent", "version": 1}
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["acknowledged_by"], body["note"], body["state"], body["version"]) == (
        "王丽",
        "crew sent",
        "active_acknowledged",
        2,
    )


async def test_of_two_who_acknowledge_at_once_the_second_learns_who_was_first_A6(
    operator: httpx.AsyncClient, house: House
) -> None:
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.131, 0.14)
    await house.desk.acknowledge(alarm, version=1, user="李明")
    answer = await operator.post(f"/api/v1/alarms/{alarm}/acknowledge", json={"version": 1})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["current"]["acknowledged_by"] == "李明"


async def test_an_acknowledge_of_what_has_changed_since_is_refused_A6(
    operator: httpx.AsyncClient, house: House
) -> None:
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.131, 0.14)
    await house.desk.worsen(alarm, 0.09, 0.10)
    answer = await operator.post(f"/api/v1/alarms/{alarm}/acknowledge", json={"version": 1})
    assert answer.status_code == 409
    current = answer.json()["current"]
    assert (current["version"], current["priority"]) == (2, "critical")


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("/readings", {"point": "nanshan.levl", **DAY}, 404, "did you mean 'nanshan.level'"),
        ("/latest", {"point": "nope"}, 404, "no point is called 'nope'"),
        (
            "/readings",
            {"point": "nanshan.level", "from": "2026-03-02T00:00:00", "to": DAY["to"]},
            422,
            "from",
        ),
        (
            "/readings",
            {"point": "nanshan.level", "from": DAY["to"], "to": DAY["from"]},
            400,
            "before it starts",
        ),
        (
            "/readings",
            {"point": "nanshan.level", "bucket": "soon", **DAY},
            422,
            "60s, 15m, 1h or 1d",
        ),
        ("/readings", {"point": "nanshan.level", "bucket": "0s", **DAY}, 422, "no length"),
        (
            "/readings",
            {"point": "nanshan.level", "from": "0001-01-01T00:00:00Z", "to": DAY["to"]},
            422,
            "between 1970 and 2262",
        ),
        (
            "/trends",
            {"point": "nanshan.level", "from": DAY["from"], "to": "9999-12-31T23:59:59Z"},
            422,
            "between 1970 and 2262",
        ),
        ("/points", {"kind": "colour"}, 422, "kind"),
        ("/alarms", {"cursor": "!!"}, 400, "is no cursor"),
        ("/alarms", {"state": "some"}, 422, "state"),
        ("/nothing", {}, 404, "Not Found"),
    ],
)
async def test_a_wrong_question_is_answered_with_a_problem_that_says_what_is_wrong(
    operator: httpx.AsyncClient, path: str, query: dict[str, str], status: int, said: str
) -> None:
    answer = await operator.get(f"/api/v1{path}", params=query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert said in body["detail"]


async def test_an_alarm_that_does_not_exist_is_not_found(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/api/v1/alarms/nope/acknowledge", json={"version": 1})
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert (await operator.get("/alarms/nope")).status_code == 404


async def test_devices_say_how_they_answer(operator: httpx.AsyncClient, house: House) -> None:
    house.devices.append(
        DeviceRow("lvyou", "modbus", "h:1", False, 9, START_NS, {"timeout": 2}, 1, "no answer")
    )
    [device] = (await _get(operator, "/devices"))["items"]
    assert device["last"] == "2026-03-02T08:00:00.000+08:00"
    assert (device["connected"], device["errors"], device["reason"]) == (
        False,
        {"timeout": 2},
        "no answer",
    )


async def test_a_mistake_of_the_service_is_a_problem_too(house: House) -> None:
    def broken() -> list[DeviceRow]:
        raise ZeroDivisionError

    app = create_app(replace(house.ports(), devices=broken), house.settings)
    house.user("王丽")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://console.test") as client:
        client.cookies.set(COOKIE, house.log_in("王丽"))
        answer = await client.get("/api/v1/devices")
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ZeroDivision" not in answer.text


async def test_a_version_is_a_number_and_nothing_like_one(operator: httpx.AsyncClient) -> None:
    for version in (True, "1", 1.0):
        answer = await operator.post("/api/v1/alarms/x/acknowledge", json={"version": version})
        assert answer.status_code == 422, version


def test_every_refusal_is_described_as_a_problem() -> None:
    for path, operations in openapi_document()["paths"].items():
        for operation in operations.values():
            refusals = {
                status: answer
                for status, answer in operation["responses"].items()
                if status[0] == "4"
            }
            if path.startswith("/api/"):
                assert {"400", "401", "403", "404", "422"} <= set(refusals), path
            for answer in refusals.values():
                assert list(answer["content"]) == ["application/problem+json"], path


async def test_the_description_of_the_api_names_its_parts(visitor: httpx.AsyncClient) -> None:
    described = (await visitor.get("/api/v1/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/alarms/{alarm_id}/acknowledge" in described["paths"]


async def test_the_service_says_that_it_lives_and_which_part_is_not_ready(
    visitor: httpx.AsyncClient, house: House
) -> None:
    assert (await visitor.get("/-/healthy")).json()["status"] == "healthy"
    assert (await visitor.get("/-/ready")).status_code == 200
    house.unready["store"] = "the disk is full"
    answer = await visitor.get("/-/ready")
    assert answer.status_code == 503
    assert answer.json()["parts"]["store"] == "the disk is full"


async def test_metrics_hold_the_identity_the_devices_and_the_alarms(
    visitor: httpx.AsyncClient, house: House, console: Console
) -> None:
    house.accounting.open("modbus:lvyou").receive(10)
    house.devices.append(
        DeviceRow("lvyou", "modbus", "h:1", True, 9, START_NS - SECOND, {"timeout": 2})
    )
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
    learn(console, [await house.desk.get(alarm)])
    answer = await visitor.get("/metrics")
    assert answer.headers["content-type"] == CONTENT_TYPE
    for line in (
        'baotu_samples_received_total{path="modbus:lvyou"} 10.0',
        'baotu_device_connected{device="lvyou",protocol="modbus"} 1.0',
        'baotu_device_age_seconds{device="lvyou",protocol="modbus"} 1.0',
        'baotu_device_errors_total{device="lvyou",protocol="modbus",reason="timeout"} 2.0',
        'baotu_alarms{priority="high",state="unacknowledged"} 1.0',
        'baotu_alarms{priority="low",state="active"} 0.0',
        "baotu_screens 0.0",
    ):
        assert line in answer.text.splitlines()


async def test_a_program_uses_the_api_with_a_token_and_needs_no_origin(
    visitor: httpx.AsyncClient, house: House
) -> None:
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
    del visitor.headers["origin"]
    visitor.headers["Authorization"] = f"Bearer {house.token('night report', Role.OPERATOR)}"
    answer = await visitor.post(f"/api/v1/alarms/{alarm}/acknowledge", json={"version": 1})
    assert (answer.status_code, answer.json()["acknowledged_by"]) == (200, "night report")
