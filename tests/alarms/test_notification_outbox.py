"""Notifications: journalled, sent at least once, in order, and no channel waits for another."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from alarms.alarm import AlarmChange, Ringing, happened, rang
from alarms.lifecycle import Trigger
from alarms.notify.channels import open_channels
from alarms.notify.notifier import Delivered, MemoryNotifier, Never, Notification, Receipt, Retry
from alarms.notify.outbox import Channel, Outbox
from alarms.settings import AlarmSettings, Priority, WebhookSettings
from records.opening import Records, open_records
from telemetry.clock import VirtualClock
from tests.alarms.control_room import ControlRoom, until
from tests.alarms.receiver import Receiver
from tests.alarms.town import at, reading, rule, views

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

RULES = (rule(), rule(name="other"))


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with open_records(tmp_path / "records.db") as opened:
        yield opened


def raised(seconds: float = 0, rule_name: str = "low_pressure", priority: int = 3) -> AlarmChange:
    what = Ringing(rule_name, "n1.pressure", "low", priority, 0.18, 0.1)
    return rang(what, None, Trigger.BEGINS, at(seconds))


def cleared(change: AlarmChange, seconds: float) -> AlarmChange:
    return happened(change.after, Trigger.CEASES, at(seconds), 0.3)


def channel(name: str, notifier: Any, **facts: Any) -> Channel:
    return Channel(name, notifier, **({"first_retry_s": 10, "most_retry_s": 40} | facts))


@asynccontextmanager
async def serving(outbox: Outbox) -> AsyncIterator[None]:
    task = asyncio.create_task(outbox.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def make(records: Records, *channels: Channel) -> tuple[Outbox, VirtualClock]:
    clock = VirtualClock()
    return Outbox(records.outbox, channels, views(*RULES), clock), clock


def ids(notifier: MemoryNotifier) -> list[list[str]]:
    return [[alert.id for alert in sent.alerts] for sent in notifier.sent]


def ends(notifier: MemoryNotifier) -> list[list[bool]]:
    return [[alert.ends_ns is not None for alert in sent.alerts] for sent in notifier.sent]


async def test_change_is_sent_once(records: Records) -> None:
    duty = MemoryNotifier()
    outbox, _ = make(records, channel("duty", duty))
    async with serving(outbox):
        change = raised()
        outbox.post([change])
        outbox.post([change])
        outbox.wake()
        await until(lambda: records.outbox.waiting("duty") == 0, "all is sent")
    assert ids(duty) == [[f"{change.after.id}.000001.0"]]


async def test_alarms_of_one_instant_go_together_a_hundred_at_most_A1(records: Records) -> None:
    duty = MemoryNotifier()
    outbox, _ = make(records, channel("duty", duty))
    outbox.post([raised(n) for n in range(130)] + [raised(n, "other") for n in range(5)])
    async with serving(outbox):
        await until(lambda: records.outbox.waiting("duty") == 0, "all is sent")
    assert sorted(len(sent.alerts) for sent in duty.sent) == [5, 30, 100]
    assert {sent.group for sent in duty.sent} == {"low_pressure", "other"}
    assert all(
        {alert.labels["alertname"] for alert in sent.alerts} == {sent.group} for sent in duty.sent
    )


async def test_failed_message_comes_again_under_the_same_id(records: Records) -> None:
    duty = MemoryNotifier(answers=[Retry("busy"), Retry("busy")])
    outbox, clock = make(records, channel("duty", duty))
    outbox.post([raised()])
    async with serving(outbox):
        await _until_pausing(clock)
        await clock.advance(4)
        assert len(duty.sent) == 1
        await clock.advance(6)
        await until(lambda: len(duty.sent) == 2, "it was tried again")
        await _until_pausing(clock)
        await clock.advance(20)
        await until(lambda: records.outbox.waiting("duty") == 0, "it is sent")
    assert len({sent.id for sent in duty.sent}) == 1
    assert len(duty.sent) == 3


async def _until_pausing(clock: VirtualClock) -> None:
    await until(lambda: clock._sleepers, "the channel pauses")


async def test_end_is_never_told_before_the_beginning(records: Records) -> None:
    duty = MemoryNotifier(answers=[Retry("down")])
    outbox, clock = make(records, channel("duty", duty))
    begin = raised()
    outbox.post([begin])
    async with serving(outbox):
        await _until_pausing(clock)
        outbox.post([cleared(begin, 5)])
        outbox.wake()
        await clock.advance(12)
        await until(lambda: records.outbox.waiting("duty") == 0, "all is sent")
    assert ends(duty) == [[False], [False, True]]


async def test_dead_channel_does_not_hold_up_the_others_A3(records: Records) -> None:
    class Hanging:
        async def send(self, notification: Notification) -> Receipt:
            await asyncio.Event().wait()
            return Delivered()

    duty = MemoryNotifier()
    outbox, _ = make(records, channel("hanging", Hanging()), channel("duty", duty))
    outbox.post([raised()])
    async with serving(outbox):
        await until(lambda: records.outbox.waiting("duty") == 0, "the living channel has sent")
        assert records.outbox.waiting("hanging") == 1


async def test_failing_channel_is_visible_A4(records: Records) -> None:
    duty = MemoryNotifier(answers=[Retry("quota gone")])
    outbox, clock = make(records, channel("duty", duty))
    outbox.post([raised()])
    async with serving(outbox):
        await _until_pausing(clock)
        (status,) = await outbox.status()
        assert (status.waiting, status.failures, status.reason) == (1, 1, "quota gone")
        assert status.failing_since_ns == clock.now()
        await clock.advance(12)
        await until(lambda: outbox._desks[0].delivered, "it is delivered")
        (status,) = await outbox.status()
        assert (status.delivered, status.failures, status.reason) == (1, 0, None)


async def test_refused_message_is_counted_and_the_next_is_sent(records: Records) -> None:
    duty = MemoryNotifier(answers=[Never("HTTP 400")])
    outbox, clock = make(records, channel("duty", duty))
    async with serving(outbox):
        outbox.post([raised()])
        outbox.wake()
        await until(lambda: records.outbox.waiting("duty") == 0, "it is given up")
        outbox.post([raised(1)])
        outbox.wake()
        await until(lambda: outbox._desks[0].delivered, "it is delivered")
    (status,) = await outbox.status()
    assert (status.refused, len(duty.sent), clock.monotonic()) == (1, 2, 0.0)


async def test_message_is_given_up_in_the_end(records: Records) -> None:
    duty = MemoryNotifier(answers=[Retry("down")] * 50)
    outbox, clock = make(records, channel("duty", duty, give_up_s=30))
    outbox.post([raised()])
    async with serving(outbox):
        while not outbox._desks[0].refused:
            await _until_pausing(clock)
            await clock.advance(10)
    assert records.outbox.waiting("duty") == 0
    assert clock.monotonic() > 30
    assert 2 <= len(duty.sent) <= 6


async def test_less_urgent_alarms_do_not_reach_the_channel(records: Records) -> None:
    duty, everyone = MemoryNotifier(), MemoryNotifier()
    outbox, _ = make(
        records,
        channel("duty", duty, least_priority=Priority.HIGH),
        channel("everyone", everyone),
    )
    outbox.post([raised(priority=3), raised(1, priority=1)])
    async with serving(outbox):
        await until(lambda: records.outbox.waiting("everyone") == 0, "all is sent")
        await until(lambda: records.outbox.waiting("duty") == 0, "all is sent")
    assert [len(alerts) for alerts in ids(duty)] == [1]
    assert [len(alerts) for alerts in ids(everyone)] == [2]


# -- crashes


async def test_crash_between_sending_and_settling_sends_again_under_one_id_A5(
    records: Records,
) -> None:
    class Dying(MemoryNotifier):
        async def send(self, notification: Notification) -> Receipt:
            await MemoryNotifier.send(self, notification)
            await asyncio.Event().wait()  # sent, and the process dies before it learns so
            return Delivered()

    before, after = Dying(), MemoryNotifier()
    outbox, _ = make(records, channel("duty", before))
    outbox.post([raised()])
    async with serving(outbox):
        await until(lambda: before.sent, "it is sent")
    outbox, _ = make(records, channel("duty", after))
    async with serving(outbox):
        await until(lambda: records.outbox.waiting("duty") == 0, "it is sent again")
    assert ids(after) == ids(before)
    assert after.sent[0].id == before.sent[0].id


class CrashError(Exception):
    """The process dies."""


class DeadOutbox(Outbox):
    """Dies between journalling an alarm and its notification."""

    def post(self, changes: object) -> None:
        raise CrashError


async def test_crash_between_alarm_and_notification_never_means_none_A5(records: Records) -> None:
    duty = MemoryNotifier()
    clock = VirtualClock()
    good = Outbox(records.outbox, [channel("duty", duty)], views(*RULES), clock)
    room = ControlRoom((rule(),), journal=records.alarms, notices=good, clock=clock)
    async with room.open():
        await room.see(0, 0.3)

    room.notices = DeadOutbox(records.outbox, [channel("duty", duty)], views(*RULES), clock)
    task = await room.start()
    await room.clock.advance(1)
    room.seconds = 1
    await room.publish(reading(1, 0.1))
    with pytest.raises(ExceptionGroup):
        await task
    assert len(records.alarms.open_alarms()) == 1
    assert records.outbox.waiting("duty") == 0

    room.notices = good
    async with room.open(), serving(good):
        await until(lambda: duty.sent, "the alarm is announced after all")
        await until(lambda: records.outbox.waiting("duty") == 0, "it is settled")
    (alarm,) = records.alarms.open_alarms()
    assert ids(duty) == [[f"{alarm.id}.000001.0"]]


async def test_alarm_reaches_the_receiver_and_so_does_its_end(records: Records) -> None:
    async with Receiver().listening() as receiver:
        settings = AlarmSettings(
            rules=(rule(),),
            webhooks=(WebhookSettings(name="duty", url=receiver.url, allow_private=True),),
        )
        clock = VirtualClock()
        outbox = Outbox(
            records.outbox, open_channels(settings, "http://console"), views(*RULES), clock
        )
        room = ControlRoom((rule(),), journal=records.alarms, notices=outbox, clock=clock)
        async with room.open(), serving(outbox):
            await room.see(0, 0.1)
            await until(lambda: len(receiver.received) == 1, "the alarm is received")
            await room.see(15, 0.3)
            await until(lambda: len(receiver.received) == 2, "its end is received")
        first, second = (got.json for got in receiver.received)
        assert (first["status"], second["status"]) == ("firing", "resolved")
        assert first["receiver"] == "duty"
        assert first["alerts"][0]["fingerprint"] == second["alerts"][0]["fingerprint"]
        assert first["alerts"][0]["startsAt"] == second["alerts"][0]["startsAt"]
        assert second["alerts"][0]["endsAt"] == "2026-01-01T00:00:15Z"
