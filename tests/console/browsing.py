"""A browser at the console's door, and what it complains about."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import Browser, Page, expect

from alarms.settings import Priority
from console.session import COOKIE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.console.house import House

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that a test has altered on its way has no address and could open no local socket.
    "--disable-features=LocalNetworkAccessChecks",
)
DESK, PHONE = (1920, 1080), (390, 844)
WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) =>
  window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
"""


@dataclass
class Visit:
    """One page in a browser, and what it complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        await self.page.goto(self.address + path)

    async def live(self) -> None:
        """Wait until values come in."""
        await expect(self.page.locator("#link[data-live]")).to_be_visible(timeout=15_000)

    async def violations(self) -> list[str]:
        found: list[str] = await self.page.evaluate("window.violations")
        return found


@asynccontextmanager
async def visit(
    browser: Browser,
    address: str,
    cookie: str = "",
    *,
    language: str = "en",
    size: tuple[int, int] = DESK,
    script: bool = True,
) -> AsyncIterator[Visit]:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=script
    )
    jar = [{"name": "baotu_language", "value": language, "url": address}]
    if cookie:
        jar.append({"name": COOKIE, "value": cookie, "url": address})
    await context.add_cookies(jar)  # type: ignore[arg-type]  # plain dictionaries of that shape
    await context.add_init_script(WATCH_POLICY)
    page = await context.new_page()
    found = Visit(page, address)
    page.on("console", lambda m: found.complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    await context.close()


async def ring(house: House, node: str = "south_07", ago_s: float = 0) -> str:
    return await house.desk.ring(
        "network_low", f"{node}.pressure", 0.112, 0.14, priority=Priority.CRITICAL, ago_s=ago_s
    )
