"""Documents as HTTP answers: conditional, compressed where wanted, sent in small slices."""

from __future__ import annotations

from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from feed.shelf import Document

_SLICE = 64 * 1024


class Answer(Response):
    """One document, or that nothing has changed.

    Args:
        request: what is asked under which conditions.
        document: what is answered.
        vary: further request headers that the answer depends on.
    """

    def __init__(self, request: Request, document: Document, *, vary: str = "") -> None:
        packed = document.gzipped if _takes_gzip(request) else None
        tag = f'"{document.etag}"' if packed is None else f'"{document.etag}-gz"'
        headers = {
            "etag": tag,
            "last-modified": formatdate(document.modified_s, usegmt=True),
            "cache-control": document.cache_control,
            "vary": ", ".join(filter(None, ["Accept-Encoding", vary])),
        }
        self._slices = b"" if packed is None and not document.body else packed or document.body
        if _unchanged(request, document):
            super().__init__(status_code=304, headers=headers)
            self._slices = b""
            return
        headers["content-type"] = document.media_type
        headers["content-length"] = str(len(self._slices))
        if packed is not None:
            headers["content-encoding"] = "gzip"
        super().__init__(None, headers=headers)
        if request.method == "HEAD":
            self._slices = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it slice by slice, each when the one before has been taken."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        body = self._slices
        for begin in range(0, len(body), _SLICE):
            part = body[begin : begin + _SLICE]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() in ("gzip", "*") and weight.replace(" ", "") not in ("q=0", "q=0.0"):
            return True
    return False


def _unchanged(request: Request, document: Document) -> bool:
    """By entity tag where one is given, else by time (RFC 9110, 13.2.2)."""
    wanted = request.headers.get("if-none-match")
    if wanted is not None:
        tags = [tag.strip().removeprefix("W/").strip('"') for tag in wanted.split(",")]
        return "*" in tags or document.etag in [tag.removesuffix("-gz") for tag in tags]
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return document.modified_s <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False


def problem(status: int, title: str, detail: str, **headers: str) -> Response:
    """A refusal as a problem document (RFC 9457).

    Args:
        status: HTTP status.
        title: what kind of refusal.
        detail: what to do.
        headers: further headers; an underscore stands for a hyphen.
    """
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        orjson.dumps(body),
        status,
        {"cache-control": "no-store", **named},
        media_type="application/problem+json",
    )
