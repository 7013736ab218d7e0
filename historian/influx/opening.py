"""Builds what belongs together for one InfluxDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from historian.influx.client import InfluxClient
from historian.influx.lines import LineEncoder
from historian.influx.quarantine import Quarantine
from historian.influx.store import InfluxStore
from historian.influx.writer import InfluxWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import httpx

    from historian.naming import SeriesName
    from historian.settings import InfluxSettings
    from telemetry.clock import Clock
    from telemetry.supervision import Backoff


@dataclass(frozen=True, slots=True, eq=False)
class Influx:
    """One InfluxDB.

    Attributes:
        names: the series of each point, by index.
        client: the connections, which the other two share.
        store: answers questions.
        writer: is fed from the journal.
    """

    names: tuple[SeriesName, ...]
    client: InfluxClient
    store: InfluxStore
    writer: InfluxWriter

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()


def open_influx(
    settings: InfluxSettings,
    names: Sequence[SeriesName],
    *,
    clock: Clock,
    quarantine: Path | None = None,
    backoff: Backoff | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Influx:
    """Prepare to talk to an InfluxDB; nothing is sent yet, the server may be away.

    Args:
        settings: which server.
        names: the series of each point, by index.
        clock: the machine's, also where the city's time runs faster.
        quarantine: file for lines that are refused for good; None keeps none.
        backoff: pauses after failures.
        transport: instead of the network, for tests.

    Raises:
        InfluxError: the address cannot be read.
        LineError: a point's name cannot be written.
    """
    client = InfluxClient(settings, transport)
    writer = InfluxWriter(
        client,
        LineEncoder(names),
        clock=clock,
        quarantine=Quarantine(quarantine),
        backoff=backoff,
    )
    return Influx(tuple(names), client, InfluxStore(client, writer, names), writer)
