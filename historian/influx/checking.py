"""Looks at a server from outside: is it there, does it take readings and give them back?"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import orjson

from historian.influx.dialects import source
from historian.influx.errors import InfluxError
from historian.influx.verdicts import Accepted, Expired, NoAnswer, judge
from historian.influx.writer import SCRATCH
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from historian.influx.client import InfluxClient
    from historian.influx.verdicts import Answer
    from telemetry.clock import Clock

MOST_SKEW_S = 5.0
"""Clocks further apart than this put readings at times that people argue about."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: ``server``, ``clock``, ``write`` or ``read``.
        good: whether it is as it must be.
        sentence: what was found, and what to do about it.
    """

    what: str
    good: bool
    sentence: str


async def check_influx(client: InfluxClient, clock: Clock) -> list[Finding]:
    """Try everything the service will do; leaves one sample in a measurement of its own.

    Args:
        client: of the server.
        clock: the machine's.
    """
    answer = await client.exchange("GET", "/ping")
    if isinstance(answer, NoAnswer):
        sentence = f"{client.settings.url} cannot be reached: {answer.reason}"
        return [Finding("server", good=False, sentence=sentence)]
    now = clock.now()
    findings = [_server(client, answer), _clock(answer, now)]
    findings.append(await _write(client, now))
    if findings[-1].good:
        findings.append(await _read(client, now))
    return findings


def _server(client: InfluxClient, answer: Answer) -> Finding:
    version = answer.headers.get("x-influxdb-version") or _version_in(answer)
    told = f"is version {version}" if version else "does not tell its version"
    return Finding("server", good=True, sentence=f"{client.settings.url} answers and {told}")


def _version_in(answer: Answer) -> str:
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    return str(document.get("version", "")) if isinstance(document, dict) else ""


def _clock(answer: Answer, now: int) -> Finding:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return Finding("clock", good=True, sentence="the server does not tell its time")
    apart = theirs - now / SECOND
    if abs(apart) <= MOST_SKEW_S:
        return Finding("clock", good=True, sentence="the clocks of server and machine agree")
    way = "ahead of" if apart > 0 else "behind"
    sentence = f"the server's clock is {abs(apart):.0f} s {way} this machine's: set both by NTP"
    return Finding("clock", good=False, sentence=sentence)


async def _write(client: InfluxClient, now: int) -> Finding:
    line = f"{SCRATCH} value={_mark(now)!r},quality=0i {now}\n".encode()
    verdict = judge(client.settings, await client.write(line), now)
    if isinstance(verdict, Accepted):
        where = f"{client.settings.bucket!r} takes readings"
        return Finding("write", good=True, sentence=where)
    if isinstance(verdict, Expired):
        sentence = "the server finds the present too old: its clock or its retention is wrong"
        return Finding("write", good=False, sentence=sentence)
    words = getattr(verdict, "sentence", None) or getattr(verdict, "message", "too large")
    return Finding("write", good=False, sentence=str(words))


def _mark(now: int) -> float:
    return now % SECOND / SECOND


async def _read(client: InfluxClient, now: int) -> Finding:
    table = source(client.settings, SCRATCH)
    question = f'SELECT "value" FROM {table} WHERE time = {now}'  # noqa: S608 - our own constants
    try:
        (tables,) = await client.ask(question)
    except InfluxError as error:
        sentence = f"questions are not answered: {error}{_hint(client)}"
        return Finding("read", good=False, sentence=sentence)
    found = [row[-1] for table in tables for row in table.rows]
    if found == [_mark(now)]:
        return Finding("read", good=True, sentence="what was written was read back unchanged")
    sentence = f"{_mark(now)!r} was written, {found or 'nothing'} was read back{_hint(client)}"
    return Finding("read", good=False, sentence=sentence)


def _hint(client: InfluxClient) -> str:
    if client.settings.dialect != "v2":
        return "; readings can be written, but only the embedded store can answer questions"
    return "; InfluxQL needs a mapping to the bucket, which `baotu store init` makes"
