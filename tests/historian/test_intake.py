"""The front door: what is refused, what is corrected, and that everything is counted."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from historian.errors import NotDurableError
from historian.intake import JournalledIntake
from historian.journal.disk import Disk
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.bus import LocalBus, Overflow
from telemetry.quality import Reason, bad, uncertain
from tests.historian.making import NOON, numbered_table, same_batches

if TYPE_CHECKING:
    from historian.journal.journal import Journal
    from telemetry.bus import LocalSubscription
    from tests.historian.conftest import JournalFolder

POINTS = numbered_table(10)


class Door:
    """An intake with all that stands around it."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.accounting = Accounting()
        bus: LocalBus[Batch] = LocalBus()
        self.bus: LocalSubscription[Batch] = bus.subscribe(
            "test", capacity=100, overflow=Overflow.DROP_OLDEST
        )
        self.intake = JournalledIntake(journal, bus, POINTS, self.accounting)

    def counted(self, origin: str = "modbus:lvyou") -> dict[str, int]:
        figures = self.accounting.figures()[origin]
        assert figures.missing == 0
        return {
            "received": figures.received,
            "stored": figures.stored,
            **figures.rejected,
            **figures.dropped,
        }


@pytest.fixture
def door(folder: JournalFolder) -> Door:
    return Door(folder.open())


async def test_a_batch_is_journalled_and_published_under_one_number(door: Door) -> None:
    given = Batch.of([1, 2], NOON, [0.1, 0.2], [0, uncertain(Reason.LATE)])
    sequence = await door.intake.accept("modbus:lvyou", given)
    delivery = await door.bus.receive()
    (entry,) = door.journal.read(1, 100)
    assert delivery.sequence == entry.sequence == sequence == 1
    assert entry.origin == "modbus:lvyou"
    assert same_batches(delivery.message, given)
    assert same_batches(entry.batch, given)
    assert door.counted() == {"received": 2, "stored": 2}


async def test_what_cannot_be_a_reading_is_refused_and_counted(door: Door) -> None:
    given = Batch.of([-1, 10, 1, 2, 3, 4], [NOON, 0, 0, -5, NOON, NOON], 0.5, [0, 0, 0, 0, 0xC0, 0])
    await door.intake.accept("modbus:lvyou", given)
    (entry,) = door.journal.read(1, 100)
    assert entry.batch.point.tolist() == [4]
    assert door.counted() == {
        "received": 6,
        "stored": 1,
        "unknown_point": 2,
        "time": 2,
        "quality": 1,
    }


async def test_what_is_no_number_becomes_bad_and_is_kept_M10(door: Door) -> None:
    codes = [0, uncertain(Reason.STALE), bad(Reason.SENSOR), bad(Reason.COMM), 0]
    given = Batch.of(range(5), NOON, [np.nan, np.inf, -np.inf, 0.7, 0.8], codes)
    await door.intake.accept("modbus:lvyou", given)
    (entry,) = door.journal.read(1, 100)
    nan = bad(Reason.NAN)
    assert entry.batch.quality.tolist() == [nan, nan, bad(Reason.SENSOR), bad(Reason.COMM), 0]
    np.testing.assert_array_equal(entry.batch.value, [np.nan, np.nan, np.nan, 0.7, 0.8])
    assert given.quality[0] == 0  # the collector's own arrays are left alone


async def test_a_batch_without_a_sound_sample_goes_nowhere(door: Door) -> None:
    sequence = await door.intake.accept("modbus:lvyou", Batch.of([99], NOON, 0.5))
    await door.intake.durable(sequence)
    assert door.journal.last == 0
    assert door.bus.waiting == 0


async def test_each_origin_has_its_account(door: Door) -> None:
    await door.intake.accept("modbus:lvyou", Batch.of([1], NOON, 0.5))
    await door.intake.accept("mqtt:meters", Batch.of([1, 2], NOON, 0.5))
    assert door.counted("modbus:lvyou")["stored"] == 1
    assert door.counted("mqtt:meters")["stored"] == 2


async def test_on_a_full_disk_readings_still_reach_the_alarms_S3(folder: JournalFolder) -> None:
    def full(fd: int, data: bytes, position: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    door = Door(folder.open(disk=Disk(write=full)))
    sequence = await door.intake.accept("modbus:lvyou", Batch.of([1, 2], NOON, 0.1))
    assert (await door.bus.receive()).sequence == sequence
    assert door.counted() == {"received": 2, "stored": 0, "disk_full": 2}
    with pytest.raises(NotDurableError):
        await door.intake.durable(sequence)
