"""Who may come in, and what they may do: the walls around the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from console.api.operations import is_loopback
from console.app import create_app
from console.entry import inside
from console.security import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from console.session import COOKIE
from console.settings import ConsoleSettings
from records.access import Role
from telemetry.clock import RealClock
from telemetry.text import Text
from tests.console.conftest import ORIGIN
from tests.console.house import PASSWORD, House, small_house, small_plan

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

ANYBODY, VIEWER, OPERATOR = "anybody", "viewer", "operator"
PROGRAM = "program"
"""A program with a token, whatever a browser's cookie says; see test_console_influxql.py."""

# Who may use which route. A route that is not here fails the test below.
ROUTES = {
    ("GET", "/-/healthy"): ANYBODY,
    ("GET", "/-/ready"): ANYBODY,
    ("GET", "/metrics"): ANYBODY,
    ("GET", "/api/v1/openapi.json"): ANYBODY,
    ("GET", "/api/v1/points"): VIEWER,
    ("GET", "/api/v1/latest"): VIEWER,
    ("GET", "/api/v1/readings"): VIEWER,
    ("GET", "/api/v1/trends"): VIEWER,
    ("GET", "/api/v1/alarms"): VIEWER,
    ("GET", "/api/v1/gaps"): VIEWER,
    ("GET", "/api/v1/accounting"): VIEWER,
    ("GET", "/api/v1/history"): VIEWER,
    ("GET", "/api/v1/devices"): VIEWER,
    ("POST", "/api/v1/alarms/{alarm_id}/acknowledge"): OPERATOR,
    ("GET", "/"): VIEWER,
    ("GET", "/trends"): VIEWER,
    ("GET", "/alarms"): VIEWER,
    ("GET", "/alarms/{alarm_id}"): VIEWER,
    ("POST", "/alarms/{alarm_id}"): OPERATOR,
    ("GET", "/devices"): VIEWER,
    ("GET", "/accounts"): VIEWER,
    ("GET", "/login"): ANYBODY,
    ("POST", "/login"): ANYBODY,
    ("GET", "/setup"): ANYBODY,
    ("POST", "/setup"): ANYBODY,
    ("POST", "/logout"): ANYBODY,
    ("POST", "/language"): ANYBODY,
    ("GET", "/ping"): ANYBODY,
    ("GET", "/query"): PROGRAM,
    ("POST", "/query"): PROGRAM,
    ("POST", "/write"): PROGRAM,
}
SOCKETS = {"/api/v1/live"}
QUERY = {
    "point": "nanshan.level",
    "from": "2026-03-02T00:00:00+08:00",
    "to": "2026-03-02T01:00:00+08:00",
}


def _routes(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method not in ("HEAD", "OPTIONS") and route.path
    }


def test_every_route_has_a_role_in_the_table_H1(app: FastAPI) -> None:
    described = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    assert _routes(app) == set(ROUTES)
    assert described <= set(ROUTES)


async def _ask(client: httpx.AsyncClient, route: tuple[str, str], alarm: str) -> httpx.Response:
    method, path = route
    path = path.replace("{alarm_id}", alarm)
    if method == "GET":
        return await client.get(path, params=QUERY if path.startswith("/api") else {})
    if path.startswith("/api"):
        return await client.post(path, json={"version": 1})
    return await client.post(path, data={"version": "1"})


@pytest.mark.parametrize(
    "route", [r for r, who in ROUTES.items() if who in (VIEWER, OPERATOR)], ids=" ".join
)
async def test_nobody_gets_in_without_a_login_H1(
    visitor: httpx.AsyncClient, house: House, route: tuple[str, str]
) -> None:
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
    answer = await _ask(visitor, route, alarm)
    if route[1].startswith("/api"):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("route", [r for r, who in ROUTES.items() if who == OPERATOR], ids=" ".join)
async def test_a_viewer_changes_nothing_H1(
    visitor: httpx.AsyncClient, house: House, route: tuple[str, str]
) -> None:
    house.user("viewer", Role.VIEWER)
    visitor.cookies.set(COOKIE, house.log_in("viewer"))
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
    assert (await _ask(visitor, route, alarm)).status_code == 403
    assert (await house.desk.get(alarm)).version == 1


@pytest.mark.parametrize("route", [r for r, who in ROUTES.items() if who == VIEWER], ids=" ".join)
async def test_a_viewer_sees_everything(
    visitor: httpx.AsyncClient, house: House, route: tuple[str, str]
) -> None:
    house.user("viewer", Role.VIEWER)
    visitor.cookies.set(COOKIE, house.log_in("viewer"))
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
    assert (await _ask(visitor, route, alarm)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": "Bearer forged"}, id="forged-token"),
        pytest.param({"Authorization": "Basic d2FuZzp3YW5n"}, id="other-scheme"),
        pytest.param({"Cookie": f"{COOKIE}=forged"}, id="forged-cookie"),
        pytest.param({"Authorization": "Bearer "}, id="empty-token"),
    ],
)
async def test_a_forged_login_is_none_H1(
    visitor: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await visitor.get("/api/v1/points", headers=headers)
    assert answer.status_code == 401


async def test_an_expired_token_is_none_H1(visitor: httpx.AsyncClient, house: House) -> None:
    now_ns = RealClock().now()
    token = house.records.users.programs.create("old", Role.OPERATOR, now_ns - 2, now_ns - 1)
    answer = await visitor.get("/api/v1/points", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evil.example", id="another-site"),
        pytest.param("null", id="sandboxed"),
        pytest.param("http://console.test.evil.example", id="a-longer-name"),
        pytest.param(None, id="none"),
    ],
)
@pytest.mark.parametrize(
    "route", [r for r, who in ROUTES.items() if r[0] == "POST" and who != PROGRAM], ids=" ".join
)
async def test_another_site_cannot_make_a_browser_change_anything_H1(
    operator: httpx.AsyncClient, house: House, origin: str | None, route: tuple[str, str]
) -> None:
    alarm = await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
    del operator.headers["origin"]
    if origin is not None:
        operator.headers["Origin"] = origin
    fields = {"name": "x", "password": "x", "token": "x", "again": "x", "language": "en"}
    path = route[1].replace("{alarm_id}", alarm)
    if path.startswith("/api"):
        answer = await operator.post(path, json={"version": 1})
    else:
        answer = await operator.post(path, data={"version": "1", **fields})
    assert answer.status_code == 403
    assert (await house.desk.get(alarm)).version == 1


async def _log_in(client: httpx.AsyncClient, name: str, password: str, **more: str) -> Any:
    return await client.post("/login", data={"name": name, "password": password, **more})


async def test_a_login_sets_a_cookie_that_scripts_and_other_sites_never_see(
    visitor: httpx.AsyncClient, house: House
) -> None:
    house.user("王丽")
    answer = await _log_in(visitor, "王丽", PASSWORD, next="/alarms?state=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alarms?state=all")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert (await visitor.get("/")).status_code == 200


async def test_over_https_the_cookie_is_for_https_only(app: FastAPI, house: House) -> None:
    house.user("王丽")
    secure = ORIGIN.replace("http", "https")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=secure, headers={"Origin": secure}
    ) as client:
        answer = await _log_in(client, "王丽", PASSWORD)
    assert "secure" in answer.headers["set-cookie"].lower()


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer_H2(
    visitor: httpx.AsyncClient, house: House
) -> None:
    house.user("王丽")
    wrong = await _log_in(visitor, "王丽", "not the password")
    unknown = await _log_in(visitor, "somebody", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("王丽", "somebody") == unknown.text
    assert "set-cookie" not in wrong.headers


async def test_guessing_is_locked_out_and_the_wait_is_said_H2(
    visitor: httpx.AsyncClient, house: House
) -> None:
    house.user("王丽")
    for _ in range(3):
        await _log_in(visitor, "王丽", "not the password")
    answer = await _log_in(visitor, "王丽", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 30
    assert "尝试次数过多" in answer.text


async def test_there_is_no_account_before_the_first_is_made_H2(
    visitor: httpx.AsyncClient,
) -> None:
    for name in ("admin", "operator", "baotu", "root"):
        assert (await _log_in(visitor, name, name)).status_code in (401, 429)


def _setup_link(house: House) -> str:
    token = house.records.users.setup_token(RealClock().now())
    assert token is not None
    return token


async def _set_up(client: httpx.AsyncClient, link: str, **more: str) -> httpx.Response:
    fields = {"token": link, "name": "王丽", "password": PASSWORD, "again": PASSWORD}
    return await client.post("/setup", data=fields | more)


async def test_the_setup_link_makes_the_first_operator_once(
    visitor: httpx.AsyncClient, house: House
) -> None:
    token = _setup_link(house)
    assert token in (await visitor.get("/setup", params={"token": token})).text
    answer = await _set_up(visitor, token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await visitor.get("/api/v1/points")).status_code == 200
    [user] = house.records.users.list()
    assert (user.name, user.role) == ("王丽", Role.OPERATOR)
    again = await _set_up(visitor, token, name="mallory")
    assert again.status_code == 400
    assert "链接已失效" in again.text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"again": "something else"}, "两次输入的密码不同", id="differ"),
        pytest.param({"password": "short", "again": "short"}, "密码太弱", id="weak"),
        pytest.param({"name": "\u200b"}, "用户名不能使用", id="name"),
        pytest.param({"token": "guessed"}, "链接已失效", id="link"),
    ],
)
async def test_a_refused_setup_says_why_and_keeps_the_link(
    visitor: httpx.AsyncClient, house: House, more: dict[str, str], said: str
) -> None:
    token = _setup_link(house)
    answer = await _set_up(visitor, token, **more)
    assert answer.status_code == 400
    assert said in answer.text
    assert house.records.users.list() == []
    assert (await _set_up(visitor, token)).status_code == 303


async def test_a_logout_ends_the_login_for_good_H1(operator: httpx.AsyncClient) -> None:
    kept = operator.cookies[COOKIE]
    answer = await operator.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    operator.cookies.set(COOKIE, kept)
    assert (await operator.get("/api/v1/points")).status_code == 401


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/alarms?state=all", "/alarms?state=all"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_login_never_leads_to_another_site(wanted: str, leads_to: str) -> None:
    assert inside(wanted) == leads_to


async def test_a_language_is_chosen_and_kept(operator: httpx.AsyncClient) -> None:
    assert 'lang="zh-CN"' in (await operator.get("/devices")).text
    answer = await operator.post("/language", data={"language": "en", "next": "/devices"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/devices")
    page = (await operator.get("/accounts")).text
    assert '<html lang="en"' in page
    assert "Where every sample went" in page


async def test_every_answer_carries_the_walls(operator: httpx.AsyncClient) -> None:
    for path in ("/", "/login", "/api/v1/points", "/nothing", "/-/healthy"):
        answer = await operator.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value
        assert answer.headers["cache-control"] == "no-store"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "require-trusted-types-for 'script'" in CONTENT_SECURITY_POLICY
    assert "trusted-types 'none'" in CONTENT_SECURITY_POLICY
    assert "://" not in CONTENT_SECURITY_POLICY


async def test_browser_files_may_be_kept_for_ever_because_their_address_names_their_build(
    visitor: httpx.AsyncClient,
) -> None:
    page = (await visitor.get("/login")).text
    style = next(part for part in page.split('"') if part.endswith("/theme.css"))
    assert "immutable" in (await visitor.get(style)).headers["cache-control"]
    missing = await visitor.get(style.replace("theme", "other"))
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "path", ["../../pyproject.toml", "..%2f..%2fpyproject.toml", "/etc/passwd"]
)
async def test_no_file_outside_of_the_browser_files_is_served_H5(
    visitor: httpx.AsyncClient, path: str
) -> None:
    page = (await visitor.get("/login")).text
    style = next(part for part in page.split('"') if part.endswith("/theme.css"))
    answer = await visitor.get(style.removesuffix("theme.css") + path)
    assert answer.status_code == 404


async def test_metrics_are_for_this_machine_only_unless_opened(house: House) -> None:
    async def status(settings: ConsoleSettings, client: str) -> int:
        app = create_app(house.ports(), settings)
        transport = httpx.ASGITransport(app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as visitor:
            return (await visitor.get("/metrics")).status_code

    assert await status(ConsoleSettings(), "127.0.0.1") == 200
    assert await status(ConsoleSettings(), "::1") == 200
    assert await status(ConsoleSettings(), "10.1.2.3") == 403
    assert await status(ConsoleSettings(public_metrics=True), "10.1.2.3") == 200
    assert not is_loopback("no address")


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


async def test_a_title_with_markup_is_shown_as_text_H6(tmp_path: Path) -> None:
    house = small_house(tmp_path, plan=small_plan(Text(EVIL, EVIL)))
    house.user(EVIL[:64])
    app = create_app(house.ports())
    alarm = await house.desk.ring("network_low", "north_02.pressure", 0.1, 0.14)
    await house.desk.acknowledge(alarm, version=1, user=EVIL, note=EVIL)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"Origin": ORIGIN}
    ) as client:
        client.cookies.set(COOKIE, house.log_in(EVIL[:64]))
        for path in (
            "/",
            "/alarms?state=all",
            f"/alarms/{alarm}",
            "/trends?point=north_02.pressure",
            f"/trends?point={EVIL}",
            f"/login?next=/{EVIL}",
            f"/setup?token={EVIL}",
        ):
            page = (await client.get(path)).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "&lt;script&gt;" in page
