"""Who is asking: a browser with its cookie, or a program with its bearer token."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection, Request

from console.security import same_origin
from records.access import Identity, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from records.users import Users
    from telemetry.clock import Clock

COOKIE = "baotu_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Entrance:
    """Recognises who stands behind a connection.

    Args:
        users: accounts, logins and tokens; their methods block.
        wall: the machine's time, in which logins are counted.
    """

    users: Users
    wall: Clock

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Who is asking, or None; a bearer token goes before a cookie."""
        token = bearer_token(connection)
        if token is not None:
            return await asyncio.to_thread(self.users.programs.identify, token, self.wall.now())
        cookie = connection.cookies.get(COOKIE)
        if cookie is None:
            return None
        return await asyncio.to_thread(self.users.identify, cookie, self.wall.now())


def bearer_token(connection: HTTPConnection) -> str | None:
    """The token of the ``Authorization`` header, or None."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def client_address(connection: HTTPConnection) -> str:
    """The network address of the client, as the server saw it."""
    return connection.client.host if connection.client else ""


async def identity(request: Request) -> Identity:
    """Who is asking; refuses the anonymous and what another site makes a browser send.

    Raises:
        HTTPException: 401 without a valid login, 403 for a foreign origin.
    """
    found = await entrance_of(request).identify(request)
    if found is None:
        raise HTTPException(
            401,
            "log in first, or send a valid token as 'Authorization: Bearer …'",
            {"WWW-Authenticate": 'Bearer realm="baotu"'},
        )
    if request.method not in _SAFE and bearer_token(request) is None:
        require_same_origin(request)
    return found


def require_same_origin(request: Request) -> None:
    """Refuse a change that another site makes a browser send.

    Raises:
        HTTPException: 403.
    """
    if not same_origin(request.headers):
        raise HTTPException(
            403,
            "this change was not sent from a page of the console, so it is refused; "
            "a program sends a bearer token instead of a cookie",
        )


def entrance_of(connection: HTTPConnection) -> Entrance:
    """The entrance of the application behind a connection."""
    found: Entrance = connection.app.state.entrance
    return found


def _needs(role: Role) -> Callable[[Identity], Identity]:
    def check(who: Annotated[Identity, Depends(identity)]) -> Identity:
        if not who.role.may(role):
            raise HTTPException(403, f"{who.name} may look but not change: ask an operator")
        return who

    return check


Viewer = Annotated[Identity, Depends(_needs(Role.VIEWER))]
"""The parameter type that opens a route to everybody who is logged in."""

Operator = Annotated[Identity, Depends(_needs(Role.OPERATOR))]
"""The parameter type that opens a route to operators only."""
