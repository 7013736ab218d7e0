"""``/query`` and ``/ping`` as InfluxDB 1.x has them: for Grafana, the influx shell and clients.

Read-only, for programs with a token; a browser's cookie opens nothing here. A program sends its
token as ``Authorization: Bearer`` or ``Token``, or as the password of its own name: by HTTP
Basic, or by the parameters ``u`` and ``p``.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from console.context import Here
from console.session import entrance_of
from historian.influxql.engine import InfluxQL
from historian.influxql.engine import Request as Question
from historian.influxql.errors import BusyError, InfluxQLError, ReadOnlyError
from historian.influxql.parsing import LONGEST_TEXT
from historian.naming import series_names
from records.access import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.ports import ConsolePorts

router = APIRouter(include_in_schema=False)

VERSION = "1.8-baotu"
"""Clients look at the first two numbers: the language is that of InfluxDB 1.8."""

_LONGEST_BODY = 4 * LONGEST_TEXT
_HEADERS = {"X-Influxdb-Version": VERSION, "X-Influxdb-Build": "Baotu"}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="InfluxDB"'}
_YES = ("true", "1")


def influxql_of(ports: ConsolePorts) -> InfluxQL:
    """InfluxQL over the store of a house."""
    return InfluxQL(ports.store, series_names(ports.plan.points, ports.plan.site))


def _engine(request: Request) -> InfluxQL:
    found: InfluxQL = request.app.state.influxql
    return found


@router.api_route("/ping", methods=["GET", "HEAD"])
async def ping() -> Response:
    """Says that the service is there, and which language it speaks; no login."""
    return Response(status_code=204, headers=_HEADERS)


@router.api_route("/query", methods=["GET", "POST"])
async def query(
    request: Request, here: Here, engine: Annotated[InfluxQL, Depends(_engine)]
) -> Response:
    """Answer InfluxQL; ``now()`` in it is city time."""
    asked = await _parameters(request)
    if asked is None:
        return _refused(413, f"the request is larger than {_LONGEST_BODY} bytes: shorten the query")
    refusal = await _refusal(request, asked)
    if refusal is not None:
        return refusal
    if not asked.get("q"):
        return _refused(400, 'missing required parameter "q"')
    if asked.get("params"):
        return _refused(400, "params are not supported: write the values into the query itself")
    question = Question(
        asked["q"], here.ports.clock.now(), asked.get("db", ""), asked.get("epoch", "")
    )
    try:
        document = await engine.answer(question)
    except InfluxQLError as error:
        return _explained(error)
    pretty = asked.get("pretty", "").lower() in _YES
    return await asyncio.to_thread(_answer, document, pretty=pretty)


@router.post("/write")
async def write(request: Request) -> Response:
    """Nothing is written here: readings come from the city's devices."""
    refusal = await _refusal(request, request.query_params)
    return refusal or _refused(403, "writing is refused: this address answers questions only")


async def _parameters(request: Request) -> dict[str, str] | None:
    """Those of the address and of a form, which go first; None where there is too much."""
    found = dict(request.query_params)
    if request.method == "POST":
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > _LONGEST_BODY:
                return None
        found |= parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return found


async def _refusal(request: Request, asked: Mapping[str, str]) -> Response | None:
    """What somebody is told who may not come in; None for a program that may look."""
    credentials = _credentials(request, asked)
    if credentials is None:
        return _refused(401, "unable to parse authentication credentials", _CHALLENGE)
    name, token = credentials
    entrance = entrance_of(request)
    who = await asyncio.to_thread(entrance.users.programs.identify, token, entrance.wall.now())
    if who is None or name not in (None, who.name):
        return _refused(401, "authorization failed", _CHALLENGE)
    if not who.role.may(Role.VIEWER):
        return _refused(403, f"{who.name} may not read the history")
    return None


def _credentials(request: Request, asked: Mapping[str, str]) -> tuple[str | None, str] | None:
    """The program's name, where it says one, and its token."""
    scheme, _, content = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return None, content.strip()
        case "token":
            name, colon, token = content.strip().rpartition(":")
            return (name if colon else None), token
        case "basic":
            return _basic(content.strip())
    return (asked["u"], asked["p"]) if "u" in asked and "p" in asked else None


def _basic(content: str) -> tuple[str, str] | None:
    try:
        name, colon, token = base64.b64decode(content, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no text within it
        return None
    return (name, token) if colon else None


def _explained(error: InfluxQLError) -> Response:
    match error:
        case ReadOnlyError():
            return _refused(403, f"error authorizing query: {error}")
        case BusyError():
            return _refused(503, str(error), {"Retry-After": "5"})
        case _:
            return _refused(400, f"error parsing query: {error}")


def _refused(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    return _answer({"error": why}, status, headers)


def _answer(
    document: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    pretty: bool = False,
) -> Response:
    body = orjson.dumps(document, option=orjson.OPT_INDENT_2 if pretty else 0) + b"\n"
    return Response(body, status, {**_HEADERS, **(headers or {})}, "application/json")
