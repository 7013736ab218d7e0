"""Ready means: readings are kept, alarms are kept, and both will be found again."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from console.ports import SinkCondition, SinkRow
from historian.errors import JournalWriteError
from historian.journal.disk import Disk
from historian.journal.figures import JournalFigures
from historian.journal.journal import Journal
from records.errors import RecordsUnavailableError
from records.opening import open_records
from service.status import history_state, readiness, sink_row
from telemetry.batch import Batch
from tests.alarms.control_room import ControlRoom, until
from tests.alarms.test_alarm_engine import Moody
from tests.alarms.town import POINTS, reading, rule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from console.ports import Readiness


class Plant:
    """An engine, a journal on a disk that may be full, and records."""

    def __init__(self, tmp_path: Path) -> None:
        self.full = False
        self.alarms = Moody()
        self.room = ControlRoom((rule(),), journal=self.alarms)
        self.journal = Journal(tmp_path / "journal", POINTS, disk=Disk(write=self._write))
        self.file = tmp_path / "records.sqlite"
        self.records = open_records(self.file)

    def _write(self, fd: int, data: bytes, position: int) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwrite(fd, data, position)

    def append(self) -> None:
        self.journal.append("test", Batch.of([0], 1, 0.3))

    def parts(self) -> Readiness:
        return readiness(self.room.engine, self.journal, self.records)

    def wrong(self) -> dict[str, str]:
        return {part: why for part, why in self.parts().parts.items() if why}

    def close(self) -> None:
        self.journal.close()
        self.records.close()


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    plant = Plant(tmp_path)
    async with plant.room.open():
        yield plant
    plant.close()


async def test_a_service_in_order_is_ready(plant: Plant) -> None:
    plant.append()
    assert plant.parts().ready


async def test_readings_that_find_no_room_are_told_until_they_do_S3(plant: Plant) -> None:
    plant.full = True
    with pytest.raises(JournalWriteError):
        plant.append()
    plant.journal.sync()  # forcing what was written before is no recovery
    assert list(plant.wrong()) == ["journal"]
    assert "No space left" in plant.wrong()["journal"]
    plant.full = False
    plant.append()
    plant.journal.sync()
    assert plant.parts().ready


async def test_alarms_that_cannot_be_kept_are_told_until_they_are_S3(plant: Plant) -> None:
    plant.alarms.full = True
    await plant.room.publish(reading(0, 0.1))
    await until(plant.wrong, "the failure is told")
    assert plant.wrong() == {"alarms": str(RecordsUnavailableError("the disk is full"))}
    plant.alarms.full = False
    await plant.room.clock.advance(40)
    await plant.room.dealt_with()
    assert plant.parts().ready


async def test_a_store_that_is_away_is_waited_for_and_one_that_refuses_is_told(
    plant: Plant,
) -> None:
    away = SinkRow("embedded", SinkCondition.RETRYING, "the disk is slow")
    refusing = SinkRow("influxdb", SinkCondition.REFUSED, "401: the token is refused")

    def wrong(*sinks: SinkRow) -> dict[str, str]:
        found = readiness(plant.room.engine, plant.journal, plant.records, sinks)
        return {part: why for part, why in found.parts.items() if why}

    assert wrong(away) == {}
    assert wrong(away, refusing) == {"store:influxdb": "401: the token is refused"}


MIB = 2**20


def figures(**more: int | float) -> JournalFigures:
    """A journal of 100 MiB that writes 1 MiB a second and has room for 60 MiB."""
    known = {
        "first": 1,
        "last": 9,
        "synced": 9,
        "bytes": 40 * MIB,
        "most_bytes": 100 * MIB,
        "free_bytes": 900 * MIB,
        "reserve_bytes": 32 * MIB,
        "whole_reserve_bytes": 32 * MIB,
        "growth_bytes_per_s": float(MIB),
    }
    waiting = {"store:embedded": 7, "alarms": 1}
    return JournalFigures(**{**known, **more}, waiting=waiting, backlog={})  # type: ignore[arg-type]  # numbers of both kinds


class Stored:
    """What an embedded store says of its files."""

    bytes = 5 * MIB
    segments = 3
    quarantined = 1


def test_the_page_learns_how_long_the_journal_holds_out_S3() -> None:
    state = history_state(figures(), [sink_row("embedded", figures())], Stored(), 17)
    assert (state.journal_bytes, state.journal_most_bytes) == (40 * MIB, 100 * MIB)
    assert state.seconds_left == pytest.approx(60.0)
    assert (state.stored_bytes, state.segments, state.quarantined) == (5 * MIB, 3, 1)
    assert (state.reserve_whole, state.backup_ns) == (True, 17)
    assert (state.filling, state.soon_full) == (False, False)


def test_a_journal_that_is_not_written_holds_out_for_ever() -> None:
    state = history_state(figures(growth_bytes_per_s=0.0), [])
    assert (state.seconds_left, state.stored_bytes, state.soon_full) == (None, None, False)


def test_a_store_that_takes_nothing_makes_a_short_journal_a_matter_for_somebody_S3() -> None:
    row = sink_row("embedded", figures(), "the disk is full")
    assert (row.condition, row.reason, row.waiting) == (
        SinkCondition.RETRYING,
        "the disk is full",
        7,
    )
    assert history_state(figures(), [row]).soon_full
    assert sink_row("embedded", figures(), "401", refused=True).condition is SinkCondition.REFUSED
    assert sink_row("influxdb", figures(), refused=True) == SinkRow("influxdb")


def test_a_reserve_that_is_broken_into_is_told_S3() -> None:
    assert not history_state(figures(reserve_bytes=MIB), []).reserve_whole


async def test_a_disk_that_left_no_room_for_the_reserve_is_told_S3(
    plant: Plant, tmp_path: Path
) -> None:
    def full(fd: int, begin: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    narrow = Journal(tmp_path / "narrow", POINTS, reserve_mib=1, disk=Disk(allocate=full))
    try:
        found = readiness(plant.room.engine, narrow, plant.records)
    finally:
        narrow.close()
    assert "lives on its reserve" in found.parts["journal"]


async def test_a_deleted_records_file_is_told(plant: Plant) -> None:
    plant.file.unlink()
    assert "was deleted" in plant.wrong()["records"]
