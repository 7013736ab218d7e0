"""How far back each kind of point is kept."""

from __future__ import annotations

import numpy as np

from historian.retention import EVER, Lifetimes
from historian.settings import HistorianSettings, Retention
from telemetry.kinds import Kind
from telemetry.points import Point
from telemetry.text import Text
from tests.historian.making import DAY, NOON


def point(name: str, kind: Kind) -> Point:
    return Point(name, kind, Text("点", "point"), "s", 0, 1)


POINTS = [point("s.a", Kind.PRESSURE), point("s.b", Kind.FLOW), point("s.c", Kind.LEVEL)]


def test_each_kind_has_its_own_time_and_the_others_the_general_one() -> None:
    settings = HistorianSettings(
        raw_days=400,
        keep_days=1000,
        kinds={
            Kind.PRESSURE: Retention(raw_days=30),
            Kind.FLOW: Retention(raw_days=2000),
        },
    )
    horizons = Lifetimes.of(settings, POINTS).at(NOON)
    midnight = NOON - DAY // 2
    assert ((midnight - horizons.raw) // DAY).tolist() == [30, 2000, 400]
    assert ((NOON - horizons.keep) // DAY).tolist() == [1000, 2000, 1000]
    assert (midnight - horizons.others_raw) // DAY == 400
    assert (NOON - horizons.others_keep) // DAY == 1000


def test_samples_are_thinned_by_whole_days_and_never_too_early() -> None:
    lifetimes = Lifetimes.of(HistorianSettings(raw_days=1.5, keep_days=2.25), POINTS[:1])
    horizons = lifetimes.at(NOON)
    assert horizons.raw.tolist() == [NOON - DAY // 2 - DAY]
    assert horizons.keep.tolist() == [NOON - 2 * DAY - DAY // 4]
    assert np.all(horizons.raw > EVER)
