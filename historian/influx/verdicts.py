"""What a server's answer to a write means. Pure: an answer and the time in, a verdict out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import orjson

from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from historian.settings import InfluxSettings

DENIED_PAUSE_S = 60.0
"""Nobody changes a token twice a minute, and servers lock out who knocks too often."""

MISSING_PAUSE_S = 10.0
"""Whoever has just made the database wants to see readings arrive."""

LONGEST_PAUSE_S = 600.0
"""A server may ask for more; after ten minutes it is asked whether it still means it."""

_MEANWHILE = "readings wait in the journal meanwhile"
_MOST_TEXT = 300
_BEYOND = re.compile(r"beyond retention policy dropped=(\d+)")
_DROPPED = re.compile(r"dropped=(\d+)")
_RETRY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer; header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There was none, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has every line."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The server has every line but those older than it keeps, ``samples`` of them."""

    samples: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refuses lines, or the request because of them.

    Attributes:
        message: the server's words.
        dropped: how many lines it says it left out; 0 when it does not say.
    """

    message: str
    dropped: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The server takes only smaller requests."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing was taken because of something that is not the lines' fault; try again later.

    Attributes:
        sentence: what is wrong, and what to do about it.
        pause_s: seconds after which to try again; None leaves it to the usual growing pauses.
        lasting: it will not go away by itself, a person must see to it.
    """

    sentence: str
    pause_s: float | None = None
    lasting: bool = False


Verdict = Accepted | Expired | Refused | TooLarge | Wait


def judge(settings: InfluxSettings, answer: Answer | NoAnswer, now_ns: int) -> Verdict:
    """What an answer to a write means.

    Args:
        settings: of the server; for the sentences.
        answer: the answer, or why there was none.
        now_ns: the machine's time, to understand a date in ``Retry-After``.
    """
    if isinstance(answer, NoAnswer):
        return Wait(f"{settings.url} cannot be reached: {answer.reason}; {_MEANWHILE}")
    match answer.status:
        case status if 200 <= status < 300:
            return Accepted()
        case 400 | 422:
            return _lines_at_fault(message_of(answer))
        case 413:
            return TooLarge()
        case _:
            return _to_wait_for(settings, answer, now_ns)


def _to_wait_for(settings: InfluxSettings, answer: Answer, now_ns: int) -> Wait:
    match answer.status:
        case 401 | 403:
            return Wait(_denied(settings, answer), DENIED_PAUSE_S, lasting=True)
        case 404:
            return Wait(_missing(settings, answer), MISSING_PAUSE_S, lasting=True)
        case status if status >= 500 or status in _RETRY:
            pause = retry_after_s(answer.headers.get("retry-after", ""), now_ns)
            words = message_of(answer)
            sentence = f"{settings.url} cannot write now (HTTP {status}: {words}); {_MEANWHILE}"
            return Wait(sentence, pause)
        case _:
            return Wait(_strange(settings, answer), MISSING_PAUSE_S, lasting=True)


def _lines_at_fault(message: str) -> Verdict:
    beyond = _BEYOND.search(message)
    if beyond:
        return Expired(int(beyond[1]))
    dropped = _DROPPED.search(message)
    return Refused(message, int(dropped[1]) if dropped else 0)


def _denied(settings: InfluxSettings, answer: Answer) -> str:
    secret = "user and password" if settings.dialect == "v1" else "token"
    return (
        f"{settings.url} does not let us write (HTTP {answer.status}: {message_of(answer)}): give "
        f"[historian.influxdb] a {secret} that may read and write {settings.bucket!r}; {_MEANWHILE}"
    )


def _missing(settings: InfluxSettings, answer: Answer) -> str:
    words = message_of(answer)
    what = "database" if settings.dialect == "v1" else "bucket"
    if "page not found" in words:
        return (
            f"{settings.url} does not know the address of dialect {settings.dialect!r} "
            f"(HTTP 404: {words}): set dialect in [historian.influxdb] to the server's version; "
            f"{_MEANWHILE}"
        )
    return (
        f"{settings.url} has no {what} {settings.bucket!r} (HTTP 404: {words}): make it with "
        f"`baotu store init`; {_MEANWHILE}"
    )


def _strange(settings: InfluxSettings, answer: Answer) -> str:
    return (
        f"{settings.url} answers HTTP {answer.status} to a write ({message_of(answer)}): "
        "is it an InfluxDB? Check url and dialect in [historian.influxdb]"
    )


def message_of(answer: Answer) -> str:
    """The server's own words, on one line, cut to a length that a log bears."""
    text = answer.body.decode("utf-8", "replace")
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        document = None
    if isinstance(document, dict):
        text = str(document.get("message") or document.get("error") or text)
    text = " ".join(text.split())
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…{_tail(text)}"


def _tail(text: str) -> str:
    """The count at the end of a long message must not be cut off."""
    found = _DROPPED.search(text, _MOST_TEXT)
    return f" {found[0]}" if found else ""


def retry_after_s(header: str, now_ns: int) -> float | None:
    """Seconds that ``Retry-After`` asks for, as a number or as a date; None when it is neither."""
    header = header.strip()
    if re.fullmatch(r"\d{1,9}", header):
        return min(float(header), LONGEST_PAUSE_S)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    left = (when - datetime.fromtimestamp(now_ns / SECOND, UTC)).total_seconds()
    return min(max(left, 0.0), LONGEST_PAUSE_S)
