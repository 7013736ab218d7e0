"""A town, its published folder, a client in front of it, and a server on a port."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from feed.app import create_app
from feed.assets import assets_path
from feed.page import PageTexts
from feed.rate import RateLimiter
from feed.serving import Serving, listen, serve_app
from feed.shelf import Shelf
from feed.streams import Streams
from tests.console.browsing import ARGUMENTS, CHROMIUM
from tests.feed.town import Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp


@pytest.fixture
def town(tmp_path: Path) -> Town:
    folder = tmp_path / "feed"
    folder.mkdir()
    return Town(folder)


class Desk:
    """The server's parts, without a socket."""

    def __init__(self, town: Town, per_minute: int = 10_000) -> None:
        texts = PageTexts.load(assets_path())
        self.town = town
        self.shelf = Shelf(town.folder, texts)
        self.streams = Streams()
        self.limiter = RateLimiter(per_minute)
        self.app: ASGIApp = create_app(
            self.shelf,
            texts,
            self.streams,
            limiter=self.limiter,
            seconds=town.clock.monotonic,
        )

    def refresh(self) -> bool:
        return self.shelf.refresh(self.town.clock.now())

    def client(self, address: str = "203.0.113.5") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 50_000))
        return httpx.AsyncClient(
            transport=transport,
            base_url="http://feed.test",
            headers={"Accept-Encoding": "identity"},
        )


@pytest.fixture
async def desk(town: Town) -> Desk:
    """A town whose usual day has been published and read."""
    await town.usual()
    await town.publisher().publish(town.clock.now())
    found = Desk(town)
    assert found.refresh()
    return found


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client() as found:
        yield found


@asynccontextmanager
async def served(desk: Desk, serving: Serving) -> AsyncIterator[str]:
    """A real server on a free port of loopback; gives its address."""
    answering: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    door = listen(serving)
    task = asyncio.create_task(serve_app(desk.app, door, serving, answering.set_result))
    try:
        yield await answering
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()
