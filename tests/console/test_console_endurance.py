"""The pages in real Chromium while the service comes and goes: what an operator does not lose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser, Page, expect

from telemetry.clock import RealClock
from tests.console.browsing import ring, visit
from tests.console.house import House, small_house

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(240)]


async def test_a_restart_is_survived_without_a_reload_and_nothing_typed_is_lost(
    chromium: Browser, tmp_path: Path, serve: Callable[..., Any], free_port: int
) -> None:
    house = small_house(tmp_path, clock=RealClock())
    house.user("王丽")
    for i in range(60):
        await house.desk.ring("network_low", f"north_0{1 + i % 2}.pressure", 0.1, 0.14, ago_s=i)
    rows = (await house.desk.list(limit=100)).items
    async with visit(chromium, f"http://127.0.0.1:{free_port}", house.log_in("王丽")) as at:
        async with serve(house, free_port):
            await at.go("/alarms?sort=time")
            await at.live()
            await at.page.evaluate("window.stayed = true; scroll.scrollTop = 900")
            await at.page.evaluate("document.getElementById('scroll').scrollTop = 900")
            await at.page.click(f'tr[data-alarm="{rows[30].id}"] [data-acknowledge]')
            await at.page.fill("#note", "half typed")
            scrolled = await at.page.evaluate("document.getElementById('scroll').scrollTop")
        await expect(at.page.locator("#link")).to_have_text("Reconnecting…")
        new = await ring(house, "north_02")
        began = asyncio.get_running_loop().time()
        async with serve(house, free_port):
            await at.live()
            assert asyncio.get_running_loop().time() - began < 4.0
            await expect(at.page.locator(f'tr[data-alarm="{new}"]')).to_have_count(1)
            first = at.page.locator("#rows tr").first
            await expect(first).to_have_attribute("data-alarm", new)
            assert await at.page.evaluate("window.stayed") is True
            assert await at.page.input_value("#note") == "half typed"
            kept = await at.page.evaluate("document.getElementById('scroll').scrollTop")
            assert abs(kept - scrolled) < 120
            await at.page.click("#send")
            await expect(at.page.locator(f'tr[data-alarm="{rows[30].id}"]')).to_have_count(0)
    assert (await house.desk.get(rows[30].id)).note == "half typed"


async def drawn(page: Page) -> int:
    """Rows in the chart."""
    return int(await page.evaluate("document.getElementById('chart').dataset.drawn"))


async def until(page: Page, holds: Callable[[int], bool]) -> None:
    """Wait for a number of rows in the chart; the page's policy forbids to wait in the page."""
    end = asyncio.get_running_loop().time() + 15
    while not holds(found := await drawn(page)):
        assert asyncio.get_running_loop().time() < end, f"the chart stays at {found} rows"


async def test_a_zoomed_trend_keeps_its_zoom_over_a_restart_and_fetches_what_it_missed(
    chromium: Browser, tmp_path: Path, serve: Callable[..., Any], free_port: int
) -> None:
    house = small_house(tmp_path, clock=RealClock())
    house.user("王丽")
    for ago_s in range(3000, 0, -30):
        await house.read({"nanshan.level": 3.0}, ago_s=ago_s)
    async with visit(chromium, f"http://127.0.0.1:{free_port}", house.log_in("王丽")) as at:
        async with serve(house, free_port):
            await at.go("/trends?point=nanshan.level")
            chart = at.page.locator("#chart canvas")
            await expect(chart).to_be_visible()
            before = await drawn(at.page)
            box = await chart.bounding_box()
            assert box is not None
            middle = box["y"] + box["height"] / 2
            await at.page.mouse.move(box["x"] + box["width"] * 0.4, middle)
            await at.page.mouse.down()
            await at.page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
            await at.page.mouse.up()
            await expect(at.page.locator("#whole")).to_be_visible()
            await until(at.page, lambda rows: rows < before)
        await expect(at.page.locator("#link")).to_have_text("Reconnecting…")
        for ago_s in (9, 6, 3):
            await house.read({"nanshan.level": 4.0}, ago_s=ago_s)
        async with serve(house, free_port):
            await at.live()
            await expect(at.page.locator("#whole")).to_be_visible()
            assert await drawn(at.page) < before
            await at.page.click("#whole")
            await until(at.page, lambda rows: rows >= before + 3)


async def test_a_page_is_loaded_again_only_when_its_files_have_changed(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    loads = 0

    async def older(route: Any) -> None:
        nonlocal loads
        loads += 1
        answer = await route.fetch()
        body = (await answer.text()).replace('data-build="', 'data-build="older', 1)
        await route.fulfill(response=answer, body=body if loads == 1 else await answer.text())

    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.page.route(f"{running.address}/devices", older)
        await at.go("/devices")
        await expect(at.page.locator('html[data-build^="older"]')).to_have_count(0)
        await at.live()
        assert loads == 2


async def test_after_eight_seconds_of_silence_the_page_says_so_and_is_marked(
    chromium: Browser, tmp_path: Path, serve: Callable[..., Any], free_port: int
) -> None:
    house = small_house(tmp_path, clock=RealClock())
    house.user("王丽")
    async with visit(chromium, f"http://127.0.0.1:{free_port}", house.log_in("王丽")) as at:
        async with serve(house, free_port):
            await at.go("/")
            await at.live()
        banner = at.page.locator("#silence")
        await expect(banner).to_be_visible(timeout=12_000)
        shown = await at.page.locator("#clock").text_content()
        await expect(banner).to_contain_text(f"values stand at {shown}")
        await expect(at.page.locator("body[data-silent]")).to_have_count(1)
        async with serve(house, free_port):
            await at.live()
            await expect(banner).to_be_hidden()


async def test_a_login_that_ends_is_said_on_the_page_without_throwing_it_away_H1(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    cookie = house.log_in("王丽")
    async with visit(chromium, running.address, cookie) as at:
        await at.go("/")
        await at.live()
        await asyncio.to_thread(house.records.users.log_out, cookie)
        await expect(at.page.locator("#silence")).to_contain_text("Your login has ended")
        await at.page.click("#silence a")
        await expect(at.page.locator("#password")).to_be_visible()
