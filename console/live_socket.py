"""``/api/v1/live``: one WebSocket a page, because a browser opens only six HTTP connections.

The page sends ``{"subscribe": [names]}``. The server answers with
``{"boot", "fingerprint", "build", "order"}`` and from then on, once a second, with
``{"t", "v", "q", "a"}``: city time in milliseconds, and values, quality bytes and ages in
seconds in the order given. Alarm changes come as ``{"alarms": {"counts", "changed"}}``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from console.live import MOST_POINTS
from console.security import same_origin
from console.session import bearer_token, entrance_of

if TYPE_CHECKING:
    from console.context import Console
    from console.live import Subscription
    from records.access import Identity

router = APIRouter()

LOGIN_ENDED = 4401
"""Close code: no login, or it has ended, or its role has changed."""

NOT_UNDERSTOOD = 1003
"""Close code: the page sent something else than a subscription."""

_RECHECK_S = 5.0
"""A login that another process ended (``baotu user``) is noticed within this time."""


class Wanted(BaseModel):
    """What a page sends: the names of the points it shows."""

    model_config = ConfigDict(extra="forbid")

    subscribe: list[str]


@router.websocket("/api/v1/live")
async def live(socket: WebSocket) -> None:
    """Serve one page until it leaves or its login ends."""
    if bearer_token(socket) is None and not same_origin(socket.headers):
        await socket.close()
        return
    who = await entrance_of(socket).identify(socket)
    await socket.accept()
    if who is None:
        await socket.close(LOGIN_ENDED, "log in again")
        return
    console: Console = socket.app.state.console
    screen = console.hub.join(who.login)
    try:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(_send(socket, screen))
            watching = tasks.create_task(_watch(socket, screen, who))
            await _receive(socket, screen, console)
            sending.cancel()
            watching.cancel()
    finally:
        console.hub.leave(screen)


async def _receive(socket: WebSocket, screen: Subscription, console: Console) -> None:
    """Follow the page's choices until it leaves."""
    while (message := await socket.receive())["type"] == "websocket.receive":
        try:
            wanted = Wanted.model_validate_json(message.get("text") or "")
        except ValidationError:
            await socket.close(NOT_UNDERSTOOD, 'expected {"subscribe": [point names]}')
            return
        console.hub.choose(screen, wanted.subscribe[:MOST_POINTS])


async def _send(socket: WebSocket, screen: Subscription) -> None:
    """Send whatever is newest; waits for the page, never for the city."""
    try:
        while (message := await screen.next()) is not None:
            await socket.send_text(message.decode())
        await socket.close(LOGIN_ENDED, "the login has ended")
    except (WebSocketDisconnect, RuntimeError):
        # The page left while something was on its way; the receiving side sees that, too.
        return


async def _watch(socket: WebSocket, screen: Subscription, who: Identity) -> None:
    """End the screen when its login has ended or may do something else than before."""
    while True:
        await asyncio.sleep(_RECHECK_S)
        if await entrance_of(socket).identify(socket) != who:
            screen.end()
            return
