"""Line protocol, in the same names as in InfluxDB, so that the file can be loaded into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from historian.errors import QueryError
from historian.influx.lines import LineEncoder
from historian.naming import SeriesName, series_names
from telemetry.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from historian.exporting.table import Table
    from historian.reading.city import CityFacts
    from historian.reading.facts import PointFacts


class LineText:
    """Makes line protocol of tables of readings.

    A BAD reading has no ``value``; what was received of it is in the other formats only.

    Args:
        facts: of each point, by number.
        city: where the points are.

    Raises:
        QueryError: nobody knows the kind of a point.
        LineError: a name cannot be written.
    """

    def __init__(self, facts: Mapping[int, PointFacts], city: CityFacts) -> None:
        self._numbers = np.array(sorted(facts), dtype=np.int32)
        self._encoder = LineEncoder([_name(facts[n], city) for n in self._numbers.tolist()])

    def header(self) -> bytes:
        """Line protocol has none."""
        return b""

    def encode(self, table: Table) -> bytes:
        """The lines of a table of readings."""
        if table.quality is None:
            raise QueryError("line protocol holds readings, not buckets: use csv or parquet")
        index = np.searchsorted(self._numbers, table.point).astype(np.int32)
        return self._encoder.encode(Batch(index, table.time, table.numbers["value"], table.quality))


def _name(facts: PointFacts, city: CityFacts) -> SeriesName:
    if facts.name in city.points:
        sites = {site.name: site for site in city.sites}
        return series_names([city.points.by_name(facts.name)], sites)[0]
    if not facts.kind:
        raise QueryError(
            f"point {facts.name!r} is not in the city's files any more and the store does not "
            "know its kind: leave it out, or write csv or parquet"
        )
    parts = facts.name.split(".")
    zone = next((site.zone for site in city.sites if site.name == parts[0]), "")
    return SeriesName(facts.kind, parts[0], ".".join(parts[1:-1]), facts.name, zone)
