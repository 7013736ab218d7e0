"""The example city as a plan for dashboards, and a quarter of an hour of its life."""

from __future__ import annotations

from functools import cache

import numpy as np

from config.bundled import example_city
from config.city import City
from config.load import load_city
from dashboards.plan import DashboardPlan
from service.cli.dashboards import plan_of
from simulators.model.city import CityModel
from telemetry.batch import Batch
from telemetry.points import PointTable
from telemetry.quality import GOOD, Reason, bad

END_NS = 1_767_268_800 * 10**9
"""2026-01-01 20:00 in Shanghai: the readings end here."""

END_MS = END_NS // 10**6
_STEP_NS = 15 * 10**9
_STEPS = 60
_HOUR_NS = 3_600 * 10**9


@cache
def example() -> City:
    """The bundled city; immutable, so that one is enough."""
    return load_city(example_city(), {})


def example_plan() -> DashboardPlan:
    """The bundled city for dashboards."""
    return plan_of(example())


def simulated_readings() -> list[Batch]:
    """A quarter of an hour of all instruments and two readings of all meters, up to :data:`END_NS`.

    Every instrument is BAD now and then, and one station is not reached for a while, as
    in life.
    """
    city = example()
    assert city.simulation is not None
    start = END_NS - _STEPS * _STEP_NS
    with CityModel(city.simulation, city.sites, start, local=city.timezone) as model:
        rows = np.array([city.points.index(name) for name in model.names], dtype=np.int32)
        lost = np.array([name.startswith("beiyuan.") for name in model.names])
        batches = [_meters(city.points, model)]
        for step in range(_STEPS):
            model.step()
            quality = np.full(len(rows), GOOD, dtype=np.uint8)
            quality[step::50] = bad(Reason.SENSOR)
            if 20 <= step < 40:
                quality[lost] = bad(Reason.TIMEOUT)
            batches.append(Batch.of(rows, model.now_ns, model.values, quality))
    return batches


def _meters(points: PointTable, model: CityModel) -> Batch:
    """Hourly readings before the end."""
    hours = 2
    first = END_NS - hours * _HOUR_NS
    totals = model.meters.totals_m3(first, hours)
    flows = np.gradient(totals, axis=0)
    count = model.meters.count
    names = [f"meters.m{number + 1:04d}" for number in range(count)]
    times = np.repeat(first + np.arange(hours) * _HOUR_NS, count)
    return Batch.concat(
        [
            Batch.of(
                np.tile([points.index(f"{name}.{signal}") for name in names], hours),
                times,
                values.ravel(),
            )
            for signal, values in (("total", totals), ("flow", flows))
        ]
    )
