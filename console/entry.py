"""Coming in and going out: login, the first user's setup link, logout, language."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.context import Console, Here
from console.rendering import LANGUAGE_COOKIE
from console.screens import Pages
from console.session import COOKIE, client_address, require_same_origin
from records.access import Denied, LockedOut, Session
from records.errors import AccessError, PasswordPolicyError, SetupLinkError, UserNameError
from telemetry.clock import SECOND
from telemetry.text import Language

router = APIRouter(include_in_schema=False)
_A_YEAR_S = 31_536_000
_LONGEST = 1024


@router.get("/login")
async def login_page(request: Request, pages: Pages, next: str = "/") -> HTMLResponse:
    """The login form."""
    return pages.page(request, "login.html", next=inside(next), name="", message="")


@router.post("/login")
async def log_in(
    *,
    request: Request,
    here: Here,
    pages: Pages,
    name: Annotated[str, Form(max_length=_LONGEST)],
    password: Annotated[str, Form(max_length=_LONGEST)],
    next: Annotated[str, Form(max_length=_LONGEST)] = "/",
) -> Response:
    """Log in; wrong and disabled are not told apart."""
    require_same_origin(request)
    users, now_ns = here.ports.users, here.ports.wall.now()
    outcome = await asyncio.to_thread(
        users.authenticate, name, password, now_ns, client_address(request)
    )
    wording = pages.wording(request)
    match outcome:
        case Session():
            return welcome(request, outcome, inside(next), here)
        case LockedOut(until_ns=until_ns):
            wait_s = max(1, -(-(until_ns - now_ns) // SECOND))
            message, status = wording("login.locked", wait=wording.age(wait_s)), 429
            headers = {"Retry-After": str(wait_s)}
        case Denied():
            message, status, headers = wording("login.denied"), 401, {}
    page = pages.page(
        request, "login.html", None, status, next=inside(next), name=name, message=message
    )
    page.headers.update(headers)
    return page


@router.get("/setup")
async def setup_page(request: Request, pages: Pages, token: str = "") -> HTMLResponse:
    """The form for the first user; the link works once."""
    return pages.page(request, "setup.html", token=token, name="", message="")


@router.post("/setup")
async def set_up(
    *,
    request: Request,
    here: Here,
    pages: Pages,
    token: Annotated[str, Form(max_length=_LONGEST)],
    name: Annotated[str, Form(max_length=_LONGEST)],
    password: Annotated[str, Form(max_length=_LONGEST)],
    again: Annotated[str, Form(max_length=_LONGEST)],
) -> Response:
    """Create the first user, an operator, and log in."""
    require_same_origin(request)
    if password != again:
        message = "setup.differ"
    else:
        try:
            session = await asyncio.to_thread(
                here.ports.users.redeem_setup,
                token,
                name,
                password,
                here.ports.wall.now(),
                client_address(request),
            )
        except AccessError as error:
            message = setup_message(error)
        else:
            return welcome(request, session, "/", here)
    text = pages.wording(request)(message)
    return pages.page(request, "setup.html", None, 400, token=token, name=name, message=text)


def setup_message(error: AccessError) -> str:
    """The text for a refused setup."""
    match error:
        case SetupLinkError():
            return "setup.link"
        case UserNameError():
            return "setup.name"
        case PasswordPolicyError():
            return "setup.password"
        case _:
            return "setup.refused"


@router.post("/logout")
async def log_out(request: Request, here: Here) -> Response:
    """End the login, on this and every other tab of it."""
    require_same_origin(request)
    token = request.cookies.get(COOKIE)
    if token:
        await asyncio.to_thread(here.ports.users.log_out, token)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.post("/language")
async def choose_language(
    request: Request,
    language: Annotated[Language, Form()],
    next: Annotated[str, Form(max_length=_LONGEST)] = "/",
) -> Response:
    """Switch the language of this browser."""
    require_same_origin(request)
    answer = RedirectResponse(inside(next), 303)
    answer.set_cookie(
        LANGUAGE_COOKIE,
        language.value,
        max_age=_A_YEAR_S,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


def welcome(request: Request, session: Session, wanted: str, here: Console) -> Response:
    """Set the cookie of a fresh login and go where the person wanted to go."""
    answer = RedirectResponse(wanted, 303)
    answer.set_cookie(
        COOKIE,
        session.token,
        max_age=_A_YEAR_S,  # how long it is valid is decided by the records, not by the browser
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


def inside(wanted: str) -> str:
    """A path of our own, whatever was asked for: no way leads to another site from here."""
    parts = urlsplit(wanted)
    own = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if own and not parts.scheme and not parts.netloc and "\\" not in wanted else "/"
