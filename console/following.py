"""The console's loops: readings and alarms come in, a frame a second goes out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from console.api.alarms import item_of
from records.alarm_rows import AlarmFilter
from telemetry.bus import Overflow
from telemetry.supervision import keep_running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from alarms.alarm import AlarmChange
    from alarms.view import AlarmView
    from console.context import Console
    from console.ports import AlarmPort
    from telemetry.batch import Batch
    from telemetry.bus import Subscription

_WAITING_BATCHES = 256
_SECOND_S = 1.0
_COMPARE_S = 30.0
_PAGE = 1_000


async def follow(console: Console) -> None:
    """Keep the console's picture of the city up to date, for ever.

    Args:
        console: its parts.
    """
    # Subscribed before the past is asked for, so that nothing falls between.
    readings = console.ports.bus.subscribe(
        "console", capacity=_WAITING_BATCHES, overflow=Overflow.DROP_OLDEST
    )
    changes = console.ports.alarms.changes("console")
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(remember(console))
            tasks.create_task(follow_readings(console, readings))
            tasks.create_task(follow_alarms(console, changes))
            tasks.create_task(compare_alarms(console))
            tasks.create_task(beat(console))
    finally:
        readings.close()
        changes.close()


async def remember(console: Console) -> None:
    """Learn the past as soon as the store answers; what is live is shown meanwhile."""

    async def run(_: Callable[[], None]) -> None:
        await recall(console)

    await keep_running("newest stored readings", run, console.ports.wall)


async def recall(console: Console) -> None:
    """Learn the newest stored sample of every point, so that a restart shows them at once."""
    everything = np.arange(len(console.ports.plan.points), dtype=np.int32)
    newest = await console.ports.store.latest(everything)
    console.snapshot.take(newest.take(newest.time > 0))


async def follow_readings(console: Console, readings: Subscription[Batch]) -> None:
    """Take every batch into the snapshot."""
    while True:
        delivery = await readings.receive()
        console.snapshot.take(delivery.message)
        delivery.acknowledge()


async def follow_alarms(console: Console, changes: Subscription[AlarmChange]) -> None:
    """Take every alarm change onto the board and tell the screens."""
    while True:
        delivery = await changes.receive()
        learn(console, [console.ports.alarms.view(delivery.message.after)])
        delivery.acknowledge()


async def compare_alarms(console: Console) -> None:
    """Make up for changes that a full queue lost: now, and every half minute."""
    while True:
        found = await open_alarms(console.ports.alarms)
        gone = console.board.missing_from(alarm.id for alarm in found)
        learn(console, [*found, *[await console.ports.alarms.get(each) for each in gone]])
        await asyncio.sleep(_COMPARE_S)


async def open_alarms(desk: AlarmPort) -> list[AlarmView]:
    """Every alarm that is active or unacknowledged."""
    found: dict[str, AlarmView] = {}
    for state in (AlarmFilter.ACTIVE, AlarmFilter.UNACKNOWLEDGED):
        cursor = None
        while True:
            page = await desk.list(state, _PAGE, cursor)
            found.update((alarm.id, alarm) for alarm in page.items)
            cursor = page.next
            if cursor is None:
                break
    return list(found.values())


def learn(console: Console, alarms: Iterable[AlarmView]) -> None:
    """Take alarms onto the board; only news goes to the screens."""
    news = [alarm for alarm in alarms if console.board.take(alarm)]
    if news:
        items = {alarm.id: item_of(console, alarm).model_dump() for alarm in news}
        console.hub.announce(items, console.board.counts())


async def beat(console: Console) -> None:
    """Offer a frame to every screen once a real second, however fast the city's time runs."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        # A beat that could not be kept is left out: two frames at once help nobody.
        due = max(due + _SECOND_S, loop.time())
        await asyncio.sleep(due - loop.time())
        console.hub.tick(console.shown())
