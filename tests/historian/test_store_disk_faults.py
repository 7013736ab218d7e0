"""A disk that fails delays what the store writes; it costs nothing and memory stays bounded."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from historian.embedded.parquet import FileCalls
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
    """Forces nothing to disk, or fails with an error of the test's choice.

    Attributes:
        error: what fails from now on; 0 for nothing.
        only: which call fails, of ``sync``, ``sync_names``, ``rename`` and ``remove``.
    """

    def __init__(self, only: str = "sync") -> None:
        self.error = 0
        self.failures = 0
        self.only = only

    @property
    def calls(self) -> FileCalls:
        return FileCalls(
            sync=lambda _: self._may_fail("sync"),
            sync_names=lambda _: self._may_fail("sync_names"),
            rename=self._rename,
            remove=self._remove,
        )

    def _rename(self, path: Path, target: Path) -> None:
        self._may_fail("rename")
        path.rename(target)

    def _remove(self, path: Path) -> None:
        self._may_fail("remove")
        path.unlink(missing_ok=True)

    def _may_fail(self, call: str) -> None:
        if self.error and call == self.only:
            self.failures += 1
            raise OSError(self.error, os.strerror(self.error))


FAULTS = [
    pytest.param(errno.ENOSPC, id="S3-no-space"),
    pytest.param(errno.EIO, id="S4-io-error"),
]


CALLS = ["sync", "sync_names", "rename"]


@pytest.mark.parametrize("only", CALLS)
@pytest.mark.parametrize("code", FAULTS)
async def test_a_segment_that_could_not_be_forced_or_named_is_not_called_written(
    place: Place, code: int, only: str
) -> None:
    disk = MoodyDisk(only)
    store = place.open(calls=disk.calls)
    await store.append([entry(1, [0], 0, 1)])
    disk.error = code
    with pytest.raises(StoreError, match="cannot be written"):
        await store.flush()
    assert (store.through, list(place.segments.iterdir())) == (0, [])
    assert store.problem is not None
    assert await values(store) == [1]
    disk.error = 0
    await store.flush()
    assert store.through == 1
    assert not store.problem
    await store.close()
    assert await values(place.open()) == [1]


@pytest.mark.parametrize("only", CALLS)
@pytest.mark.parametrize("code", FAULTS)
async def test_upkeep_that_fails_changes_nothing_and_leaves_nothing(
    place: Place, code: int, only: str
) -> None:
    disk = MoodyDisk(only)
    store = place.open(calls=disk.calls, sizes=Sizes(fan_in=2, rows_per_file=2))
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


async def test_a_flush_that_is_given_up_is_not_written_a_second_time_S10(place: Place) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        begun.set()
        go_on.wait(20)

    store = place.open(calls=FileCalls(sync=hold))
    await store.append([entry(1, [0], 0, 1)])
    flushing = asyncio.create_task(store.flush())
    await asyncio.to_thread(begun.wait, 20)
    flushing.cancel()
    await asyncio.gather(flushing, return_exceptions=True)
    again = asyncio.create_task(store.flush())
    go_on.set()
    await again
    assert store.through == 1
    assert len(place.files()) == 1


@pytest.mark.parametrize("code", FAULTS)
async def test_files_that_cannot_be_removed_cost_only_their_space(place: Place, code: int) -> None:
    disk = MoodyDisk("remove")
    store = place.open(calls=disk.calls, sizes=Sizes(fan_in=2))
    for sequence in (1, 2):
        await store.append([entry(sequence, [0], sequence, sequence)])
        await store.flush()
    disk.error = code
    await merge_all(store)
    assert disk.failures == 2
    assert len(place.files()) == 3
    assert store.figures().segments == 1
    assert await values(store) == [1, 2]
    await store.append([entry(3, [0], 3, 3)])
    await store.flush()
    assert store.through == 3
    await store.close()
    store = place.open(calls=disk.calls)
    assert await values(store) == [1, 2, 3]
    await store.close()
    disk.error = 0
    store = place.open(calls=disk.calls)
    assert len(place.files()) == 2, "the next start tries again"
    assert await values(store) == [1, 2, 3]


async def test_figures_are_those_of_the_folder(place: Place) -> None:
    store = place.open(hot_s=1e-9, sizes=Sizes(fan_in=2))
    for sequence in (1, 2, 3):
        await store.append([entry(sequence, [0, 1], sequence, sequence)])
        await store.flush()
        await merge_all(store)
        on_disk = [path.stat().st_size for path in place.segments.iterdir()]
        assert (store.figures().bytes, store.figures().segments) == (sum(on_disk), len(on_disk))
    await store.close()
    store = place.open(hot_s=1e-9)
    assert store.figures().bytes == sum(on_disk)
    spoilt = place.segments / place.files("-l0-")[0]
    size = spoilt.stat().st_size
    spoilt.write_bytes(bytes(size))
    assert await values(store) == [1, 2]
    figures = store.figures()
    assert (figures.bytes, figures.segments, figures.quarantined) == (sum(on_disk) - size, 1, 1)


async def test_while_the_disk_fails_memory_is_bounded_and_the_journal_holds_the_rest_S3(
    tmp_path: Path,
) -> None:
    disk = MoodyDisk()
    disk.error = errno.ENOSPC
    store = EmbeddedStore(tmp_path / "s", POINTS, sizes=Sizes(segment_rows=100), calls=disk.calls)
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
