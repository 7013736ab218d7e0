"""Who keeps a connection too long, asks for too much or does not read is cut off."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from feed.connections import Door
from feed.serving import Serving
from tests.feed.conftest import served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.feed.conftest import Desk

PATIENT = 60.0


def serving(folder: Path, door: Door, *, proxies: tuple[str, ...] = ()) -> Serving:
    return Serving(folder, port=0, door=door, proxies=proxies)


def port_of(address: str) -> int:
    found = urlsplit(address).port
    assert found is not None
    return found


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """Everything that still comes, until the other side ends the connection."""
    got = b""
    with suppress(ConnectionError):
        while part := await reader.read(65_536):
            got += part
    return got


async def test_a_request_that_never_ends_is_cut_off_while_others_are_served_H7(
    desk: Desk,
) -> None:
    door = Door(request_s=0.3, unread_s=PATIENT)
    async with served(desk, serving(desk.town.folder, door)) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
        closed = asyncio.ensure_future(until_closed(reader))
        writer.write(b"GET /v1/latest.json HTTP/1.1\r\n")
        begun = asyncio.get_running_loop().time()
        async with httpx.AsyncClient() as honest:
            while not closed.done():
                with suppress(ConnectionError):
                    writer.write(b"x-a: b\r\n")  # a byte now and then keeps no deadline open
                    await writer.drain()
                assert (await honest.get(f"{address}/v1/latest.json")).status_code == 200
                await asyncio.wait([closed], timeout=0.02)
        assert asyncio.get_running_loop().time() - begun < 5.0
        assert closed.result() == b""
        writer.close()


async def test_a_second_request_on_the_same_connection_has_a_deadline_too_H7(desk: Desk) -> None:
    door = Door(request_s=0.4, unread_s=PATIENT)
    async with served(desk, serving(desk.town.folder, door)) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
        writer.write(b"GET /v1/days HTTP/1.1\r\nhost: x\r\n\r\nGET /v1/days HT")
        async with asyncio.timeout(10):
            got = await until_closed(reader)
        assert got.count(b"HTTP/1.1 200 OK") == 1
        assert door.inside == 0
        writer.close()


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET /" + b"a" * 20_000, id="endless address"),
        pytest.param(b"GET / HTTP/1.1\r\nhost: x\r\nx-a: " + b"b" * 20_000, id="endless header"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="not HTTP"),
    ],
)
async def test_what_is_no_reasonable_request_is_refused_H7(desk: Desk, head: bytes) -> None:
    async with served(desk, serving(desk.town.folder, Door(request_s=PATIENT))) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
        writer.write(head)
        async with asyncio.timeout(10):
            got = await until_closed(reader)
        assert got.startswith(b"HTTP/1.1 400 ")
        writer.close()


@pytest.mark.parametrize(
    "target", [b"/v1/days/../../../etc/passwd", b"/v1/days/..%2f..%2fmeta.json", b"//etc/passwd"]
)
async def test_a_path_that_climbs_leads_nowhere_H5(desk: Desk, target: bytes) -> None:
    async with served(desk, serving(desk.town.folder, Door())) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(address))
        writer.write(b"GET " + target + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        async with asyncio.timeout(10):
            assert (await until_closed(reader)).startswith(b"HTTP/1.1 404 ")
        writer.close()


async def _listen_without_reading(port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    one.setblocking(False)
    await loop.sock_connect(one, ("127.0.0.1", port))
    with suppress(ConnectionError):
        await loop.sock_sendall(one, b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
    return one


async def test_a_thousand_who_listen_and_do_not_read_H8(
    desk: Desk, eventually: Callable[..., Any]
) -> None:
    """At most 100 of one address get in, and an honest listener elsewhere gets everything."""
    door = Door(request_s=PATIENT, unread_s=PATIENT)
    front = desk.shelf.front
    assert front is not None
    async with served(desk, serving(desk.town.folder, door)) as address:
        port = port_of(address)
        stalled = [await _listen_without_reading(port) for _ in range(1_000)]
        await eventually(lambda: desk.streams.listeners == 100, "100 of them have a place")
        assert door.inside == 100
        # Another machine: loopback has many addresses.
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=("127.0.0.2", 0)
        )
        writer.write(b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
        await eventually(lambda: desk.streams.listeners == 101, "the honest one has a place")
        async with asyncio.timeout(20):
            for number in range(20):
                desk.streams.publish(str(number), front.latest.body)
                await reader.readuntil(f"id: {number}\n".encode())
        for one in stalled:
            one.close()
        await eventually(lambda: desk.streams.listeners == 1, "the stalled ones are gone")
        writer.close()


async def test_who_does_not_read_is_dropped_and_others_lose_nothing_H8(
    desk: Desk, eventually: Callable[..., Any]
) -> None:
    door = Door(request_s=PATIENT, unread_s=0.2)
    async with served(desk, serving(desk.town.folder, door)) as address:
        port = port_of(address)
        stalled = [await _listen_without_reading(port) for _ in range(10)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4 * 1024 * 1024)
        writer.write(b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
        await eventually(lambda: desk.streams.listeners == 11, "all listen")
        async with asyncio.timeout(30):
            for number in range(12):
                desk.streams.publish(str(number), b"x" * 1_000_000)
                await reader.readuntil(f"id: {number}\n".encode())
                await reader.readuntil(b"x\n\n")
        await eventually(lambda: desk.streams.listeners == 1, "only who reads still listens")
        assert door.inside == 1
        for one in stalled:
            one.close()
        writer.close()


async def test_more_listeners_than_places_are_sent_to_the_document_H8(
    desk: Desk, eventually: Callable[..., Any]
) -> None:
    desk.streams.most = 2
    async with (
        served(desk, serving(desk.town.folder, Door())) as address,
        httpx.AsyncClient(base_url=address, timeout=20) as client,
        client.stream("GET", "/v1/stream") as first,
        client.stream("GET", "/v1/stream") as second,
    ):
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.headers["content-type"].startswith("text/event-stream")
        refused = await client.get("/v1/stream")
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get("/v1/latest.json")).status_code == 200
        await first.aclose()
        await eventually(lambda: desk.streams.listeners == 1, "the place is free again")


async def test_a_stream_outlives_the_deadline_of_requests(desk: Desk) -> None:
    desk.streams.heartbeat_s = 0.05
    door = Door(request_s=0.2, unread_s=PATIENT)
    async with (
        served(desk, serving(desk.town.folder, door)) as address,
        httpx.AsyncClient(base_url=address, timeout=20) as client,
        client.stream("GET", "/v1/stream") as stream,
    ):
        beats = 0
        async for line in stream.aiter_lines():
            beats += line.startswith(": still here")
            if beats == 12:  # three deadlines long
                break


async def test_of_a_proxy_each_client_is_counted_by_itself_H7(desk: Desk) -> None:
    behind = serving(desk.town.folder, Door(), proxies=("127.0.0.1",))
    async with (
        served(desk, behind) as address,
        httpx.AsyncClient(base_url=address, timeout=20) as proxy,
    ):
        before = len(desk.limiter)
        for number in (1, 2, 3):
            asked = {"X-Forwarded-For": f"203.0.113.{number}"}
            assert (await proxy.get("/v1/days", headers=asked)).status_code == 200
        assert len(desk.limiter) - before == 3
    async with (
        served(desk, serving(desk.town.folder, Door())) as address,
        httpx.AsyncClient(base_url=address, timeout=20) as liar,
    ):
        before = len(desk.limiter)
        for number in (4, 5, 6):
            await liar.get("/v1/days", headers={"X-Forwarded-For": f"203.0.113.{number}"})
        assert len(desk.limiter) - before == 1


def test_the_door_counts_by_address_and_in_all() -> None:
    door = Door(most=3, most_of_one=2, trusted=frozenset({"10.0.0.1"}))
    assert [door.enter("a") for _ in range(3)] == [True, True, False]
    assert door.enter("10.0.0.1")
    assert not door.enter("10.0.0.1")  # full, whoever asks
    door.leave("a")
    assert door.enter("10.0.0.1")
    for address in ("a", "10.0.0.1", "10.0.0.1"):
        door.leave(address)
    assert door.inside == 0
