"""Rules on arrays beside the same rule written sample by sample."""

from __future__ import annotations

import time

import numpy as np

from alarms.bank import RuleBank
from alarms.conditions import compile_rules
from bench.city import START_NS, large_city, low_pressure_rule, pressures
from bench.plain import Sample, Watched, judge
from bench.rows import Row, alternated, row
from telemetry.batch import Batch
from telemetry.clock import SECOND

_SECONDS = 10


def measure() -> list[Row]:
    """Evaluations a second of one limit rule over 10,000 and 50,000 points."""
    return [_measured(points) for points in (10_000, 50_000)]


def _measured(points: int) -> Row:
    city = large_city(points)
    index = np.arange(points, dtype=np.int32)
    batches = [
        Batch.of(index, START_NS + second * SECOND, pressures(points, second))
        for second in range(_SECONDS)
    ]

    def ours() -> float:
        bank = RuleBank(compile_rules([low_pressure_rule()], city.points, {}), START_NS)
        began = time.process_time()
        for batch in batches:
            bank.evaluate(batch, int(batch.time[0]))
        return points * _SECONDS / (time.process_time() - began)

    samples = [_samples(batch) for batch in batches[:3]]

    def reference() -> float:
        watched = [Watched() for _ in range(points)]
        began = time.process_time()
        for second in samples:
            judge(second, watched)
        return points * len(samples) / (time.process_time() - began)

    mine, theirs = alternated(ours, reference)
    goal = "at least 1,000,000 evaluations a second on one core"
    return row(
        f"limit rule over {points:,} points", mine, theirs, "evaluations/s", goal, met=mine >= 1e6
    )


def _samples(batch: Batch) -> list[Sample]:
    columns = (batch.point, batch.time, batch.value, batch.quality)
    return [Sample(*values) for values in zip(*(c.tolist() for c in columns), strict=True)]
