"""The live socket of a console that really serves."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from console.errors import AddressInUseError
from console.live_socket import LOGIN_ENDED, NOT_UNDERSTOOD
from console.session import COOKIE
from records.access import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.console.conftest import Running
    from tests.console.house import House


def _live(running: Running, cookie: str = "", *, origin: str | None = "", token: str = "") -> Any:
    headers = {}
    if cookie:
        headers["Cookie"] = f"{COOKIE}={cookie}"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    address = running.address.replace("http", "ws") + "/api/v1/live"
    own = running.address if origin == "" else origin
    return connect(address, additional_headers=headers, origin=own)  # type: ignore[arg-type]  # a plain str is an origin


async def _subscribe(socket: ClientConnection, *names: str) -> Any:
    await socket.send(json.dumps({"subscribe": list(names)}))
    return json.loads(await asyncio.wait_for(socket.recv(), 10))


async def _until(socket: ClientConnection, found: Callable[[Any], Any]) -> Any:
    async with asyncio.timeout(10):
        while True:
            message = json.loads(await socket.recv())
            if found(message):
                return message


async def _closed(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(15):
        await socket.wait_closed()
    return socket.close_code


@pytest.fixture
def login(running: Running) -> str:
    running.house.user("王丽")
    running.house.user("李明")
    return running.house.log_in("王丽")


async def test_a_reading_reaches_the_page_within_a_second_or_two(
    running: Running, login: str
) -> None:
    async with _live(running, login) as socket:
        hello = await _subscribe(socket, "nanshan.level")
        assert hello["order"] == ["nanshan.level"]
        await running.house.read({"nanshan.level": 4.25})
        frame = await _until(socket, lambda m: m.get("v") == [4.25])
        assert frame["q"] == [0]
        assert 0 <= frame["a"][0] < 5


async def test_an_alarm_reaches_the_page_and_so_does_its_acknowledgement(
    running: Running, login: str
) -> None:
    async with _live(running, login) as socket:
        await _subscribe(socket)
        alarm = await running.house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
        news = await _until(socket, lambda m: "alarms" in m)
        assert news["alarms"]["changed"][0]["id"] == alarm
        await running.house.desk.acknowledge(alarm, version=1, user="李明")
        news = await _until(socket, lambda m: "alarms" in m)
        assert news["alarms"]["changed"][0]["acknowledged_by"] == "李明"


async def test_a_page_of_another_site_gets_no_socket_H1(running: Running, login: str) -> None:
    for origin in ("https://evil.example", None):
        with pytest.raises(InvalidStatus) as refused:
            async with _live(running, login, origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_without_a_login_the_socket_says_so_and_closes_H1(running: Running) -> None:
    async with _live(running) as socket:
        assert await _closed(socket) == LOGIN_ENDED


async def test_a_program_follows_with_its_token(running: Running) -> None:
    token = running.house.token("wall display", Role.VIEWER)
    async with _live(running, token=token, origin=None) as socket:
        assert (await _subscribe(socket, "nanshan.level"))["order"] == ["nanshan.level"]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda h, c: h.records.users.log_out(c), id="logout"),
        pytest.param(lambda h, c: h.records.users.set_role("王丽", Role.VIEWER), id="role-changed"),
        pytest.param(lambda h, c: h.records.users.disable("王丽"), id="disabled"),
    ],
)
async def test_the_socket_closes_when_its_login_ends_H1(
    running: Running, login: str, end: Callable[[House, str], None]
) -> None:
    async with _live(running, login) as socket:
        await _subscribe(socket)
        await asyncio.to_thread(end, running.house, login)
        assert await _closed(socket) == LOGIN_ENDED


async def test_a_message_that_is_no_subscription_closes_the_socket(
    running: Running, login: str
) -> None:
    for message in ("{", '{"subscribe": 1}', '{"write": ["x"]}', b"\x00"):
        async with _live(running, login) as socket:
            await socket.send(message)
            assert await _closed(socket) == NOT_UNDERSTOOD


async def test_a_port_that_is_taken_is_said_in_one_sentence(
    running: Running, serve: Callable[..., Any], house: House
) -> None:
    port = int(running.address.rsplit(":", 1)[1])
    with pytest.raises(AddressInUseError, match=f"127.0.0.1:{port}.*choose another"):
        async with serve(house, port):
            pass


async def test_the_console_stops_soon_with_pages_open(
    tmp_path: Any, serve: Callable[..., Any], house: House
) -> None:
    house.user("王丽")
    cookie = house.log_in("王丽")
    loop = asyncio.get_running_loop()
    async with serve(house) as running:
        socket = await _live(running, cookie)
        await _subscribe(socket)
        began = loop.time()
    assert loop.time() - began < 5
    await socket.close()
