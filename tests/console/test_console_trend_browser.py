"""Long trends, gaps and the data accounts in real Chromium."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect

from console.drawing.steps import DAY
from console.ports import SinkCondition, SinkRow
from historian.queries import BucketQuery, RangeQuery
from telemetry.batch import Batch
from telemetry.clock import SECOND
from telemetry.quality import Reason, bad
from tests.console.browsing import PHONE, visit
from tests.console.house import CALM, take_a_year

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.console.house import House

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(240)]

INK_ABOVE_THE_MIDDLE = """() => {
  const canvas = document.querySelector("#chart canvas");
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let columns = 0;
  for (let x = 0; x < width; x += 1) {
    for (let y = Math.round(height * 0.25); y < height * 0.4; y += 1) {
      const at = 4 * (y * width + x);
      const [red, green, blue, solid] = pixels.slice(at, at + 4);
      // The line is nearly black; grid, axes and their texts are lighter.
      if (solid > 200 && red < 60 && green < 66 && blue < 70) { columns += 1; break; }
    }
  }
  return columns;
}"""


INK_IN_THE_MIDDLE = """() => {
  const canvas = document.querySelector("#chart canvas");
  const { width, height } = canvas;
  const [from, to] = [Math.round(width * 0.48), Math.round(width * 0.58)];
  // Below it stands the strip that says the quality.
  const high = Math.round(height * 0.8);
  const pixels = canvas.getContext("2d").getImageData(from, 0, to - from, high).data;
  let dark = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const [red, green, blue, solid] = pixels.slice(at, at + 4);
    // The first point's line; its hatching is lighter and the second point's line is blue.
    if (solid > 200 && red < 60 && green < 66 && blue < 70) dark += 1;
  }
  return dark;
}"""


async def _rows_drawn(page: Page, holds: Callable[[int], bool]) -> int:
    """The number of rows in the chart, once it is as it should be."""
    end = asyncio.get_running_loop().time() + 15
    chart = page.locator("#chart[data-drawn]")
    while not holds(found := int(await chart.get_attribute("data-drawn") or 0)):
        assert asyncio.get_running_loop().time() < end, f"the chart stays at {found} rows"
        await asyncio.sleep(0.05)
    return found


def _has_been_asked(house: House, times: int) -> Callable[[int], bool]:
    return lambda _: len(house.store.asked) >= times


async def test_a_year_opens_with_one_question_a_view_and_its_spike_is_seen(
    chromium: Browser, running: Any
) -> None:
    house: House = running.house
    house.user("王丽")
    await take_a_year(house, "nanshan.level", spike=9.0)
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/trends?point=nanshan.level")
        await at.live()
        await expect(at.page.locator("#chart canvas")).to_be_visible()
        house.store.asked.clear()
        house.store.rows = 0
        await at.page.get_by_role("link", name="Year").focus()
        await at.page.keyboard.press("Enter")
        await at.live()
        await expect(at.page.locator("#chart[data-drawn] canvas")).to_be_visible()
        # One question for the table that needs no script, one for the chart.
        assert [type(query) for query in house.store.asked] == [BucketQuery, BucketQuery]
        assert house.store.rows < 2_000
        assert await _rows_drawn(at.page, bool) <= 4 * house.store.rows
        assert 1 <= await at.page.evaluate(INK_ABOVE_THE_MIDDLE) <= 6
        await expect(at.page.locator("#values")).to_contain_text("9.00")
        assert at.complaints == []


async def test_a_zoom_into_a_year_fetches_finer_data(chromium: Browser, running: Any) -> None:
    house: House = running.house
    house.user("王丽")
    await take_a_year(house, "nanshan.level")
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/trends?point=nanshan.level&range=365d")
        await at.live()
        await expect(at.page.locator("#chart[data-drawn] canvas")).to_be_visible()
        house.store.asked.clear()
        await at.page.focus("#chart")
        for times in range(1, 7):
            await at.page.keyboard.press("+")
            await _rows_drawn(at.page, _has_been_asked(house, times))
        steps = [q.bucket_ns for q in house.store.asked if isinstance(q, BucketQuery)]
        assert steps == sorted(steps, reverse=True)
        assert steps[-1] < steps[0]
        finest = house.store.asked[-1]
        assert isinstance(finest, RangeQuery)  # sample by sample in the end
        assert finest.end - finest.start < 20 * DAY


@pytest.mark.parametrize(("language", "reason"), [("zh", "无应答"), ("en", "no answer")])
async def test_gaps_are_listed_below_the_chart_with_their_reason(
    chromium: Browser, running: Any, language: str, reason: str
) -> None:
    house: House = running.house
    house.user("王丽")
    now_ns = house.clock.now()
    ago = np.arange(3_000, 0, -15, dtype=np.int64)
    ago = ago[(ago <= 1_200) | (ago > 1_800)]
    quality = np.where((ago > 2_100) & (ago <= 2_400), bad(Reason.TIMEOUT), 0).astype(np.uint8)
    point = np.full(ago.shape[0], house.plan.points.index("nanshan.level"), dtype=np.int32)
    value = np.where(quality > 0, np.nan, 3.0)
    await house.take(Batch.of(point, now_ns - ago * SECOND, value, quality))
    async with visit(chromium, running.address, house.log_in("王丽"), language=language) as at:
        await at.go("/trends?point=nanshan.level")
        await at.live()
        await expect(at.page.locator("#chart[data-drawn] canvas")).to_be_visible()
        rows = at.page.locator("#gaps tbody tr")
        await expect(rows).to_have_count(3)
        silent, failed, before = [await row.inner_text() for row in await rows.all()]
        assert "10 " in silent
        assert "5 " in failed
        assert reason in failed
        assert ("没有数据" if language == "zh" else "no data") in before
        await expect(at.page.locator("[data-captured]")).to_contain_text("%")


@pytest.mark.parametrize("answers", [bad(Reason.TIMEOUT), None], ids=["bad", "silent"])
async def test_no_line_is_drawn_through_a_gap_beside_a_point_that_has_none(
    chromium: Browser, running: Any, answers: int | None
) -> None:
    house: House = running.house
    house.user("王丽")
    for ago_s in range(3_600, 0, -15):
        await house.read({"north_01.pressure": 0.3}, ago_s=ago_s)
        if not 1_200 < ago_s <= 2_400:
            await house.read({"nanshan.level": 2.0}, ago_s=ago_s + 0.1)
        elif answers is not None and ago_s % 135 == 0:
            await house.read({"nanshan.level": 2.0}, ago_s=ago_s + 0.1, quality=answers)
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/trends?point=nanshan.level&point=north_01.pressure")
        await at.live()
        await expect(at.page.locator("#chart[data-drawn] canvas")).to_be_visible()
        assert await at.page.evaluate(INK_IN_THE_MIDDLE) == 0
        assert at.complaints == []


async def test_a_stretch_without_gaps_says_so(chromium: Browser, running: Any) -> None:
    house: House = running.house
    house.user("王丽")
    for ago_s in range(3_620, 0, -20):
        await house.read({"nanshan.level": 3.0}, ago_s=ago_s)
    async with visit(chromium, running.address, house.log_in("王丽"), size=PHONE) as at:
        await at.go("/trends?point=nanshan.level")
        await at.live()
        await expect(at.page.locator("#chart[data-drawn] canvas")).to_be_visible()
        await expect(at.page.locator("#gap-notes")).to_have_text("No gaps in this stretch.")
        await expect(at.page.locator("#gaps")).to_be_hidden()


async def test_the_data_accounts_live(chromium: Browser, running: Any) -> None:
    house: House = running.house
    house.user("王丽")
    account = house.accounting.open("modbus:lvyou", lambda: 0)
    account.receive(1_000)
    account.store(1_000)
    async with visit(chromium, running.address, house.log_in("王丽")) as at:
        await at.go("/accounts")
        await at.live()
        verdict, row = at.page.locator("#verdict"), at.page.locator('[data-path="modbus:lvyou"]')
        await expect(verdict).to_have_text("Everything adds up: no sample is unexplained.")
        await expect(at.page.locator("#warning")).to_be_hidden()
        account.receive(234)
        account.drop(200, "journal_full")
        house.history = dataclasses.replace(
            CALM,
            seconds_left=111_600.0,
            sinks=(SinkRow("embedded", SinkCondition.RETRYING, "the disk is full", 9),),
        )
        await expect(row).to_contain_text("1,234")
        await expect(row).to_contain_text("journal full 200")
        await expect(row).to_contain_text("does not add up")
        await expect(verdict).to_contain_text("34 samples are unexplained")
        await expect(at.page.locator('[data-loss="journal_full"]')).to_be_visible()
        await expect(at.page.locator("#nothing")).to_be_hidden()
        await expect(at.page.locator("#warning")).to_contain_text("full in 31 h")
        await expect(at.page.locator('[data-sink="embedded"]')).to_contain_text("the disk is full")
        account.drop(34, "disk_full")
        await expect(verdict).to_contain_text("Everything adds up")
        assert at.complaints == []
