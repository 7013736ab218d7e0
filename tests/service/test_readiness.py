"""Ready means: readings are kept, alarms are kept, and both will be found again."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from historian.errors import JournalWriteError
from historian.journal.disk import Disk
from historian.journal.journal import Journal
from records.errors import RecordsUnavailableError
from records.opening import open_records
from service.status import readiness
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


async def test_a_deleted_records_file_is_told(plant: Plant) -> None:
    plant.file.unlink()
    assert "was deleted" in plant.wrong()["records"]
