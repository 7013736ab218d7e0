"""The references: the plainest way to do the same, an object per sample."""

from __future__ import annotations

import queue
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymodbus.client.mixin import ModbusClientMixin

from bench.city import A_STATION, START_NS
from telemetry.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample as an object."""

    point: int
    time: int
    value: float
    quality: int


@dataclass(slots=True)
class Watched:
    """What an object-by-object engine keeps of one point."""

    active: bool = False
    since: int | None = None


def judge(samples: Sequence[Sample], watched: Sequence[Watched]) -> None:
    """The limit rule of :func:`bench.city.low_pressure_rule`, a branch per sample."""
    for sample in samples:
        if sample.quality >> 6 > 0 or sample.value != sample.value:
            continue
        state = watched[sample.point]
        beyond = sample.value < 0.184 if state.active else sample.value < 0.18
        if beyond == state.active:
            state.since = None
        elif state.since is None:
            state.since = sample.time
        elif sample.time - state.since >= 3 * SECOND:
            state.active, state.since = beyond, None


def plain_service(payloads: Sequence[bytes], seconds: int, folder: Path) -> float:
    """Decode by pymodbus, a queue, the rule, rows in SQLite.

    Args:
        payloads: what each station answers.
        seconds: how often all are read.
        folder: for the database.

    Returns:
        Processor seconds for each second of readings.
    """
    points = len(payloads) * A_STATION
    database = sqlite3.connect(folder / "readings.sqlite")
    database.execute("pragma journal_mode=wal")
    database.execute("create table reading (point int, time int, value real, quality int)")
    watched = [Watched() for _ in range(points)]
    waiting: queue.SimpleQueue[Sample] = queue.SimpleQueue()
    began = time.process_time()
    for second in range(seconds):
        for station, payload in enumerate(payloads):
            for sample in _decoded(station, payload, START_NS + second * SECOND):
                waiting.put(sample)
        samples = [waiting.get() for _ in range(points)]
        judge(samples, watched)
        rows = [(s.point, s.time, s.value, s.quality) for s in samples]
        database.executemany("insert into reading values (?, ?, ?, ?)", rows)
        database.commit()
    took = time.process_time() - began
    database.close()
    return took / seconds


def _decoded(station: int, payload: bytes, now_ns: int) -> list[Sample]:
    words = [int.from_bytes(payload[i : i + 2]) for i in range(0, len(payload), 2)]
    return [
        Sample(station * A_STATION + place, now_ns, float32(words[2 * place : 2 * place + 2]), 0)
        for place in range(A_STATION)
    ]


def float32(words: list[int]) -> float:
    """Two registers as pymodbus makes a number of them."""
    kind = ModbusClientMixin.DATATYPE.FLOAT32
    value = ModbusClientMixin.convert_from_registers(words, kind)
    return float(value)  # type: ignore[arg-type]  # two words give one float
