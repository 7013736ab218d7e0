"""What every answer carries so that a browser refuses what we never send, and who may ask.

Three walls, each enough on its own: no inline script can run (policy and Trusted Types), no
other site can make a logged-in browser act (Origin check, ``SameSite=Strict``), and no answer
is framed, sniffed or kept in a cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # 'no-referrer' would make browsers send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

ASSETS = "/assets/"
"""Below this stand the browser files; their path names their build, so they never change."""


class SecurityHeaders:
    """ASGI middleware that adds the headers to every HTTP answer.

    Args:
        app: the application behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with headers added to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                headers["cache-control"] = _cache_control(scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _cache_control(path: str, status: int) -> str:
    cacheable = path.startswith(ASSETS) and status == 200
    return "public, max-age=31536000, immutable" if cacheable else "no-store"


def same_origin(headers: Headers) -> bool:
    """Whether a request comes from a page of ours.

    Browsers send ``Origin`` with every POST and with every WebSocket handshake; one without
    it is no browser and must bring a bearer token instead of a cookie.

    Args:
        headers: of the request; ``Origin`` is compared with ``Host``.
    """
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host", "")
