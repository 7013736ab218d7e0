"""Webhooks under everything that a receiver can do to us."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from alarms.notify.notifier import (
    Alert,
    Delivered,
    MemoryNotifier,
    Never,
    Notification,
    Notifier,
    Retry,
)
from alarms.notify.webhook import WebhookNotifier
from alarms.settings import WebhookSettings
from tests.alarms.receiver import OK, Receiver, saying
from tests.alarms.town import at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALERT = Alert(
    "a1.000001.0", {"alertname": "low_pressure", "site": "南山"}, {"summary": "低"}, at(0)
)
NOTIFICATION = Notification("n1", "low_pressure", (ALERT,))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().listening() as listening:
        yield listening


# -- the contract of every notifier


@pytest.fixture(params=["memory", "webhook"])
async def notifier(request: pytest.FixtureRequest, receiver: Receiver) -> Notifier:
    if request.param == "memory":
        return MemoryNotifier()
    return WebhookNotifier(receiver.settings())


async def test_delivery_is_said_to_be_delivered(notifier: Notifier) -> None:
    assert await notifier.send(NOTIFICATION) == Delivered()


async def test_same_notification_may_be_sent_again(notifier: Notifier) -> None:
    assert await notifier.send(NOTIFICATION) == Delivered()
    assert await notifier.send(NOTIFICATION) == Delivered()


def _answer_500(notifier: Notifier, receiver: Receiver) -> None:
    if isinstance(notifier, MemoryNotifier):
        notifier.answers.append(Retry("told so"))
    receiver.answers.append(saying(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"))


async def test_failure_is_an_answer_and_the_next_attempt_is_free(
    notifier: Notifier, receiver: Receiver
) -> None:
    _answer_500(notifier, receiver)
    assert isinstance(await notifier.send(NOTIFICATION), Retry)
    assert await notifier.send(NOTIFICATION) == Delivered()


# -- the webhook


async def test_request_carries_the_body_and_a_stable_id(receiver: Receiver) -> None:
    await WebhookNotifier(receiver.settings(), "http://console").send(NOTIFICATION)
    (got,) = receiver.received
    assert got.line == "POST /hook?secret=canary HTTP/1.1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["idempotency-key"] == "n1"
    assert got.json["alerts"][0]["labels"] == {"alertname": "low_pressure", "site": "南山"}
    assert got.json["externalURL"] == "http://console"


def _status(code: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code} X", "Content-Length: 0", *headers, "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("raw", "receipt"),
    [
        (_status(204), Delivered()),
        (_status(500), Retry("the receiver answers HTTP 500")),
        (_status(503, "Retry-After: 7"), Retry("the receiver answers HTTP 503", 7.0)),
        (_status(429, "Retry-After: soon"), Retry("the receiver answers HTTP 429")),
        (_status(408), Retry("the receiver answers HTTP 408")),
        (_status(404), Never("the receiver refuses with HTTP 404")),
        (
            _status(302, "Location: http://127.0.0.1/"),
            Never("the receiver redirects (HTTP 302), which is not followed"),
        ),
        (b"SSH-2.0-OpenSSH\r\n", Retry("the receiver cannot be reached (RemoteProtocolError)")),
        (b"", Retry("the receiver cannot be reached (RemoteProtocolError)")),
    ],
    ids=lambda value: None if isinstance(value, bytes) else type(value).__name__,
)
async def test_answer_decides_what_is_next_A3(
    receiver: Receiver, raw: bytes, receipt: object
) -> None:
    receiver.answers.append(saying(raw))
    assert await WebhookNotifier(receiver.settings()).send(NOTIFICATION) == receipt
    assert len(receiver.received) == 1  # a redirect is not followed


async def test_nobody_listening_is_retried_A3(free_port: int) -> None:
    settings = Receiver(port=free_port).settings()
    receipt = await WebhookNotifier(settings).send(NOTIFICATION)
    assert receipt == Retry("the receiver cannot be reached (ConnectError)")


async def _silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def _dripping(writer: asyncio.StreamWriter) -> None:
    """One byte of an endless header at a time: each read is quick, the whole never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("answer", [_silent, _dripping], ids=["timeout", "slowloris"])
async def test_deadline_is_for_the_whole_attempt_A3(receiver: Receiver, answer: Any) -> None:
    receiver.answers.append(answer)
    began = time.monotonic()
    receipt = await WebhookNotifier(receiver.settings(deadline_s=0.3)).send(NOTIFICATION)
    assert receipt == Retry("no answer within 0.3 s")
    assert time.monotonic() - began < 3


async def test_endless_answer_is_not_read_A3(receiver: Receiver) -> None:
    async def gigabyte(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1_000):
            writer.write(bytes(1_000_000))
            await writer.drain()
            receiver.sent_bytes += 1_000_000

    receiver.answers.append(gigabyte)
    assert await WebhookNotifier(receiver.settings()).send(NOTIFICATION) == Delivered()
    # What fills the sockets' buffers is sent, no more.
    assert receiver.sent_bytes < 50_000_000


async def test_compressed_answer_is_not_unpacked_A3(receiver: Receiver) -> None:
    # Whoever unpacked it would stumble; so nobody unpacks a bomb either.
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\n"
    receiver.answers.append(saying(head + b"not gzip"))
    assert await WebhookNotifier(receiver.settings()).send(NOTIFICATION) == Delivered()
    assert receiver.received[0].headers["accept-encoding"] == "identity"


# -- where a webhook may lead


async def _look_up(host: str, port: int) -> list[str]:
    return {"inside.example": ["10.0.0.7"], "mixed.example": ["93.184.216.34", "127.0.0.1"]}[host]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://0x7f000001:9/",
        "http://2130706433:9/",
        "http://localhost:9/",
        "http://[::ffff:127.0.0.1]:9/",
        "http://0.0.0.0:9/",
    ],
)
async def test_address_inside_the_house_is_refused_H3(url: str) -> None:
    settings = WebhookSettings(name="duty", url=url, deadline_s=5)
    receipt = await WebhookNotifier(settings).send(NOTIFICATION)
    assert isinstance(receipt, Never)
    assert "allow_private" in receipt.reason


@pytest.mark.parametrize("host", ["inside.example", "mixed.example"])
async def test_every_address_of_a_name_is_checked_H3(host: str) -> None:
    settings = WebhookSettings(name="duty", url=f"http://{host}/", deadline_s=5)
    receipt = await WebhookNotifier(settings, look_up=_look_up).send(NOTIFICATION)
    assert isinstance(receipt, Never)
    assert "allow_private" in receipt.reason


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/", "nonsense", "http://", f"http://{'a' * 70}/"]
)
async def test_other_schemes_are_refused_H3(url: str) -> None:
    receipt = await WebhookNotifier(WebhookSettings(name="duty", url=url)).send(NOTIFICATION)
    assert isinstance(receipt, Never)


async def test_connection_goes_to_the_address_that_was_checked_H3(receiver: Receiver) -> None:
    asked = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    url = f"http://duty.example:{receiver.port}/hook"
    notifier = WebhookNotifier(receiver.settings(url=url), look_up=rebinding)
    assert await notifier.send(NOTIFICATION) == Delivered()
    assert asked == [("duty.example", receiver.port)]
    assert receiver.received[0].headers["host"] == f"duty.example:{receiver.port}"


async def test_second_address_is_tried_when_the_first_is_dead(receiver: Receiver) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    url = f"http://duty.example:{receiver.port}/"
    notifier = WebhookNotifier(receiver.settings(url=url), look_up=two)
    assert await notifier.send(NOTIFICATION) == Delivered()


async def test_unknown_name_is_retried() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    settings = WebhookSettings(name="duty", url="https://duty.example/")
    receipt = await WebhookNotifier(settings, look_up=unknown).send(NOTIFICATION)
    assert receipt == Retry("the receiver's name cannot be resolved")


async def test_reasons_and_settings_do_not_tell_the_address_H10(receiver: Receiver) -> None:
    reasons = []
    for raw in (_status(500), _status(404), b"", OK[:9]):
        receiver.answers.append(saying(raw))
        receipt = await WebhookNotifier(receiver.settings()).send(NOTIFICATION)
        assert isinstance(receipt, Retry | Never)
        reasons.append(receipt.reason)
    assert "canary" not in json.dumps(reasons) + repr(receiver.settings())
