"""A house, a client at its door, and a running console."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from console.app import create_app
from console.context import Console
from console.server import run_console
from console.session import COOKIE
from console.settings import ConsoleSettings
from telemetry.clock import RealClock, ScaledClock
from tests.console.browsing import ARGUMENTS, CHROMIUM
from tests.console.example_house import example_house, history, simulate
from tests.console.house import START_NS, House, small_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from fastapi import FastAPI

ORIGIN = "http://console.test"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A small house whose city time stands still."""
    return small_house(tmp_path)


@pytest.fixture
def app(house: House) -> FastAPI:
    """The console's application, without its loops."""
    return create_app(house.ports(), house.settings)


@pytest.fixture
def console(app: FastAPI) -> Console:
    """The parts behind the application."""
    found: Console = app.state.console
    return found


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not logged in."""
    async with _browser(app) as client:
        yield client


@pytest.fixture
async def operator(app: FastAPI, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which the operator 王丽 is logged in."""
    house.user("王丽")
    async with _browser(app) as client:
        client.cookies.set(COOKIE, house.log_in("王丽"))
        yield client


def _browser(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    return httpx.AsyncClient(
        transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}, timeout=30
    )


@dataclass
class Running:
    """A console that serves on a port of its own."""

    address: str
    house: House


@pytest.fixture
def serve() -> Callable[..., object]:
    """Serve a house's console on a free port, or on one that is given."""

    @asynccontextmanager
    async def serving(house: House, port: int = 0) -> AsyncIterator[Running]:
        found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        settings = ConsoleSettings(port=port)
        task = asyncio.create_task(run_console(house.ports(), settings, found.set_result))
        both: set[asyncio.Future[Any]] = {task, found}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        try:
            yield Running(found.result(), house)
        finally:
            task.cancel()
            await asyncio.wait({task})

    return serving


@pytest.fixture
async def running(tmp_path: Path, serve: Callable[..., object]) -> AsyncIterator[Running]:
    """A running console over a small house in real time."""
    house = small_house(tmp_path, clock=RealClock())
    async with serve(house) as console:  # type: ignore[attr-defined]  # see serve
        yield console


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def city(tmp_path: Path, serve: Callable[..., Any]) -> AsyncIterator[Any]:
    """The example city with an hour of past, living ten times as fast as the clock."""
    house = example_house(tmp_path, ScaledClock(10.0, START_NS))
    house.user("王丽")
    house.user("李明")
    await history(house, 3600)
    async with serve(house) as running:
        living = asyncio.create_task(simulate(house))
        yield running
        living.cancel()
        await asyncio.wait({living})
