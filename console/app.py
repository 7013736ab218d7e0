"""The console as one ASGI application; nothing but wiring."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from console import entry, influxql_routes, live_socket, screens
from console.alarm_board import AlarmBoard
from console.api import accounting, alarms, operations, points, readings, trends
from console.assets import STATIC, TEMPLATES, VENDOR, build_fingerprint, require_browser_files
from console.context import Console
from console.live import Hub, Identity
from console.pages.map_layout import map_layout
from console.problems import COMMON_PROBLEMS, install_problems
from console.rendering import environment
from console.security import SecurityHeaders
from console.session import Entrance
from console.settings import ConsoleSettings
from console.snapshot import Snapshot
from console.wording import Wording, load_texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from console.ports import ConsolePorts
    from records.access import AccessEnded

_API = (points, readings, trends, alarms, accounting)


def create_app(ports: ConsolePorts, settings: ConsoleSettings | None = None) -> FastAPI:
    """The operators' pages and the HTTP API.

    The loops that keep it up to date are :func:`console.following.follow`; whoever serves the
    application runs them beside it (:func:`console.server.run_console` does both).

    Args:
        ports: what the house gives.
        settings: what the city chose.

    Raises:
        BrowserFilesError: the third-party browser files are missing.
    """
    require_browser_files()
    build = build_fingerprint(STATIC, TEMPLATES)
    console = build_console(ports, settings or ConsoleSettings(), build)
    app = _empty_app()
    app.state.console = console
    app.state.entrance = Entrance(ports.users, ports.wall)
    app.state.influxql = influxql_routes.influxql_of(ports)
    app.state.templates = environment(TEMPLATES, build)
    _mount_api(app)
    for router in (live_socket.router, screens.router, entry.router, influxql_routes.router):
        app.include_router(router)
    app.mount(f"/assets/{build}/static", StaticFiles(directory=STATIC), "static")
    app.mount(f"/assets/{build}/vendor", StaticFiles(directory=VENDOR), "vendor")
    install_problems(app)
    app.add_exception_handler(screens.LoginNeededError, screens.to_login)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(SecurityHeaders)
    return app


def openapi_document() -> dict[str, Any]:
    """The HTTP API as OpenAPI, without a service behind it."""
    app = _empty_app()
    _mount_api(app)
    return app.openapi()


def _empty_app() -> FastAPI:
    return FastAPI(
        title="Baotu",
        summary="Live values, history and alarms of a city's water supply.",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )


def _mount_api(app: FastAPI) -> None:
    for module in _API:
        app.include_router(module.router, prefix="/api/v1", responses=COMMON_PROBLEMS)
    app.include_router(operations.router)


def build_console(ports: ConsolePorts, settings: ConsoleSettings, build: str) -> Console:
    """The console's own parts.

    Args:
        ports: what the house gives.
        settings: what the city chose.
        build: fingerprint of the browser files.
    """
    plan = ports.plan
    texts = load_texts()
    wordings = {lang: Wording(lang, plan.timezone, texts[lang]) for lang in texts}
    identity = Identity(uuid.uuid4().hex, plan.points.fingerprint, build)
    return Console(
        ports=ports,
        settings=settings,
        snapshot=Snapshot(plan.points),
        hub=Hub(plan.points, identity, lambda waiting: ports.accounting.open("screen", waiting)),
        board=AlarmBoard(),
        wordings=wordings,
        layouts={lang: map_layout(plan, wording) for lang, wording in wordings.items()},
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Close the screens of a login as soon as it ends, in whichever thread that happens."""
    console: Console = app.state.console
    loop = asyncio.get_running_loop()

    def ended(access: AccessEnded) -> None:
        loop.call_soon_threadsafe(console.hub.end, access.logins)

    leave = console.ports.users.on_ended(ended)
    try:
        yield
    finally:
        leave()
