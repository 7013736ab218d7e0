"""A link to nothing but memory: for tests, demonstrations and trying out rules."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from collectors.checks import judge, not_carried, refusal
from collectors.errors import ConnectError
from collectors.link import DecodedReading, Refused, Unknown, Written
from telemetry.addresses import Address
from telemetry.batch import Batch
from telemetry.quality import GOOD, Reason, bad

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.errors import LinkError
    from collectors.link import WriteOutcome
    from telemetry.clock import Clock
    from telemetry.devices import Channel
    from telemetry.points import PointTable


A = TypeVar("A", bound=Address)


class MemoryLink:
    """A device that exists in memory only.

    Args:
        channels: what it carries; addresses are not looked at.
        points: physical ranges and names.
        clock: stamps what is read.
        name: named in refusals.
    """

    def __init__(
        self,
        channels: Sequence[Channel[A]],
        points: PointTable,
        clock: Clock,
        name: str = "memory",
    ) -> None:
        self._writable = {channel.point: channel.writable for channel in channels}
        self._points = points
        self._clock = clock
        self._name = name
        self._point = np.array(list(self._writable), dtype=np.int32)
        self._shown = dict.fromkeys(self._writable, (math.nan, bad(Reason.WAITING)))
        self._fault: LinkError | None = None
        self._connected = False

    def show(self, point: int, value: float, quality: int = GOOD) -> None:
        """Set what the device shows from now on."""
        self._shown[point] = value, quality

    def fail(self, fault: LinkError | None) -> None:
        """Break the link with ``fault``, or mend it with None."""
        self._fault = fault
        self._connected = self._connected and fault is None

    async def connect(self) -> None:
        """Open, unless broken."""
        if self._fault is not None:
            raise self._fault.again()
        self._connected = True

    async def read(self) -> DecodedReading:
        """Everything as shown now."""
        if not self._connected:
            raise self._fault.again() if self._fault else ConnectError("not connected")
        value = np.array([v for v, _ in self._shown.values()], dtype=np.float64)
        quality = np.array([q for _, q in self._shown.values()], dtype=np.uint8)
        judge(value, quality, self._points.low[self._point], self._points.high[self._point])
        return DecodedReading(Batch.of(self._point, self._clock.now(), value, quality))

    async def write(self, point: int, value: float) -> WriteOutcome:
        """Set the value, as a device would."""
        if point not in self._writable:
            return not_carried(self._points[point], self._name)
        refused = refusal(self._points[point], value, writable=self._writable[point])
        if refused is not None:
            return refused
        if self._fault is not None:
            return Unknown(f"the link broke during the write ({self._fault})")
        if not self._connected:
            return Refused(f"{self._name} is not connected; nothing was sent")
        self.show(point, value)
        return Written(value)

    async def close(self) -> None:
        """Close."""
        self._connected = False
