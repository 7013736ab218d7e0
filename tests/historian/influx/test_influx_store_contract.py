"""InfluxDB 1.6.7 behind the seam of stores keeps what every store promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from historian.influx.opening import open_influx
from historian.naming import series_names
from telemetry.clock import RealClock
from tests.historian.benches import POINTS, Bench

# Every promise of the suite is collected here once more, over the fixture below.
from tests.historian.test_store_contract import *  # noqa: F403 - see above

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from historian.entry import Entry
    from historian.settings import InfluxSettings

pytestmark = pytest.mark.system

# The server remembers samples, not the numbers of the journal; after a restart it is the journal's
# mark that keeps redeliveries away, and what is redelivered goes on to the newest again.
NEEDS_THE_JOURNAL = (
    "test_a_redelivery_does_not_undo_a_correction",
    "test_what_a_store_calls_safe_never_goes_back",
)


class InfluxBench(Bench):
    """A database of its own; the store may be opened anew after everything it is given."""

    def __init__(self, settings: InfluxSettings, *, restarts: bool) -> None:
        self._settings = settings
        self._restarts = restarts
        self._open()
        super().__init__(self.store)

    def _open(self) -> None:
        names = series_names(POINTS, {})
        self._influx = open_influx(self._settings, names, clock=RealClock())
        self.store = self._influx.store

    async def give(self, *entries: Entry) -> int:
        through = await super().give(*entries)
        if self._restarts:
            await self.close()
            self._open()
        return through

    async def close(self) -> None:
        await self._influx.close()


@pytest.fixture(params=["open", "restarted"])  # type: ignore[no-redef] # the suite has its own
async def bench(
    request: pytest.FixtureRequest, database: InfluxSettings
) -> AsyncIterator[InfluxBench]:
    restarts = request.param == "restarted"
    if restarts and request.node.originalname in NEEDS_THE_JOURNAL:
        pytest.skip("after a restart this promise is kept by the journal's mark")
    bench = InfluxBench(database, restarts=restarts)
    yield bench
    await bench.close()
