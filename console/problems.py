"""Errors of the API as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from historian.errors import QueryError
from records.errors import CursorError, UnknownAlarmError
from telemetry.errors import AdapterError, UnknownPointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

_log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

_SHAPE = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def described(meanings: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """What the API's description says of answers that are problems.

    Args:
        meanings: by HTTP status, when it is answered.
    """
    content = {MEDIA_TYPE: {"schema": _SHAPE}}
    return {
        status: {"description": meaning, "content": content} for status, meaning in meanings.items()
    }


COMMON_PROBLEMS = described(
    {
        400: "the question cannot be answered as it was put",
        401: "nobody is logged in, or the token is worth nothing",
        403: "the login may not do this",
        404: "there is no such thing",
        422: "a parameter cannot be understood",
        503: "a part of the service cannot answer now",
    }
)
"""What any route of the API may answer."""


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """One problem.

    Args:
        status: HTTP status.
        detail: a sentence for the person who reads it.
        headers: of the answer, e.g. ``WWW-Authenticate``.
        more: members of the problem's own, e.g. ``current``.
    """
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(orjson.dumps(body), status, dict(headers or {}), MEDIA_TYPE)


def install_problems(app: FastAPI) -> None:
    """Turn the errors that a request can cause into problems."""

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type below
        return problem(error.status_code, str(error.detail), error.headers)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered below
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return problem(422, f"the request cannot be understood: {found}")

    async def missing(_: Request, error: Exception) -> Response:
        return problem(404, str(error))

    async def wrong(_: Request, error: Exception) -> Response:
        return problem(400, str(error))

    async def unavailable(_: Request, error: Exception) -> Response:
        return problem(503, str(error), {"Retry-After": "5"})

    async def mistaken(request: Request, error: Exception) -> Response:
        _log.error("request failed", path=request.url.path, exc_info=error)
        return problem(500, "the service made a mistake; what happened stands in its log")

    app.add_exception_handler(Exception, mistaken)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(UnknownPointError, missing)
    app.add_exception_handler(UnknownAlarmError, missing)
    app.add_exception_handler(CursorError, wrong)
    app.add_exception_handler(QueryError, wrong)
    app.add_exception_handler(AdapterError, unavailable)
