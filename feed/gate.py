"""What every request meets first, and what every answer carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import Response

from feed.answers import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from feed.rate import Allowance, RateLimiter

READING = ("GET", "HEAD", "OPTIONS")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Public data: any page on any site may read it.
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset",
    "cross-origin-resource-policy": "cross-origin",
}


class Gate:
    """ASGI middleware: reading only, so often a minute, and headers on every answer.

    Args:
        app: the application behind.
        limiter: counts requests by address.
        seconds: a clock that never goes back.
    """

    def __init__(self, app: ASGIApp, limiter: RateLimiter, seconds: Callable[[], float]) -> None:
        self._app = app
        self._limiter = limiter
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        allowance = self._limiter.ask(client[0] if client else "", self._seconds())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.update(_rate_headers(allowance))
            await send(message)

        app = _refusal(scope["method"], allowance) or self._app
        await app(scope, receive, send_with_headers)


def _refusal(method: str, allowance: Allowance) -> Response | None:
    if allowance.retry_s is not None:
        return problem(
            429,
            "Too Many Requests",
            f"{allowance.limit} requests a minute are answered; come back in "
            f"{allowance.retry_s} s, or use /v1/stream, which needs only one",
            retry_after=str(allowance.retry_s),
        )
    if method not in READING:
        return problem(
            405, "Method Not Allowed", "nothing can be written here", allow=", ".join(READING)
        )
    if method == "OPTIONS":
        return Response(status_code=204, headers=_PREFLIGHT)
    return None


_PREFLIGHT = {
    "allow": ", ".join(READING),
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "If-None-Match, If-Modified-Since, Last-Event-ID, "
    "Cache-Control",
    "access-control-max-age": "86400",
}


def _rate_headers(allowance: Allowance) -> dict[str, str]:
    return {
        "ratelimit-limit": str(allowance.limit),
        "ratelimit-remaining": str(allowance.remaining),
        "ratelimit-reset": str(allowance.reset_s),
    }
