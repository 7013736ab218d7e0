"""A disk that fails delays what the store writes; it costs nothing and memory stays bounded."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from historian.embedded.parquet import Forcing
from historian.embedded.sizes import Sizes
from historian.embedded.store import EmbeddedStore
from historian.errors import StoreError, StoreFullError
from historian.filling import fill_store
from historian.journal.journal import Journal
from telemetry.accounting import Accounting
from telemetry.batch import Batch
from telemetry.clock import RealClock
from telemetry.supervision import Backoff
from tests.historian.making import NOON, SECOND, entry, until
from tests.historian.places import POINTS, by_minute, merge_all, sum_all, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.historian.places import Place


class MoodyDisk:
    """Forces nothing to disk, or fails with an error of the test's choice."""

    def __init__(self) -> None:
        self.error = 0
        self.failures = 0

    @property
    def calls(self) -> Forcing:
        return Forcing(sync=self._force, sync_names=self._force)

    def _force(self, _: object) -> None:
        if self.error:
            self.failures += 1
            raise OSError(self.error, os.strerror(self.error))


FAULTS = [
    pytest.param(errno.ENOSPC, id="S3-no-space"),
    pytest.param(errno.EIO, id="S4-io-error"),
]


@pytest.mark.parametrize("code", FAULTS)
async def test_a_segment_that_could_not_be_forced_is_not_called_written(
    place: Place, code: int
) -> None:
    disk = MoodyDisk()
    store = place.open(forcing=disk.calls)
    await store.append([entry(1, [0], 0, 1)])
    disk.error = code
    with pytest.raises(StoreError, match="cannot be written"):
        await store.flush()
    assert (store.through, place.files()) == (0, [])
    assert await values(store) == [1]
    disk.error = 0
    await store.flush()
    assert store.through == 1
    await store.close()
    assert await values(place.open()) == [1]


@pytest.mark.parametrize("code", FAULTS)
async def test_upkeep_that_fails_changes_nothing_and_leaves_nothing(
    place: Place, code: int
) -> None:
    disk = MoodyDisk()
    store = place.open(forcing=disk.calls, sizes=Sizes(fan_in=2, rows_per_file=2))
    for sequence in (1, 2):
        await store.append([entry(sequence, [0, 1, 2], sequence, sequence)])
        await store.flush()
    before = place.files()
    disk.error = code
    with pytest.raises(StoreError):
        await store.compact()
    with pytest.raises(StoreError):
        await store.summarise(NOON + 100_000 * SECOND)
    assert sorted(path.name for path in place.segments.iterdir()) == before
    disk.error = 0
    await merge_all(store)
    await sum_all(store)
    assert await values(store) == [1, 2]
    assert (await by_minute(store)).count[0] == 2


async def test_while_the_disk_fails_memory_is_bounded_and_the_journal_holds_the_rest_S3(
    tmp_path: Path,
) -> None:
    disk = MoodyDisk()
    disk.error = errno.ENOSPC
    store = EmbeddedStore(tmp_path / "s", POINTS, sizes=Sizes(segment_rows=100), forcing=disk.calls)
    journal = Journal(tmp_path / "journal", POINTS)
    accounting = Accounting()
    backoff = Backoff(first_s=0.001, most_s=0.002)
    filling = asyncio.create_task(
        fill_store("e", journal, store, accounting=accounting, clock=RealClock(), backoff=backoff)
    )
    for number in range(50):
        times = NOON + (10 * number + np.arange(10)) * SECOND
        journal.append("a", Batch.of([0] * 10, times, number))
    await until(lambda: disk.failures > 5)
    figures = accounting.figures()["store:e"]
    assert (figures.received, figures.stored, figures.buffered) == (500, 0, 500)
    assert store.taken <= 21, "twice a segment and the entry at hand"
    disk.error = 0
    await until(lambda: store.taken == 50)
    await store.flush()
    await until(lambda: accounting.figures()["store:e"].stored == 500)
    assert accounting.figures()["store:e"].missing == 0
    assert len(await values(store)) == 500
    filling.cancel()
    await store.close()
    journal.close()


async def test_a_folder_that_is_gone_for_a_while_costs_nothing_S3(place: Place) -> None:
    store = place.open()
    await store.append([entry(1, [0], 0, 1)])
    place.segments.rename(place.path / "gone")
    with pytest.raises(StoreError, match="cannot be written"):
        await store.flush()
    await store.append([entry(2, [0], 1, 2)])
    assert await values(store) == [1, 2]
    (place.path / "gone").rename(place.segments)
    await store.flush()
    assert store.through == 1
    await store.flush()
    assert store.through == 2
    assert await values(store) == [1, 2]


@pytest.mark.system
async def test_a_full_disk_delays_a_segment_and_loses_nothing_S3(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    store = EmbeddedStore(small_disk / "store", POINTS)
    noise = np.random.default_rng(1).normal(size=20_000)
    await store.append([entry(1, [0] * 20_000, range(20_000), noise)])
    room = os.statvfs(small_disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - 60_000))
    with pytest.raises(StoreFullError, match="make room"):
        await store.flush()
    assert list((small_disk / "store" / "segments").iterdir()) == []
    assert store.through == 0
    ballast.unlink()
    await store.flush()
    assert store.through == 1
    assert await values(store) == noise.tolist()
    await store.close()


@pytest.mark.system
async def test_a_disk_too_full_for_the_catalogue_leaves_no_file_behind_S3(
    small_disk: Path,
) -> None:
    store = EmbeddedStore(small_disk / "store", POINTS)
    await store.append([entry(1, [0], 0, 1)])
    await store.flush()
    segments = small_disk / "store" / "segments"
    kept = sorted(path.name for path in segments.iterdir())
    room = os.statvfs(small_disk)
    # The segment fits, the catalogue's change behind it does not.
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - 8_192))
    await store.append([entry(2, [0], 1, 2)])
    with pytest.raises(StoreError):
        await store.flush()
    assert sorted(path.name for path in segments.iterdir()) == kept
    assert await values(store) == [1, 2]
    ballast.unlink()
    await store.flush()
    assert store.through == 2
    await store.close()
