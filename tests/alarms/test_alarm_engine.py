"""The running engine: nothing lost, nothing doubled, nothing shown before it is journalled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from alarms.acknowledgement import Acknowledged
from alarms.journal import MemoryAlarmJournal
from records.alarm_rows import AlarmFilter, AlarmRow, AlarmState, AlarmTransition
from records.errors import RecordsUnavailableError
from telemetry.batch import Batch
from telemetry.quality import Reason, bad
from tests.alarms.control_room import ControlRoom, until
from tests.alarms.town import at, bank, quality_rule, reading, rule, stale_rule

DELAYED = rule(on_delay_s=30)


class Moody(MemoryAlarmJournal):
    """A journal on a disk that can be full."""

    full = False
    tried = 0

    def append(self, transitions: Sequence[AlarmTransition]) -> list[AlarmRow]:
        self.tried += 1
        if self.full:
            raise RecordsUnavailableError("the disk is full")
        return super().append(transitions)


async def test_pressure_below_promise_rings_after_three_readings() -> None:
    room = ControlRoom((DELAYED,))
    async with room.open():
        await room.see(0, 0.15)
        await room.see(15, 0.15)
        assert await room.alarms() == []
        await room.see(30, 0.15)
        alarm = await room.only()
        assert (alarm.state, alarm.since_ns, alarm.value) == (
            AlarmState.ACTIVE_UNACKNOWLEDGED,
            at(30),
            0.15,
        )


async def test_alarm_clears_after_repair_and_ends_when_acknowledged() -> None:
    room = ControlRoom((rule(),))
    async with room.open() as desk:
        await room.see(0, 0.1)
        await room.see(15, 0.3)
        alarm = await room.only()
        assert (alarm.state, alarm.cleared_at_ns) == (AlarmState.CLEARED_UNACKNOWLEDGED, at(15))
        answer = await desk.acknowledge(alarm.id, version=alarm.version, user="li", note="ok")
        assert isinstance(answer, Acknowledged)
        assert answer.row.state is AlarmState.NORMAL
        assert await room.alarms(AlarmFilter.UNACKNOWLEDGED) == []


async def test_silence_rings_by_the_ticks_alone() -> None:
    room = ControlRoom((stale_rule(after_s=20, select={"points": ["n1.pressure"]}),))
    async with room.open():
        await room.see(5, 0.3)
        await room.advance_to(25)
        assert await room.alarms() == []
        await room.advance_to(26)
        assert (await room.only()).since_ns == at(25)


async def test_a_pause_of_the_process_is_no_silence_of_the_stations_S8() -> None:
    room = ControlRoom((stale_rule(after_s=20, select={"points": ["n1.pressure"]}),))
    async with room.open():
        await room.see(5, 0.3)
        await room.clock.advance(60, settle=0)  # nobody runs meanwhile
        room.seconds += 60
        await room.advance_to(80)
        assert await room.alarms() == []
        await room.advance_to(90)
        assert (await room.only()).since_ns > at(80)


def test_a_restart_is_no_silence_of_the_stations_S5() -> None:
    again = bank(stale_rule(after_s=20, select={"points": ["n1.pressure"]}), start_ns=at(300))
    again.state.newest[:] = at(10)  # as kept by the process before
    assert not len(again.tick(at(301)))
    assert not len(again.tick(at(320)))
    edges = again.tick(at(321))
    assert (edges.time.tolist(), edges.value.tolist()) == ([at(320)], [311.0])


async def test_lost_sensor_is_marked_on_the_alarm_A8() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.1)
        await room.see(15, float("nan"), quality=bad(Reason.COMM))
        await room.advance_to(17)
        alarm = await room.only()
        assert alarm.stale
        assert alarm.state is AlarmState.ACTIVE_UNACKNOWLEDGED
        await room.see(18, 0.1)
        await room.advance_to(20)
        assert not (await room.only()).stale


async def test_change_is_journalled_before_it_is_shown() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.1)
        delivery = await room.shown.receive()
        change = delivery.message
        assert room.journal.get(change.after.id) == change.after
        assert change.before is None
        assert change.transition.event.value == "raised"


async def test_full_disk_holds_alarms_back_and_loses_none_S3() -> None:
    journal = Moody()
    room = ControlRoom((rule(),), journal=journal)
    async with room.open():
        journal.full = True
        await room.publish(reading(0, 0.1))
        await until(lambda: journal.tried > 0, "the journal was tried")
        assert room.shown.waiting == 0
        assert room.readings.waiting == 1  # not acknowledged to the bus
        await room.publish(reading(1, 0.3))
        journal.full = False
        await room.clock.advance(40)  # the pauses between attempts are shorter than this
        await room.dealt_with()
        assert [event for _, event, _ in room.history()] == ["raised", "cleared"]
        assert room.shown.waiting == 2


async def test_gap_in_the_bus_is_read_from_the_journal() -> None:
    room = ControlRoom((rule(),), capacity=2)
    async with room.open():
        # All five come before the engine gets a turn; the bus keeps the last ones only.
        for seconds, value in enumerate([0.3, 0.1, 0.3, 0.1, 0.3]):
            await room.publish(reading(seconds, value))
        assert room.readings.lost
        room.seconds = 5
        await room.clock.advance(5)
        await room.dealt_with()
        assert [event for _, event, _ in room.history()] == [
            "raised",
            "cleared",
            "raised",
            "cleared",
        ]


async def test_faulty_rule_rings_and_the_others_work_A7() -> None:
    room = ControlRoom((rule(name="faulty", select={"zone": ["nowhere"]}), rule()))
    async with room.open():
        await room.see(0, 0.1)
        assert {(a.rule, a.level.value) for a in await room.alarms()} == {
            ("faulty", "rule_error"),
            ("low_pressure", "low"),
        }


async def test_flood_is_journalled_whole_A1() -> None:
    room = ControlRoom(
        tuple(rule(name=f"rule_{n}", low={"value": 0.2, "priority": "low"}) for n in range(500))
    )
    async with room.open():
        for second in range(5):
            points = [0, 1, 2, 3]
            value = 0.1 if second % 2 == 0 else 0.3
            await room.publish(Batch.of(points, at(second), value))
        room.seconds = 5
        await room.clock.advance(5)
        await room.dealt_with()
        assert len(room.transitions()) == 500 * 4 * 5


# -- restarts


async def test_pending_delay_goes_on_after_a_restart() -> None:
    room = ControlRoom((DELAYED,))
    async with room.open():
        await room.see(0, 0.15)
        await room.see(15, 0.15)
    async with room.open():
        await room.see(30, 0.15)
        assert (await room.only()).since_ns == at(30)


async def test_readings_before_the_restart_are_evaluated_after_it() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.3)
    # Journalled by the historian, but the process died before the engine saw it.
    room.backlog.add(reading(1, 0.1))
    room.seconds = 2
    await room.clock.advance(2)
    async with room.open():
        await room.engine_is_idle()
        assert (await room.only()).since_ns == at(1)


async def test_reading_that_waits_at_the_start_is_evaluated_once() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.3)
    # It stands in the historian's journal and on the bus when the engine begins.
    room.early = [reading(1, 0.1)]
    await room.clock.advance(1)
    async with room.open():
        await room.dealt_with()
        assert room.engine.bank.figures.samples == 1
        assert len(await room.alarms()) == 1


async def test_historian_that_began_anew_does_not_blind_the_alarms() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        for second in range(5):
            await room.see(second, 0.3)
    room.backlog.entries.clear()  # its folder was lost; numbers begin at 1 again
    async with room.open():
        await room.see(5, 0.1)
        assert len(await room.alarms()) == 1


async def test_active_alarm_is_neither_lost_nor_doubled_by_a_restart_S5() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.1)
    async with room.open() as desk:
        assert sum(desk.counts().unacknowledged.values()) == 1
        await room.see(15, 0.1)
        await room.see(30, 0.3)
    assert [event for _, event, _ in room.history()] == ["raised", "cleared"]


async def test_acknowledgement_survives_a_restart() -> None:
    room = ControlRoom((rule(),))
    async with room.open() as desk:
        await room.see(0, 0.1)
        alarm = await room.only()
        await desk.acknowledge(alarm.id, version=1, user="li", note=None)
    async with room.open():
        await room.see(15, 0.1)
        assert (await room.only()).acknowledged_by == "li"
        assert [event for _, event, _ in room.history()] == ["raised", "acknowledged"]


class StateLess(MemoryAlarmJournal):
    """Keeps the state only as long as it is told to: a crash loses what came after."""

    keeps = True

    def save_state(self, body: bytes) -> None:
        if self.keeps:
            super().save_state(body)


SERIES = [
    0.3,
    0.1,
    0.1,
    0.1,
    0.16,
    0.16,
    0.3,
    0.3,
    0.1,
    0.1,
    0.1,
    0.3,
    0.3,
    0.15,
    0.15,
    0.15,
    0.3,
    0.3,
]


@pytest.mark.parametrize("kept_at", [1, 3, 5, 9])
@pytest.mark.parametrize("crash_after", range(1, 8))
async def test_crash_at_any_reading_loses_and_doubles_nothing_S5(
    kept_at: int, crash_after: int
) -> None:
    rules = (rule(low_low={"value": 0.14, "priority": "high"}, on_delay_s=2, off_delay_s=1),)

    async def played(*stretches: int) -> list[AlarmTransition]:
        journal = StateLess()
        room = ControlRoom(rules, journal=journal)
        begin = 0
        for end in (*stretches, len(SERIES)):
            async with room.open():
                for second, value in enumerate(SERIES[begin:end], begin):
                    await room.see(second, value)
            # Only what the first process kept is there after the crash of the second.
            journal.keeps = False
            begin = end
        return room.transitions()

    whole = await played()
    assert [t.event.value for t in whole] == [
        "raised",
        "level_changed",
        "cleared",
        "raised",
        "cleared",
        "raised",
        "cleared",
    ]
    assert await played(kept_at, kept_at + crash_after) == whole


@pytest.mark.parametrize("kept_at", [1, 2], ids=["begun after", "begun before"])
async def test_alarm_that_ended_before_the_crash_is_not_doubled_S5(kept_at: int) -> None:
    journal = StateLess()
    room = ControlRoom((rule(),), journal=journal)
    series = [0.3, 0.1, 0.1, 0.3, 0.3]
    async with room.open():
        for second in range(kept_at):
            await room.see(second, series[second])
    journal.keeps = False
    async with room.open() as desk:
        for second in range(kept_at, 4):
            await room.see(second, series[second])
        ended = await room.only()
        await desk.acknowledge(ended.id, version=ended.version, user="li")
    async with room.open():
        await room.see(4, series[4])
    assert [event for _, event, _ in room.history()] == ["raised", "cleared", "acknowledged"]


async def test_unreadable_state_is_given_up_and_the_journal_believed() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.1)
    room.journal.save_state(b"PK\x03\x04 torn")
    async with room.open():
        await room.see(15, 0.1)
        await room.see(30, 0.3)
    assert [event for _, event, _ in room.history()] == ["raised", "cleared"]


async def test_alarms_of_a_removed_rule_are_retired_at_the_start() -> None:
    room = ControlRoom((rule(), quality_rule()))
    async with room.open():
        await room.see(0, 0.1)
    room.rules = (quality_rule(),)
    async with room.open():
        await room.engine_is_idle()
        await until(lambda: room.shown.waiting, "the change is shown")
        assert [event for _, event, _ in room.history()] == ["raised", "retired"]
        assert await room.alarms(AlarmFilter.ACTIVE) == []


async def test_raised_limit_rings_at_once_after_a_change_of_rules() -> None:
    room = ControlRoom((rule(),))
    async with room.open():
        await room.see(0, 0.2)
    room.rules = (rule(low={"value": 0.25, "priority": "high"}),)
    async with room.open():
        await room.see(15, 0.2)
        assert (await room.only()).limit == 0.25


async def test_state_is_kept_while_running() -> None:
    room = ControlRoom((DELAYED,), keep_s=5)
    async with room.open():
        await room.see(0, 0.15)
        await room.advance_to(6)
        await until(lambda: room.journal.load_state() is not None, "the state is kept")


async def _open_rows(room: ControlRoom) -> list[AlarmRow]:
    return await asyncio.to_thread(room.journal.open_alarms)
