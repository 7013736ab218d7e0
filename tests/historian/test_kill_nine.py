"""kill -9 at the moments that hurt: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from historian.embedded.store import EmbeddedStore
from historian.filling import fill_store
from historian.journal.journal import Journal
from historian.queries import RangeQuery
from telemetry.accounting import Accounting
from telemetry.clock import RealClock
from tests.historian.making import until
from tests.historian.writing_child import POINTS

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS = {
    "before-a-frame-is-written": "journal/writer.py:write:60",
    "after-a-frame-before-its-sync": "journal/writer.py:sync:60",
    "when-a-journal-segment-is-full": "journal/spool.py:_retire:1",
    "before-a-mark-is-saved": "journal/marks.py:save_mark:3",
    "before-passed-segments-go": "journal/spool.py:_pop_upto:90",
    "before-a-segment-is-written": "embedded/parquet.py:_copy:2",
    "after-a-segment-before-the-catalogue": "embedded/catalogue.py:replace:3",
    "after-the-catalogue": "embedded/segments.py:_load:4",
    "in-the-middle-of-merging": "embedded/parquet.py:of_points:2",
    "after-a-listing-before-replaced-files-go": "embedded/segments.py:_sweep:6",
}


@pytest.mark.system
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=[f"S5-{name}" for name in MOMENTS])
async def test_every_acknowledged_batch_is_there_once_after_kill_nine(
    tmp_path: Path, moment: str
) -> None:
    acknowledged = await asyncio.to_thread(_write_until_killed, tmp_path, moment)
    assert len(acknowledged) > 10
    store = EmbeddedStore(tmp_path / "store", POINTS)
    journal = Journal(tmp_path / "journal", POINTS, after=store.through)
    accounting = Accounting()
    loop = fill_store("e", journal, store, accounting=accounting, clock=RealClock())
    task = asyncio.create_task(loop)
    await asyncio.sleep(0)
    figures = accounting.figures()["store:e"]
    assert figures.received == figures.buffered
    await until(lambda: store.taken >= journal.last)
    series = await store.query(RangeQuery(0, 0, 2**62))
    found = series.value.tolist()
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= acknowledged[-1]
    await store.flush()
    await until(lambda: accounting.figures()["store:e"].buffered == 0)
    assert accounting.figures()["store:e"].missing == 0
    task.cancel()
    await store.close()
    journal.close()


def _write_until_killed(directory: Path, moment: str) -> list[int]:
    command = [sys.executable, "-m", "tests.historian.writing_child", str(directory), moment]
    child = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL
    return [int(line) for line in child.stdout.split()]
