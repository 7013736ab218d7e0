"""The page in real Chromium: what a citizen sees."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, expect

from feed.assets import STATIC
from feed.connections import Door
from feed.serving import Look, Serving
from telemetry.kinds import Kind
from telemetry.quality import Reason, bad, uncertain
from tests.console.browsing import DESK, PHONE, visit
from tests.console.tools import NODE, node_modules
from tests.feed.conftest import Desk, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.feed.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(240)]

SIZES = [pytest.param(DESK, id="1920x1080"), pytest.param(PHONE, id="390x844")]


@pytest.fixture
async def troubled(town: Town) -> Desk:
    """A town on a bad day: an exceedance, a low point, a cleaning, a dead link."""
    await town.usual(end_s=3_600)
    await town.read("q1", Kind.TURBIDITY, 1.004)
    await town.read("p1", Kind.PRESSURE, 0.11)
    await town.read("p2", Kind.PRESSURE, 0.3, bad(Reason.TIMEOUT))
    await town.read("q2", Kind.FREE_CHLORINE, 0.3, uncertain(Reason.MAINTENANCE))
    await town.publisher().publish(town.clock.now())
    desk = Desk(town)
    await Look(desk.shelf, desk.streams).at(town.clock.now())
    return desk


def serving(desk: Desk) -> Serving:
    return Serving(desk.town.folder, port=0, door=Door())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_page_is_accessible_and_keeps_to_its_policy_H6(
    chromium: Browser, troubled: Desk, language: str, size: tuple[int, int]
) -> None:
    axe = (await asyncio.to_thread(node_modules)) / "axe-core" / "axe.min.js"
    async with (
        served(troubled, serving(troubled)) as address,
        visit(chromium, address, size=size) as at,
    ):
        await at.go(f"/{language}")
        await expect(at.page.locator("#link[data-state=on]")).to_be_visible()
        await _is_clean(at, axe.read_text("utf-8"), size)
        await troubled.town.clock.advance(3_600)
        await Look(troubled.shelf, troubled.streams).at(troubled.town.clock.now())
        await expect(at.page.locator(".stale")).to_be_visible()
        await _is_clean(at, axe.read_text("utf-8"), size)
        assert at.complaints == []


async def _is_clean(at: object, axe: str, size: tuple[int, int]) -> None:
    page = at.page  # type: ignore[attr-defined]  # a visit
    # Run in the page by the debugger, which no policy of the page can forbid.
    await page.evaluate(axe)
    found = await page.evaluate("axe.run()")
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found["violations"]] == []
    assert await page.evaluate("window.violations") == []
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0]


async def test_a_citizen_sees_what_is_wrong_why_and_by_which_limit(
    chromium: Browser, troubled: Desk
) -> None:
    async with (
        served(troubled, serving(troubled)) as address,
        visit(chromium, address, size=PHONE, script=False) as at,
    ):
        await at.go("/zh")
        main = at.page.locator("main")
        await expect(main).to_contain_text("2026-11-24 11:40–11:45")
        await expect(main.locator(".summary")).to_contain_text("2 超出限值")
        turbidity = main.locator("tr[data-verdict=outside]", has_text="浑浊度")
        await expect(turbidity).to_contain_text("1.00")
        await expect(turbidity).to_contain_text("≤ 1")
        await expect(turbidity).to_contain_text("修约前超出限值")
        pressure = main.locator("tr[data-verdict=outside]", has_text="管网压力")
        await expect(pressure).to_contain_text("0.11–0.33，3 站中 2 站有效")
        await expect(pressure).to_contain_text("2 站中 1 站超出限值，待复核")
        chlorine = main.locator("tr[data-verdict=withheld]", has_text="游离氯")
        await expect(chlorine).to_contain_text("维护中")
        await expect(main.locator("#source-1")).to_contain_text("尚未与标准原文核对")
        await expect(main).to_contain_text("未经实验室复核")
        await at.page.click("header nav a")
        await expect(main.locator("tr[data-verdict=withheld]")).to_contain_text("maintenance")


async def test_new_values_come_by_themselves_and_nothing_is_reloaded(
    chromium: Browser, troubled: Desk
) -> None:
    town = troubled.town
    async with served(troubled, serving(troubled)) as address, visit(chromium, address) as at:
        await at.go("/en")
        await expect(at.page.locator("#link[data-state=on]")).to_be_visible()
        await at.page.evaluate("window.still = 'here'")
        await town.read("q1", Kind.TURBIDITY, 0.42, begin_s=-900)
        await town.clock.advance(300)
        await town.publisher().publish(town.clock.now())
        await Look(troubled.shelf, troubled.streams).at(town.clock.now())
        row = at.page.locator("#districts tr", has_text="Turbidity")
        await expect(row).to_contain_text("0.42")
        await expect(row).to_have_attribute("data-verdict", "inside")
        await expect(at.page.locator(".when")).to_contain_text("11:45–11:50")
        assert await at.page.evaluate("window.still") == "here"
        assert at.complaints == []
        assert await at.violations() == []
    # The last stream has ended with its server.


@pytest.mark.skipif(shutil.which("npm") is None, reason="TypeScript comes by npm")
def test_the_script_is_typed(tmp_path: Path) -> None:
    modules = node_modules()
    shutil.copytree(STATIC, tmp_path / "static")
    shutil.copy(NODE / "tsconfig.json", tmp_path)
    found = subprocess.run(
        [modules / ".bin" / "tsc", "--project", tmp_path],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (found.stdout, found.returncode) == ("", 0)
