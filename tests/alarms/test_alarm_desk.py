"""What an operator sees and does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from alarms.acknowledgement import Acknowledged, Conflict, NotFound, NothingToAcknowledge
from alarms.desk import MOST_ROWS
from alarms.settings import Priority
from records.alarm_rows import AlarmFilter, AlarmState
from records.errors import CursorError, UnknownAlarmError
from telemetry.text import Text
from tests.alarms.control_room import ControlRoom
from tests.alarms.test_alarm_engine import Moody
from tests.alarms.town import rule, stale_rule

if TYPE_CHECKING:
    from alarms.desk import AlarmDesk


async def test_alarm_is_told_in_both_languages() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.1234)
        alarm = await room.only()
        assert alarm.text == Text("测压点n1点n1.pressure压力0.123MPa", "Node n1: 0.123 MPa < 0.180")
        assert alarm.advice == Text("查看测压点n1", "Look at Node n1")
        assert (alarm.site, alarm.zone, alarm.unit) == ("n1", "south", "MPa")
        assert (alarm.priority, alarm.level.value, alarm.limit) == (Priority.MEDIUM, "low", 0.18)


async def test_stale_alarm_tells_ages_in_seconds() -> None:
    silent = stale_rule(after_s=30, title={"zh": "{value}{unit}", "en": "{value} {unit} > {limit}"})
    room = ControlRoom((silent,))
    async with room.open():
        await room.advance_to(31)
        assert (await room.alarms())[0].text.en == "31 s > 30"


async def test_two_operators_acknowledge_at_once_and_one_wins_A6() -> None:
    room = ControlRoom((rule(),))
    async with room.open() as desk:
        await room.see(0, 0.1)
        alarm = await room.only()
        answers = await asyncio.gather(
            desk.acknowledge(alarm.id, version=1, user="li", note="going"),
            desk.acknowledge(alarm.id, version=1, user="wang", note="me too"),
        )
        won = [a for a in answers if isinstance(a, Acknowledged)]
        lost = [a for a in answers if isinstance(a, NothingToAcknowledge)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].row.acknowledged_by == won[0].row.acknowledged_by == "li"
        assert lost[0].row.note == "going"


async def test_stale_version_learns_how_the_alarm_stands_A6() -> None:
    room = ControlRoom((rule(low_low={"value": 0.14, "priority": "high"}),))
    async with room.open() as desk:
        await room.see(0, 0.16)
        await room.see(15, 0.1)
        alarm = await room.only()
        answer = await desk.acknowledge(alarm.id, version=1, user="li")
        assert isinstance(answer, Conflict)
        assert (answer.row.version, answer.row.level) == (2, "low_low")
        assert (await room.only()).state is AlarmState.ACTIVE_UNACKNOWLEDGED


async def test_alarm_that_is_normal_again_needs_nobody_A6() -> None:
    room = ControlRoom((rule(),))
    async with room.open() as desk:
        await room.see(0, 0.1)
        alarm = await room.only()
        await desk.acknowledge(alarm.id, version=1, user="li")
        await room.see(15, 0.3)
        answer = await desk.acknowledge(alarm.id, version=3, user="wang")
        assert isinstance(answer, NothingToAcknowledge)
        assert answer.row.state is AlarmState.NORMAL


async def test_unknown_alarm_is_not_found() -> None:
    async with ControlRoom((rule(),)).open() as desk:
        assert await desk.acknowledge("nothing", version=1, user="li") == NotFound()
        with pytest.raises(UnknownAlarmError):
            await desk.get("nothing")


async def test_failed_journal_leaves_the_alarm_as_it_was_A6() -> None:
    journal = Moody()
    room = ControlRoom((rule(),), journal=journal)
    async with room.open() as desk:
        await room.see(0, 0.1)
        alarm = await room.only()
        journal.full = True
        with pytest.raises(Exception, match="the disk is full"):
            await desk.acknowledge(alarm.id, version=1, user="li")
        journal.full = False
        assert await room.only() == alarm
        again = asyncio.create_task(desk.acknowledge(alarm.id, version=1, user="li"))
        await room.clock.advance(40)  # the pauses between attempts are shorter than this
        assert isinstance(await again, Acknowledged)


async def test_operator_who_leaves_in_the_middle_breaks_nothing() -> None:
    room = ControlRoom((rule(),))
    async with room.open() as desk:
        await room.see(0, 0.1)
        alarm = await room.only()
        asked = asyncio.create_task(desk.acknowledge(alarm.id, version=1, user="li"))
        await asyncio.sleep(0)
        asked.cancel()
        answer = await desk.acknowledge(alarm.id, version=1, user="wang")
        assert isinstance(answer, Acknowledged | NothingToAcknowledge)
        await room.see(15, 0.3)
        assert [event for _, event, _ in room.history()] == [
            "raised",
            "acknowledged",
            "cleared",
        ]


async def test_counts_are_by_priority() -> None:
    room = ControlRoom((rule(), rule(name="network", low={"value": 0.14, "priority": "critical"})))
    async with room.open() as desk:
        await room.see(0, 0.1)
        assert dict(desk.counts().unacknowledged) == {
            Priority.CRITICAL: 1,
            Priority.HIGH: 0,
            Priority.MEDIUM: 1,
            Priority.LOW: 0,
        }
        first = (await room.alarms())[0]
        await desk.acknowledge(first.id, version=1, user="li")
        assert sum(desk.counts().unacknowledged.values()) == 1
        assert desk.counts().acknowledged[first.priority] == 1


async def _pages(desk: AlarmDesk, limit: int) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = await desk.list(AlarmFilter.ALL, limit, cursor)
        assert len(page.items) <= max(1, limit)
        found += [alarm.id for alarm in page.items]
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [0, 1, 3, 100, MOST_ROWS * 10])
async def test_list_comes_in_pages_newest_first(limit: int) -> None:
    room = ControlRoom((rule(),))
    async with room.open() as desk:
        for n in range(4):
            await room.see(n, 0.1, of=n)
        rows = await _pages(desk, limit)
        assert rows == [
            alarm.id for alarm in reversed(sorted(await room.alarms(), key=lambda a: a.since_ns))
        ]


async def test_foreign_cursor_is_refused() -> None:
    async with ControlRoom((rule(),)).open() as desk:
        with pytest.raises(CursorError):
            await desk.list(cursor="nonsense")
