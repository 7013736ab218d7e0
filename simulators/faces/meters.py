"""Smart meters: who reports when, and what stands in the message.

A meter reports every few hours: its present total and flow, and the totals at the full hours
since its last report, as meters with a narrow-band radio do to spare the battery.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import numpy as np
import orjson

from simulators.faults import ClockSkew, Duplicate, Late
from simulators.instruments import METER_POINT
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulators.city import MeterTotals
    from simulators.instruments import Instruments
    from telemetry.devices import MqttSource

HOUR_NS = 3_600 * SECOND
MILLISECOND = SECOND // 1_000
NEW_BATTERY_V = 3.65
BATTERY_SPREAD_V = 0.25

MeterFault = ClockSkew | Duplicate | Late


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way to the broker."""

    topic: str
    payload: bytes


@dataclass(slots=True, eq=False)
class _Meter:
    """One meter: rows of its fields in the point table, and its habits."""

    sender: str
    rows: Mapping[str, int]
    due_ns: int
    reported_ns: int
    battery_v: float
    sequence: int = 0


class MeterFleet:
    """All meters of a source.

    Args:
        source: names the meters (the senders of its channels) and the topic.
        instruments: what the meters show now.
        totals: what they remember.
        report_s: seconds between two messages of one meter.
        seed: of the order in which they report, of batteries and of faults.
        start_ns: city time of the beginning.
    """

    def __init__(
        self,
        source: MqttSource,
        instruments: Instruments,
        totals: MeterTotals,
        *,
        report_s: float,
        seed: int,
        start_ns: int,
    ) -> None:
        self.source = source
        self._instruments, self._totals = instruments, totals
        self._report_ns = round(report_s * SECOND)
        self._random = random.Random(f"meters {seed}")  # noqa: S311  # play, not secrets
        meters = self._enrol(start_ns)
        self._queue = deque(sorted(meters, key=lambda meter: meter.due_ns))
        self._faults: list[MeterFault] = []
        self._held: list[Message] = []

    def _enrol(self, start_ns: int) -> list[_Meter]:
        """Meters report one after the other, as if they had always done so."""
        rows: dict[str, dict[str, int]] = {}
        for channel in self.source.channels:
            rows.setdefault(channel.address.sender, {})[channel.address.field] = channel.point
        result = []
        for sender, fields in rows.items():
            due_ns = start_ns + round(self._random.random() * self._report_ns)
            battery_v = NEW_BATTERY_V - self._random.random() * BATTERY_SPREAD_V
            result.append(_Meter(sender, fields, due_ns, due_ns - self._report_ns, battery_v))
        return result

    def due(self, now_ns: int) -> Iterator[Message]:
        """Messages to be sent now, duplicates included.

        Args:
            now_ns: city time.
        """
        while self._queue and self._queue[0].due_ns <= now_ns:
            meter = self._queue.popleft()
            self._queue.append(meter)
            yield from self._through_faults(self._report(meter, now_ns))
            meter.due_ns += self._report_ns
        if not any(isinstance(fault, Late) for fault in self._faults):
            yield from reversed(self._held)
            self._held.clear()

    def apply(self, fault: MeterFault) -> None:
        """Let a fault begin."""
        self._faults.append(fault)

    def clear(self, fault: MeterFault) -> None:
        """End it; what was held back goes out with the next :meth:`due`."""
        self._faults = [active for active in self._faults if active != fault]

    def _through_faults(self, message: Message) -> Iterator[Message]:
        copies = 1
        for fault in self._faults:
            match fault:
                case Duplicate(share=share):
                    copies += self._random.random() < share
                case Late(share=share):
                    if self._random.random() < share:
                        self._held.append(message)
                        return
                case ClockSkew():
                    pass  # stands in the message already
                case _:
                    assert_never(fault)
        for _ in range(copies):
            yield message

    def _report(self, meter: _Meter, now_ns: int) -> Message:
        skew_ms = sum(round(f.seconds * 1_000) for f in self._faults if isinstance(f, ClockSkew))
        meter.sequence += 1
        value = self._instruments.value
        body: dict[str, object] = {
            "meter": meter.sender,
            "seq": meter.sequence,
            "ts": now_ns // MILLISECOND + skew_ms,
            **{name: _rounded(value[row]) for name, row in meter.rows.items()},
            "battery_v": round(meter.battery_v, 2),
            **self._history(meter, now_ns, skew_ms),
        }
        meter.reported_ns = now_ns
        return Message(self.source.topic.format(sender=meter.sender), orjson.dumps(body))

    def _history(self, meter: _Meter, now_ns: int, skew_ms: int) -> dict[str, object]:
        """Totals at the full hours since the last report; nothing when there was none."""
        first = meter.reported_ns // HOUR_NS + 1
        hours = now_ns // HOUR_NS - first + 1
        row = self._meter_row(meter)
        if row is None or hours < 1:
            return {}
        totals = self._totals.totals_m3(first * HOUR_NS, hours)[:, row]
        return {
            "hist": {
                "start": first * HOUR_NS // MILLISECOND + skew_ms,
                "step_s": HOUR_NS // SECOND,
                "total_m3": [_rounded(total) for total in totals],
            }
        }

    def _meter_row(self, meter: _Meter) -> int | None:
        """The meter's row in the city, known by the name of its total's point."""
        if "total_m3" not in meter.rows:
            return None
        name = METER_POINT.fullmatch(self._instruments.points[meter.rows["total_m3"]].name)
        return int(name[1]) - 1 if name else None


def _rounded(value: float) -> float | None:
    """Litres; NaN becomes null, because JSON knows no NaN."""
    return None if np.isnan(value) else round(float(value), 3)
