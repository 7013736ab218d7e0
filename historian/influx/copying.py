"""An InfluxDB as an end of a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.entry import Entry
from historian.influx.questions import Questions, counts_from
from historian.queries import RangeQuery
from telemetry.batch import Batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from historian.influx.opening import Influx
    from historian.influx.store import InfluxStore

_EVERYTHING = 2**31


class InfluxSource:
    """Reads from an InfluxDB.

    Args:
        store: asks the questions.
    """

    def __init__(self, store: InfluxStore) -> None:
        self._store = store

    async def samples(self, points: NDArray[np.int32], start: int, end: int) -> Batch:
        """See :class:`historian.copying.Source`."""
        parts = []
        for point in points.tolist():
            series = await self._store.query(RangeQuery(point, start, end, _EVERYTHING))
            column = np.full(len(series), point, dtype=np.int32)
            parts.append(Batch(column, series.time, series.value, series.quality))
        return Batch.concat(parts)


class InfluxDestination:
    """Writes to an InfluxDB, however long that takes.

    Args:
        influx: the server.
    """

    def __init__(self, influx: Influx) -> None:
        self._client = influx.client
        self._writer = influx.writer
        self._names = influx.names
        self._questions = Questions(influx.client.settings)

    async def write(self, batch: Batch) -> int:
        """See :class:`historian.copying.Destination`."""
        refused = 0
        step = self._writer.lot_rows
        for row in range(0, len(batch), step):
            lot = batch.take(np.arange(row, min(row + step, len(batch))))
            refused += sum((await self._writer.deliver([Entry(1, "copy", lot)])).values())
        return refused

    async def settle(self) -> None:
        """What the server has answered for is safe as far as it is with that server."""

    async def counts(self, points: NDArray[np.int32], start: int, end: int) -> NDArray[np.int64]:
        """See :class:`historian.copying.Destination`."""
        names = [self._names[point] for point in points.tolist()]
        found: dict[str, int] = {}
        for measurement in sorted({name.measurement for name in names}):
            (tables,) = await self._client.ask(self._questions.counts(measurement, start, end))
            found.update(counts_from(tables))
        return np.array([found.get(name.point, 0) for name in names], dtype=np.int64)
