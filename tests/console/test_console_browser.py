"""The pages in real Chromium: what an operator sees, does, and does not lose."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from alarms.settings import Priority
from console.session import COOKIE
from records.access import Role
from telemetry.clock import RealClock, ScaledClock
from tests.console.example_house import example_house, history, simulate
from tests.console.house import PASSWORD, START_NS, House, small_house
from tests.console.tools import node_modules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(240)]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK, PHONE = (1920, 1080), (390, 844)
WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) =>
  window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
"""


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


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


async def ring(house: House, node: str = "south_07", ago_s: float = 0) -> str:
    return await house.desk.ring(
        "network_low", f"{node}.pressure", 0.112, 0.14, priority=Priority.CRITICAL, ago_s=ago_s
    )


async def test_an_operator_sees_a_value_change_and_an_alarm_and_acknowledges_it(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    await house.read({"north_01.pressure": 0.31})
    async with visit(chromium, running.address) as at:
        await at.go("/alarms?state=unacknowledged")
        await at.page.fill("#name", "王丽")
        await at.page.fill("#password", PASSWORD)
        await at.page.press("#password", "Enter")
        await expect(at.page.locator("h1")).to_have_text("Alarms")
        await at.go("/")
        await at.live()
        value = at.page.locator('.site[data-point="north_01.pressure"] [data-value]')
        await expect(value).to_have_text("0.310")
        await house.read({"north_01.pressure": 0.112})
        await expect(value).to_have_text("0.112")
        alarm = await ring(house, "north_01")
        await expect(at.page.locator(f'#urgent [data-alarm="{alarm}"]')).to_contain_text("pressure")
        await expect(at.page.locator('[data-count="1"] [data-active]')).to_have_text("1")
        await expect(at.page.locator('.site[data-point="north_01.pressure"]')).to_have_attribute(
            "data-priority", "1"
        )
        await at.go("/alarms")
        await at.live()
        row = at.page.locator(f'tr[data-alarm="{alarm}"]')
        await row.locator("[data-acknowledge]").click()
        await at.page.fill("#note", "抢修队已出发")
        await at.page.click("#send")
        await expect(row).to_have_count(0)
        await at.go("/alarms?state=active")
        await expect(row).to_contain_text("抢修队已出发")
        await expect(row).to_contain_text("王丽")
        assert (await house.desk.get(alarm)).acknowledged_by == "王丽"
        assert at.complaints == []


async def test_somebody_else_was_faster_and_it_is_said_kindly_A6(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    alarm = await ring(house, "north_01")
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/alarms")
        await at.live()
        await at.page.click(f'tr[data-alarm="{alarm}"] [data-acknowledge]')
        await at.page.fill("#note", "half typed")
        await house.desk.acknowledge(alarm, version=1, user="李明", note="on my way")
        await expect(at.page.locator("#refused")).to_contain_text("李明 acknowledged it first")
        await expect(at.page.locator("#note")).to_have_value("half typed")
        await expect(at.page.locator("#send")).to_be_disabled()


async def test_seven_tabs_are_open_and_an_acknowledge_goes_out_at_once(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    alarm = await ring(house, "north_01")
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        for _ in range(6):
            tab = await at.page.context.new_page()
            await tab.goto(running.address + "/")
            await expect(tab.locator("#link[data-live]")).to_be_visible()
        await at.page.bring_to_front()
        await at.go("/alarms")
        await at.live()
        await at.page.click(f'tr[data-alarm="{alarm}"] [data-acknowledge]')
        began = asyncio.get_running_loop().time()
        await at.page.click("#send")
        await expect(at.page.locator(f'tr[data-alarm="{alarm}"]')).to_have_count(0)
        assert asyncio.get_running_loop().time() - began < 2.0
        assert (await house.desk.get(alarm)).state.acknowledged


PAGES = (
    "/",
    "/trends?point=south_07.pressure&point=nanshan.level&point=donghu.outlet.flow",
    "/trends",
    "/alarms?state=all",
    "/devices",
    "/login",
    "/setup?token=x",
)
SIZES = [pytest.param(DESK, id="1920x1080"), pytest.param(PHONE, id="390x844")]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_every_page_is_accessible_and_keeps_to_its_policy_H6(
    chromium: Browser, city: Any, language: str, size: tuple[int, int]
) -> None:
    house: House = city.house
    alarm = await ring(house, ago_s=60)
    await house.desk.ring("station_silent", "west_11.pressure", 340, 60, level="stale")
    axe = (await asyncio.to_thread(node_modules)) / "axe-core" / "axe.min.js"
    source = axe.read_text("utf-8")
    async with visit(
        chromium, city.address, house.log_in("王丽"), language=language, size=size
    ) as at:
        for path in (*PAGES, f"/alarms/{alarm}"):
            await at.go(path)
            if await at.page.locator("#link").count():
                await at.live()
            if "point=" in path:
                await expect(at.page.locator("#chart[data-drawn] canvas")).to_be_visible()
            # Run in the page by the debugger, which no policy of the page can forbid.
            await at.page.evaluate(source)
            found = await at.page.evaluate("axe.run()")
            assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found["violations"]] == [], path
            assert await at.violations() == [], path
            wide = await at.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size[0], f"{path} is wider than the screen"
        assert at.complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_overview_fits_on_one_screen_without_scrolling(
    chromium: Browser, city: Any, language: str
) -> None:
    async with visit(chromium, city.address, city.house.log_in("王丽"), language=language) as at:
        await at.go("/")
        await at.live()
        outside = await at.page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter((e) => {
                 const box = e.getBoundingClientRect();
                 return box.width && (box.bottom > innerHeight + 1 || box.right > innerWidth + 1)
                   && !e.closest(".sr");
               }).map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert outside == []
        overflowing = await at.page.evaluate(
            """() => [...document.querySelectorAll(".panel")].filter(
                 (p) => p.scrollWidth > p.clientWidth + 1 || p.scrollHeight > p.clientHeight + 1
               ).map((p) => p.querySelector("h2").textContent)"""
        )
        assert overflowing == []


@pytest.mark.parametrize("path", ["/", "/trends?point=south_07.pressure", "/alarms"])
async def test_the_first_load_is_under_200_kilobytes(
    chromium: Browser, city: Any, path: str
) -> None:
    async with visit(chromium, city.address, city.house.log_in("王丽")) as at:
        answers: list[Any] = []
        at.page.on("response", answers.append)
        await at.go(path)
        await at.live()
        sizes = [await answer.request.sizes() for answer in answers]
        received = sum(s["responseBodySize"] + s["responseHeadersSize"] for s in sizes)
        assert 10_000 < received < 200_000


async def test_everything_can_be_read_and_acknowledged_without_scripts(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    alarm = await ring(house, "north_01")
    await house.read({"north_01.pressure": 0.112, "nanshan.level": 3.21})
    async with visit(chromium, running.address, house.log_in("王丽"), script=False) as at:
        await at.go("/")
        await expect(at.page.locator(".tank .big")).to_contain_text("3.21")
        await expect(at.page.locator("#urgent")).to_contain_text("pressure")
        await at.go("/trends?point=nanshan.level")
        await expect(at.page.locator("#values")).to_contain_text("3.21")
        await at.go("/alarms")
        await at.page.click(f'tr[data-alarm="{alarm}"] [data-acknowledge]')
        await at.page.fill("#note", "by form")
        await at.page.click("button.primary")
        await expect(at.page.locator("#none")).to_be_visible()
        assert (await house.desk.get(alarm)).note == "by form"


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
        await at.page.route("**/devices", older)
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
    house.user("viewer", Role.VIEWER)
    cookie = house.log_in("王丽")
    async with visit(chromium, running.address, cookie) as at:
        await at.go("/")
        await at.live()
        await asyncio.to_thread(house.records.users.log_out, cookie)
        await expect(at.page.locator("#silence")).to_contain_text("Your login has ended")
        await at.page.click("#silence a")
        await expect(at.page.locator("#password")).to_be_visible()


async def test_an_alarm_can_be_acknowledged_with_the_keyboard_alone(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    alarm = await ring(house, "north_01")
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/alarms")
        await at.live()
        await at.page.keyboard.press("Tab")
        assert await at.page.evaluate("document.activeElement.className") == "skip"
        await at.page.keyboard.press("Enter")
        for _ in range(12):
            await at.page.keyboard.press("Tab")
            if await at.page.evaluate("document.activeElement.matches('[data-acknowledge]')"):
                break
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator("#note")).to_be_focused()
        await at.page.keyboard.type("by keys")
        await at.page.keyboard.press("Tab")
        await at.page.keyboard.press("Tab")
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator(f'tr[data-alarm="{alarm}"]')).to_have_count(0)
    assert (await house.desk.get(alarm)).note == "by keys"


async def test_a_trend_is_read_with_the_keyboard(chromium: Browser, running: Any) -> None:
    house: House = running.house
    house.user("王丽")
    for ago_s in range(3000, 0, -30):
        await house.read({"nanshan.level": 3.25}, ago_s=ago_s)
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/trends?point=nanshan.level")
        await expect(at.page.locator("#chart canvas")).to_be_visible()
        await at.page.focus("#chart")
        await at.page.keyboard.press("ArrowLeft")
        await expect(at.page.locator("#reading")).to_contain_text("3.25 m")
        await at.page.keyboard.press("+")
        await expect(at.page.locator("#whole")).to_be_visible()
        await expect(at.page.locator("#values tbody tr").nth(12)).to_contain_text("3.25")
        await at.page.keyboard.press("Escape")
        await expect(at.page.locator("#whole")).to_be_hidden()


async def test_only_what_nobody_acknowledged_blinks_and_nothing_for_those_who_ask_for_calm(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    seen = await ring(house, "north_01")
    await ring(house, "north_02")
    await house.desk.acknowledge(seen, version=1, user="王丽")
    blinking = """() => [...document.querySelectorAll("tbody .mark > :not(text)")]
      .map((e) => getComputedStyle(e).animationName)"""
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/alarms?state=active")
        assert await at.page.evaluate(blinking) == ["blink", "none"]
        await at.page.emulate_media(reduced_motion="reduce")
        assert await at.page.evaluate(blinking) == ["none", "none"]


async def test_colours_of_alarms_can_be_read(chromium: Browser, running: Any) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 between a priority's colour and the text on it."""
    running.house.user("王丽")
    async with visit(chromium, running.address, running.house.log_in("王丽")) as at:
        await at.go("/")
        for number in range(1, 5):
            colours = await at.page.evaluate(
                """(n) => ["p", "on-p"].map((name) =>
                  getComputedStyle(document.documentElement).getPropertyValue(`--${name}${n}`))""",
                number,
            )
            assert contrast(*colours) >= 4.5, f"priority {number}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.strip().removeprefix("#")
    parts = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


async def test_a_point_is_found_by_typing_and_a_misspelt_one_is_guessed(
    chromium: Browser, running: Any
) -> None:
    running.house.user("王丽")
    async with visit(chromium, running.address, running.house.log_in("王丽")) as at:
        await at.go("/trends")
        await at.page.fill("#point", "南山")
        await expect(at.page.locator("#found option")).to_have_attribute("value", "nanshan.level")
        await at.page.fill("#point", "nanshan.levl")
        await at.page.press("#point", "Enter")
        await at.page.click("text=nanshan.level >> nth=-1")
        await expect(at.page.locator(".chosen li")).to_contain_text("Nanshan Reservoir")
