"""What the page learns of the files that hold the readings, and of what keeps them from growing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.ports import SinkCondition, SinkRow
from historian.embedded.store import EmbeddedStore
from historian.errors import StoreError
from historian.journal.journal import Journal
from service.history import EMBEDDED, History
from tests.historian.making import entry, numbered_table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

POINTS = numbered_table(2)


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    """A city that keeps its readings in the embedded store only."""
    store = EmbeddedStore(tmp_path / "store", POINTS)
    journal = Journal(tmp_path / "journal", POINTS)
    yield History(journal, store, None, store)
    journal.close()
    await store.close()


async def test_the_page_learns_how_much_the_embedded_store_holds(
    history: History, tmp_path: Path
) -> None:
    assert history.embedded is not None
    assert (history.state().stored_bytes, history.state().segments) == (0, 0)
    await history.embedded.append([entry(1, [0, 1], 0, 0.3)])
    await history.embedded.flush()
    (file,) = (tmp_path / "store" / "segments").iterdir()
    state = history.state(backup_ns=17)
    assert (state.stored_bytes, state.segments) == (file.stat().st_size, 1)
    assert (state.quarantined, state.backup_ns) == (0, 17)


async def test_the_page_learns_why_the_embedded_store_takes_nothing_S3(
    history: History, tmp_path: Path
) -> None:
    assert history.embedded is not None
    await history.embedded.append([entry(1, [0], 0, 0.3)])
    segments = tmp_path / "store" / "segments"
    segments.rename(tmp_path / "gone")
    with pytest.raises(StoreError) as caught:
        await history.embedded.flush()
    (row,) = history.sinks()
    assert row == SinkRow(EMBEDDED, SinkCondition.RETRYING, str(caught.value))
    (tmp_path / "gone").rename(segments)
    await history.embedded.flush()
    (row,) = history.sinks()
    assert row == SinkRow(EMBEDDED)
