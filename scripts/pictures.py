"""Take the pictures of the tutorial and README from a living demo: `python scripts/pictures.py`.

Needs Chromium (`make servers`). The demo runs in a temporary folder; a burst in the South zone
begins 25 city minutes after the start.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SCRIPT = """
[[fault]]
at = "PT25M"
for = "PT5H"
kind = "burst"
target = "south_07"
flow_m3h = 2200
"""
PHRASE = "a long pass phrase"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
_SETUP = re.compile(r"first user, once: (http://[^/]+)(/setup\S+)")
_FEED = re.compile(r"公众 feed +(http://\S+)")


@dataclass(frozen=True, slots=True)
class Demo:
    """Where a running demo answers.

    Attributes:
        address: of the operators' pages.
        setup: path of the link that creates the first user.
        feed: address of the public page.
    """

    address: str
    setup: str
    feed: str


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    """A running demo."""
    script = folder / "burst.toml"
    script.write_text(SCRIPT)
    process = subprocess.Popen(  # noqa: S603 - our own program
        [
            sys.executable,
            "-m",
            "service",
            "demo",
            "--port",
            "0",
            "--data",
            str(folder / "data"),
            "--script",
            str(script),
            "--seed",
            "3",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = iter(process.stderr or ())
        setup = next(found for line in lines if (found := _SETUP.search(line)))
        feed = next(found for line in lines if (found := _FEED.search(line)))
        yield Demo(setup[1], setup[2], feed[1])
    finally:
        process.terminate()
        process.communicate()


def both(page: Page, name: str) -> None:
    """The page as it stands, in both languages."""
    for language in ("en", "zh"):
        page.context.add_cookies(
            [{"name": "baotu_language", "value": language, "url": page.url.split("?")[0]}]
        )
        page.reload()
        page.wait_for_timeout(2_500)  # a live frame comes every second
        page.screenshot(path=IMAGES / f"{name}-{language}.png")


def take(context: BrowserContext, address: str, setup: str) -> None:
    """Walk the tutorial."""
    page = context.new_page()
    page.goto(address + setup)
    both(page, "setup")
    page.fill("[name=name]", "li")
    page.fill("[name=password]", PHRASE)
    page.fill("[name=again]", PHRASE)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    page.wait_for_timeout(5_000)
    both(page, "overview")
    page.goto(f"{address}/alarms?state=active")
    page.wait_for_selector("[data-acknowledge]", timeout=90_000)
    page.wait_for_timeout(8_000)
    page.goto(f"{address}/")
    both(page, "burst")
    page.goto(f"{address}/trends?point=south_07.pressure&point=south_08.pressure")
    both(page, "trend")
    page.goto(f"{address}/alarms?state=active")
    page.click("[data-acknowledge]")
    page.fill("#note", "抢修队已出发 / crew on its way")
    page.click("#send")
    page.wait_for_timeout(1_000)
    both(page, "alarms")
    page.goto(f"{address}/devices")
    both(page, "devices")
    page.goto(f"{address}/accounts")
    both(page, "accounts")


def take_feed(context: BrowserContext, feed: str) -> None:
    """The public page, as it looks a while after the burst has been published."""
    page = context.new_page()
    for language in ("en", "zh"):
        page.goto(f"{feed.rstrip('/')}/{language}")
        page.wait_for_selector("tr[data-verdict=inside]", timeout=120_000)
        page.screenshot(path=IMAGES / f"feed-{language}.png")


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as running,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        desk = browser.new_context(viewport={"width": 1920, "height": 1080})
        take(desk, running.address, running.setup)
        take_feed(browser.new_context(viewport={"width": 1200, "height": 900}), running.feed)
        browser.close()


if __name__ == "__main__":
    main()
