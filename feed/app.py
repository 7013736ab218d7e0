"""The public feed as one ASGI application.

It knows a folder of published files and nothing else: no store, no records, no network of
devices. Whoever breaks into it finds what is public already.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import orjson
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from feed.answers import Answer, problem
from feed.assets import browser_files
from feed.connections import LASTING
from feed.errors import FeedFolderError
from feed.gate import Gate
from feed.shelf import CSV, HTML, JSON, Document
from telemetry.text import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from feed.page import PageTexts
    from feed.rate import RateLimiter
    from feed.shelf import Front, Shelf
    from feed.streams import Streams

DEFAULT_DAYS, MOST_DAYS = 31, 100
"""Of one page of the list of days."""

_ENDINGS = {".json": JSON, ".csv": CSV}
_NO_STORE = "no-store"


def create_app(
    shelf: Shelf,
    texts: PageTexts,
    streams: Streams,
    *,
    limiter: RateLimiter,
    seconds: Callable[[], float],
) -> ASGIApp:
    """Page and interface of one folder.

    Args:
        shelf: its documents.
        texts: of the page.
        streams: who listens.
        limiter: how often one address may ask.
        seconds: a clock that never goes back.
    """
    public = _Public(shelf, texts, streams)
    app = Starlette(
        routes=[
            Route("/", public.page),
            Route("/{language:str}", public.page_in),
            Route("/v1/latest.json", public.latest),
            Route("/v1/latest.csv", public.latest_table),
            Route("/v1/meta.json", public.meta),
            Route("/v1/days", public.days),
            Route("/v1/days/{name:str}", public.day),
            Route("/v1/stream", public.stream),
            Route("/assets/{build:str}/{name:str}", public.asset),
        ],
        exception_handlers={404: _not_found, FeedFolderError: _unreadable},
    )
    return Gate(app, limiter, seconds)


async def _not_found(request: Request, error: Exception) -> Response:
    return problem(404, "Not Found", "the page is at /, the newest values at /v1/latest.json")


async def _unreadable(request: Request, error: Exception) -> Response:
    return problem(503, "Service Unavailable", "this file cannot be read now", retry_after="30")


def _nothing_yet() -> Response:
    return problem(503, "Service Unavailable", "nothing has been published yet", retry_after="30")


class _Public:
    """The endpoints.

    Args:
        shelf: documents.
        texts: of the page.
        streams: who listens.
    """

    def __init__(self, shelf: Shelf, texts: PageTexts, streams: Streams) -> None:
        self._shelf = shelf
        self._streams = streams
        self._files = browser_files()
        self._nothing = {
            language: Document.of(HTML, texts.nothing_yet(language), 0, _NO_STORE)
            for language in Language
        }

    async def page(self, request: Request) -> Response:
        """The page in the language that the browser prefers."""
        language = preferred_language(request.headers.get("accept-language", ""))
        return Answer(request, self._page(language), vary="Accept-Language")

    async def page_in(self, request: Request) -> Response:
        """The page in the language that its address names."""
        name = request.path_params["language"]
        if name not in set(Language):
            return await _not_found(request, ValueError(name))
        return Answer(request, self._page(Language(name)))

    def _page(self, language: Language) -> Document:
        pages = self._nothing if self._shelf.front is None else self._shelf.front.pages
        return pages[language]

    async def latest(self, request: Request) -> Response:
        """The newest values."""
        return self._of_front(request, lambda front: front.latest)

    async def latest_table(self, request: Request) -> Response:
        """The newest values as a table."""
        return self._of_front(request, lambda front: front.latest_table)

    async def meta(self, request: Request) -> Response:
        """How the values are made."""
        return self._of_front(request, lambda front: front.meta)

    def _of_front(self, request: Request, choose: Callable[[Front], Document]) -> Response:
        front = self._shelf.front
        return _nothing_yet() if front is None else Answer(request, choose(front))

    async def days(self, request: Request) -> Response:
        """The published days, newest first, a page at a time."""
        front = self._shelf.front
        if front is None:
            return _nothing_yet()
        try:
            body = days_page(front, request.query_params)
        except ValueError as error:
            return problem(400, "Bad Request", str(error))
        latest = front.latest
        return Answer(request, Document.of(JSON, body, latest.modified_s, latest.cache_control))

    async def day(self, request: Request) -> Response:
        """One day as a document or as a table; only days that are listed, by their exact name."""
        front = self._shelf.front
        name = request.path_params["name"]
        known = {} if front is None else {day.isoformat(): day for day in front.days}
        day, media_type = known.get(name[:10]), _ENDINGS.get(name[10:])
        if day is None or media_type is None:
            return problem(404, "Not Found", "/v1/days lists the days that can be had")
        return Answer(request, await asyncio.to_thread(self._shelf.day, day, media_type))

    async def stream(self, request: Request) -> Response:
        """Each publication as soon as it is made, as server-sent events."""
        if request.method == "HEAD":
            return Response(headers=_STREAM, media_type="text/event-stream")
        return _StreamAnswer(self._streams, request.headers.get("last-event-id", ""))

    async def asset(self, request: Request) -> Response:
        """A file of the page; its path names its build, so it never changes."""
        found = self._files.get(request.url.path)
        return Answer(request, found) if found else await _not_found(request, KeyError())


class _StreamAnswer(Response):
    """Events until the client goes away, if there is a place for one more.

    Args:
        streams: who listens.
        last_id: what the client has already.
    """

    def __init__(self, streams: Streams, last_id: str) -> None:
        super().__init__()
        self._streams = streams
        self._last_id = last_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a place and keep it as long as somebody listens."""
        with self._streams.place() as granted:
            if not granted:
                await _FULL(scope, receive, send)
                return
            lasts = scope.get("state", {}).get(LASTING)
            if lasts is not None:
                lasts()
            events = self._streams.events(self._last_id)
            answer = StreamingResponse(events, headers=_STREAM, media_type="text/event-stream")
            await answer(scope, receive, send)


_STREAM = {"cache-control": "no-store", "x-accel-buffering": "no"}
"""The second one keeps nginx from gathering events before it passes them on."""

_FULL = problem(
    503,
    "Service Unavailable",
    "as many listen as can be served; ask for /v1/latest.json instead",
    retry_after="60",
)


def preferred_language(accepted: str) -> Language:
    """The best of our languages for an ``Accept-Language`` header; Chinese when it names none."""
    best, weight = Language.ZH, 0.0
    for part in accepted.split(","):
        name, _, quality = part.strip().partition(";q=")
        prefix = name.strip().lower()[:2]
        if prefix in set(Language) and _weight(quality) > weight:
            best, weight = Language(prefix), _weight(quality)
    return best


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def days_page(front: Front, asked: Mapping[str, str]) -> bytes:
    """One page of the list of days.

    Args:
        front: what is published.
        asked: ``limit`` (1 to 100) and ``before`` (a day); anything else is passed over, because
            links that are shared carry parameters of those who share them.

    Raises:
        ValueError: one of them cannot be understood; the message says what was expected.
    """
    limit = _limit(asked.get("limit", str(DEFAULT_DAYS)))
    before = _before(asked.get("before", ""))
    found = [day for day in front.days if before is None or day < before]
    shown = found[:limit]
    after = f"/v1/days?limit={limit}&before={shown[-1]}" if len(found) > limit else None
    listed = [
        {
            "day": day.isoformat(),
            "complete": day < front.today,
            "json": f"/v1/days/{day}.json",
            "csv": f"/v1/days/{day}.csv",
        }
        for day in shown
    ]
    return orjson.dumps({"days": listed, "next": after})


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_DAYS:
        return int(text)
    raise ValueError(f"limit must be a number from 1 to {MOST_DAYS}")


def _before(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError("before must be a day, e.g. 2026-11-24") from None
