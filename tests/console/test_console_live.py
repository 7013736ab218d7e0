"""Frames on their way to the screens: the newest only, and every loss counted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from alarms.settings import Priority
from console.following import (
    compare_alarms,
    follow,
    follow_alarms,
    follow_readings,
    learn,
    recall,
)
from console.live import MOST_NEWS, MOST_POINTS
from historian.errors import StoreError
from telemetry.bus import Overflow
from telemetry.quality import Reason, bad

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from console.context import Console
    from console.live import Subscription
    from historian.store import Store
    from telemetry.batch import Batch
    from tests.console.house import House


async def _next(screen: Subscription) -> Any:
    message = await screen.next()
    assert message is not None
    return json.loads(message)


async def _order(console: Console, screen: Subscription, names: list[str]) -> list[str]:
    console.hub.choose(screen, names)
    order: list[str] = (await _next(screen))["order"]
    return order


@pytest.fixture
def screen(console: Console) -> Subscription:
    return console.hub.join("a-login")


def _screen_path(house: House) -> Any:
    return house.accounting.figures()["screen"]


async def test_a_screen_first_learns_the_order_and_who_serves_it(
    console: Console, screen: Subscription
) -> None:
    console.hub.choose(screen, ["nanshan.level", "no.such.point", "nanshan.level"])
    hello = await _next(screen)
    assert hello["order"] == ["nanshan.level"]
    assert hello["boot"] == console.hub.identity.boot
    assert hello["fingerprint"] == console.ports.plan.points.fingerprint


async def test_quality_and_age_travel_with_each_value(
    house: House, console: Console, screen: Subscription
) -> None:
    await _order(console, screen, ["nanshan.level", "north_01.pressure"])
    await house.read({"nanshan.level": 3.123456}, ago_s=2.0)
    await house.read({"north_01.pressure": 0.3}, quality=bad(Reason.TIMEOUT), ago_s=1.0)
    await recall(console)
    console.hub.tick(console.shown())
    frame = await _next(screen)
    assert frame == {
        "t": house.clock.now() // 1_000_000,
        "v": [3.1235, 0.3],
        "q": [0, bad(Reason.TIMEOUT)],
        "a": [2.0, None],  # nothing believable has come from the second yet
    }


async def test_a_point_without_a_reading_has_neither_value_nor_age(
    console: Console, screen: Subscription
) -> None:
    await _order(console, screen, ["nanshan.level"])
    console.hub.tick(console.shown())
    frame = await _next(screen)
    assert (frame["v"], frame["a"], frame["q"]) == ([None], [None], [bad(Reason.WAITING)])


async def test_a_slow_screen_skips_seconds_and_the_loss_is_counted_H8(
    house: House, console: Console, screen: Subscription
) -> None:
    await _order(console, screen, ["nanshan.level", "north_01.pressure"])
    for level in (1.0, 2.0, 3.0):
        await house.read({"nanshan.level": level})
        await recall(console)
        console.hub.tick(console.shown())
    path = _screen_path(house)
    assert (path.received, path.buffered, path.dropped, path.missing) == (
        6,
        2,
        {"slow screen": 4},
        0,
    )
    assert (await _next(screen))["v"][0] == 3.0
    path = _screen_path(house)
    assert (path.stored, path.buffered, path.missing) == (2, 0, 0)


async def test_a_screen_that_leaves_keeps_the_identity(
    house: House, console: Console, screen: Subscription
) -> None:
    await _order(console, screen, ["nanshan.level"])
    console.hub.tick(console.shown())
    console.hub.leave(screen)
    path = _screen_path(house)
    assert (path.dropped, path.missing, console.hub.screens) == ({"screen left": 1}, 0, 0)


async def test_a_screen_that_chooses_anew_gets_no_frame_of_the_old_choice(
    console: Console, screen: Subscription
) -> None:
    await _order(console, screen, ["nanshan.level"])
    console.hub.tick(console.shown())
    console.hub.choose(screen, ["north_01.pressure"])
    assert (await _next(screen))["order"] == ["north_01.pressure"]
    console.hub.tick(console.shown())
    assert len((await _next(screen))["v"]) == 1


async def test_a_screen_that_shows_nothing_still_hears_the_beat(
    console: Console, screen: Subscription
) -> None:
    await _order(console, screen, [])
    console.hub.tick(console.shown())
    assert (await _next(screen))["v"] == []


async def test_no_screen_can_ask_for_more_points_than_the_most(
    console: Console, screen: Subscription
) -> None:
    many = [f"no.such.{i}" for i in range(MOST_POINTS)] + ["nanshan.level"]
    assert await _order(console, screen, many) == ["nanshan.level"]


async def test_alarm_news_is_merged_and_never_replaced_by_values(
    house: House, console: Console, screen: Subscription
) -> None:
    await _order(console, screen, ["nanshan.level"])
    first = await house.desk.ring("network_low", "north_01.pressure", 0.13, 0.14)
    second = await house.desk.ring("network_low", "north_02.pressure", 0.12, 0.14)
    learn(console, [await house.desk.get(first)])
    learn(console, [await house.desk.get(second)])
    console.hub.tick(console.shown())
    news = (await _next(screen))["alarms"]
    assert {alarm["id"] for alarm in news["changed"]} == {first, second}
    assert news["counts"]["2"] == {"active": 2, "unacknowledged": 2}
    assert "v" in await _next(screen)


async def test_in_a_flood_the_page_is_told_to_fetch_the_list_A1(
    house: House, console: Console, screen: Subscription
) -> None:
    for i in range(MOST_NEWS + 1):
        await house.desk.ring("network_low", f"flood_{i}", 0.1, 0.14)
    learn(console, (await house.desk.list(limit=1000)).items)
    news = (await _next(screen))["alarms"]
    assert news["changed"] is None
    assert news["counts"]["2"]["active"] == MOST_NEWS + 1


async def test_nothing_is_sent_once_the_login_has_ended(
    console: Console, screen: Subscription
) -> None:
    other = console.hub.join("another-login")
    console.hub.end(frozenset({"a-login"}))
    assert await screen.next() is None
    console.hub.choose(other, [])
    assert (await _next(other))["order"] == []


async def test_readings_on_the_bus_reach_the_snapshot(
    house: House, console: Console, eventually: Callable[..., Any]
) -> None:
    readings = house.bus.subscribe("console", capacity=8, overflow=Overflow.DROP_OLDEST)
    task = asyncio.create_task(follow_readings(console, readings))
    await house.read({"nanshan.level": 4.5})
    index = house.plan.points.index("nanshan.level")
    await eventually(lambda: console.shown().value[index] == 4.5, "the level is shown")
    assert readings.waiting == 0
    task.cancel()


class AwayStore:
    """A store on another machine that cannot be reached until a test says so."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.back = False

    async def latest(self, points: NDArray[np.int32]) -> Batch:
        if not self.back:
            raise StoreError("the store is away")
        return await self.inner.latest(points)


async def test_live_values_are_shown_while_the_store_is_away(
    house: House, console: Console, eventually: Callable[..., Any]
) -> None:
    await house.read({"north_01.pressure": 0.3}, ago_s=5.0)
    store = AwayStore(house.store)
    ports = replace(console.ports, store=store)  # type: ignore[arg-type]  # latest is all it needs
    console = replace(console, ports=ports)
    level, pressure = (house.plan.points.index(n) for n in ("nanshan.level", "north_01.pressure"))
    task = asyncio.create_task(follow(console))
    await asyncio.sleep(0)
    await house.read({"nanshan.level": 4.5})
    await eventually(lambda: console.shown().value[level] == 4.5, "the level is shown")
    assert np.isnan(console.shown().value[pressure])
    store.back = True
    await eventually(lambda: console.shown().value[pressure] == 0.3, "the past is known")
    task.cancel()


async def test_alarm_changes_reach_the_board(
    house: House, console: Console, eventually: Callable[..., Any]
) -> None:
    task = asyncio.create_task(follow_alarms(console, house.desk.changes("console")))
    await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14, priority=Priority.LOW)
    await eventually(lambda: console.board.counts()["4"]["active"], "the board knows it")
    task.cancel()


async def test_a_lost_alarm_change_is_made_up_for(
    house: House, console: Console, eventually: Callable[..., Any]
) -> None:
    over = await house.desk.ring("network_low", "north_01.pressure", 0.1, 0.14)
    learn(console, [await house.desk.get(over)])
    await house.desk.acknowledge(over, version=1, user="王丽")
    await house.desk.clear(over)
    new = await house.desk.ring("network_low", "north_02.pressure", 0.1, 0.14)
    task = asyncio.create_task(compare_alarms(console))
    await eventually(
        lambda: [alarm.id for alarm in console.board.alarms()] == [new], "the board is right"
    )
    task.cancel()
