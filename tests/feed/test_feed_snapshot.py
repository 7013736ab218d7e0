"""What the public is told about an interval, and what it is not."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.plan import PublicLimit, plan_feed
from feed.published import PUBLISHED, REASONS, REMARKS, WATERS, Remark, Withheld, rounded
from feed.shape import Latest, Value
from feed.snapshot import Interval, build_snapshot
from feed.validation import Validation, station_value
from historian.queries import Series
from telemetry.clock import SECOND
from telemetry.kinds import Kind
from telemetry.places import Sampling
from telemetry.quality import GOOD, Reason, Severity, bad, quality, uncertain
from telemetry.text import Text
from tests.feed.town import NOON_NS, POINTS, PRESSURE, SHANGHAI, SITES, TURBIDITY, ZONES, index

if TYPE_CHECKING:
    from feed.plan import FeedPlan

INTERVAL = Interval(NOON_NS, NOON_NS + 300 * SECOND)
MINUTE = 60 * SECOND


def series(value: float, code: int = GOOD, *, begin_s: int = -60, end_s: int = 300) -> Series:
    time = NOON_NS + np.arange(begin_s, end_s, 15, dtype=np.int64) * SECOND
    return Series(time, np.full(len(time), value), np.full(len(time), code, dtype=np.uint8))


NOTHING = series(0.0, begin_s=0, end_s=0)


def town_plan(limits: dict[int, PublicLimit] | None = None) -> FeedPlan:
    given = {i: TURBIDITY for i, p in enumerate(POINTS) if p.kind is Kind.TURBIDITY}
    given |= {i: PRESSURE for i, p in enumerate(POINTS) if p.kind is Kind.PRESSURE}
    return plan_feed(
        Text("泉城", "Spring City"),
        SHANGHAI,
        points=POINTS,
        sites=SITES,
        zones=ZONES,
        limits=given if limits is None else limits,
    )


def snapshot(**readings: Series) -> Latest:
    """A snapshot of readings named by site; what is not named has been silent."""
    plan = town_plan()
    found = dict.fromkeys(range(len(POINTS)), NOTHING)
    for name, values in readings.items():
        where, _, kind = name.partition("_")
        found[index(where, Kind(kind))] = values
    return build_snapshot(plan, found, INTERVAL, now=NOON_NS + 1_200 * SECOND, written_at=NOON_NS)


def value_of(latest: Latest, kind: Kind, district: str = "north") -> Value:
    (found,) = [v for v in latest.values if v.kind == kind and v.district == district]
    return found


def test_values_stand_for_a_district_and_a_water_and_raw_water_is_not_published() -> None:
    groups = [(v.district, v.water, v.kind) for v in snapshot().values]
    assert groups == [
        ("north", Sampling.NETWORK, Kind.TURBIDITY),
        ("north", Sampling.NETWORK, Kind.PH),
        ("north", Sampling.NETWORK, Kind.PRESSURE),
        ("south", Sampling.END, Kind.FREE_CHLORINE),
    ]
    # Pressure of three points in the network; the pumping station's is its own business.
    assert value_of(snapshot(), Kind.PRESSURE).stations_total == 3


def test_a_value_carries_interval_limit_source_and_that_it_is_provisional() -> None:
    value = value_of(snapshot(q1_turbidity=series(0.1249)), Kind.TURBIDITY)
    assert value.from_.isoformat() == "2026-11-24T12:00:00+08:00"
    assert value.to.isoformat() == "2026-11-24T12:05:00+08:00"
    assert (value.value, value.unit, value.decimals) == (0.12, "NTU", 2)
    assert value.limit is not None
    assert (value.limit.low, value.limit.high) == (None, 1.0)
    assert (value.limit.source, value.limit.verified) == ("GB 5749-2022 Table 1", False)
    assert value.within_limit is True
    assert value.provisional
    assert value.method == "online"
    assert (value.validated_share, value.data_capture) == (1.0, 1.0)
    assert (value.reason, value.remark) == (None, None)


def test_an_exceedance_is_published_with_a_remark() -> None:
    value = value_of(snapshot(q1_turbidity=series(3.4)), Kind.TURBIDITY)
    assert value.value == 3.4
    assert value.within_limit is False
    assert value.stations_outside == 1
    assert value.remark == Remark.OUTSIDE


def test_1_004_is_shown_as_1_00_and_still_outside_a_limit_of_1() -> None:
    value = value_of(snapshot(q1_turbidity=series(1.004)), Kind.TURBIDITY)
    assert value.value == 1.0
    assert value.within_limit is False
    assert value.remark == Remark.OUTSIDE_BEFORE_ROUNDING


def test_a_value_at_its_limit_is_within() -> None:
    assert value_of(snapshot(q1_turbidity=series(1.0)), Kind.TURBIDITY).within_limit is True


def test_a_kind_without_a_limit_is_neither_within_nor_outside() -> None:
    value = value_of(snapshot(q1_ph=series(7.4)), Kind.PH)
    assert (value.value, value.unit, value.limit, value.within_limit) == (7.4, "", None, None)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(uncertain(Reason.MAINTENANCE), Withheld.MAINTENANCE, id="cleaning"),
        pytest.param(bad(Reason.OUT_OF_SERVICE), Withheld.MAINTENANCE, id="out of service"),
        pytest.param(bad(Reason.TIMEOUT), Withheld.NO_CONNECTION, id="no answer"),
        pytest.param(bad(Reason.SENSOR), Withheld.INSTRUMENT_FAULT, id="sensor failed"),
        pytest.param(bad(Reason.OUT_OF_RANGE), Withheld.INSTRUMENT_FAULT, id="impossible"),
        pytest.param(uncertain(Reason.SUSPECT), Withheld.INSTRUMENT_FAULT, id="doubted"),
        pytest.param(bad(Reason.STALE), Withheld.NO_DATA, id="stale"),
        pytest.param(uncertain(Reason.SUBSTITUTED), Withheld.NOT_MEASURED, id="substituted"),
        pytest.param(quality(Severity.GOOD, Reason.MANUAL), Withheld.NOT_MEASURED, id="by hand"),
    ],
)
def test_what_is_not_measured_is_withheld_with_its_reason(code: int, reason: Withheld) -> None:
    value = value_of(snapshot(q1_turbidity=series(0.12, code)), Kind.TURBIDITY)
    assert (value.value, value.min, value.max, value.within_limit) == (None, None, None, None)
    assert value.reason == reason
    assert (value.validated_share, value.data_capture) == (0.0, 0.0)


def test_every_quality_reason_has_words_for_the_public() -> None:
    for reason in Reason:
        found = value_of(snapshot(q1_turbidity=series(0.1, bad(reason))), Kind.TURBIDITY).reason
        assert Withheld(str(found)) in REASONS


def test_silence_is_no_data_and_never_the_last_number() -> None:
    value = value_of(snapshot(q1_turbidity=series(0.12, begin_s=-600, end_s=0)), Kind.TURBIDITY)
    assert (value.value, value.reason, value.validated_share) == (None, Withheld.NO_DATA, None)


def test_a_late_but_good_reading_counts() -> None:
    late = series(0.12, quality(Severity.GOOD, Reason.LATE))
    assert value_of(snapshot(q1_turbidity=late), Kind.TURBIDITY).value == 0.12


@pytest.mark.parametrize(("good_s", "published"), [(225, True), (210, False)])
def test_three_quarters_of_an_interval_must_be_valid(good_s: int, published: bool) -> None:
    good, cleaning = series(0.12, end_s=good_s), series(9.0, uncertain(Reason.MAINTENANCE))
    later = cleaning.time >= NOON_NS + good_s * SECOND
    mixed = Series(
        np.concatenate([good.time, cleaning.time[later]]),
        np.concatenate([good.value, cleaning.value[later]]),
        np.concatenate([good.quality, cleaning.quality[later]]),
    )
    found = station_value(mixed, INTERVAL.start, INTERVAL.end, MINUTE, Validation())
    assert found.value == (pytest.approx(0.12) if published else None)
    assert found.reason is (None if published else Withheld.MAINTENANCE)


def test_a_few_readings_do_not_stand_for_five_minutes() -> None:
    few = series(0.12, begin_s=0, end_s=30)
    found = station_value(few, INTERVAL.start, INTERVAL.end, MINUTE, Validation())
    assert (found.value, found.reason) == (None, Withheld.TOO_FEW)
    assert found.capture == pytest.approx(75 / 300)


def test_readings_that_are_not_finite_never_reach_the_mean() -> None:
    found = station_value(series(np.nan), INTERVAL.start, INTERVAL.end, MINUTE, Validation())
    assert (found.value, found.valid) == (None, 0)


@given(
    st.lists(st.integers(-120, 360), min_size=1, max_size=40, unique=True),
    st.integers(1, 120),
)
def test_capture_is_the_time_within_reach_of_a_reading(seconds: list[int], reach_s: int) -> None:
    time = np.array(sorted(seconds), dtype=np.int64) * SECOND + NOON_NS
    readings = Series(time, np.ones(len(time)), np.zeros(len(time), dtype=np.uint8))
    found = station_value(
        readings, INTERVAL.start, INTERVAL.end, reach_s * SECOND, Validation(0.0, 0.0)
    )
    reached = {s for at in seconds for s in range(at, at + reach_s) if 0 <= s < 300}
    assert found.capture == pytest.approx(len(reached) / 300)


def test_several_stations_are_a_median_with_lowest_highest_and_number() -> None:
    value = value_of(
        snapshot(p1_pressure=series(0.301), p2_pressure=series(0.311), p3_pressure=series(0.352)),
        Kind.PRESSURE,
    )
    assert (value.value, value.min, value.max) == (0.31, 0.3, 0.35)
    assert (value.stations, value.stations_total, value.stations_outside) == (3, 3, 0)
    assert value.within_limit is True


def test_one_low_station_marks_the_district_although_the_median_is_good() -> None:
    value = value_of(
        snapshot(p1_pressure=series(0.11), p2_pressure=series(0.3), p3_pressure=series(0.3)),
        Kind.PRESSURE,
    )
    assert (value.value, value.min) == (0.3, 0.11)
    assert (value.within_limit, value.stations_outside) == (False, 1)
    assert value.remark == Remark.OUTSIDE


def test_a_station_that_is_missing_shows_in_number_and_capture() -> None:
    value = value_of(
        snapshot(p1_pressure=series(0.3), p2_pressure=series(0.3, bad(Reason.TIMEOUT))),
        Kind.PRESSURE,
    )
    assert (value.value, value.stations, value.stations_total) == (0.3, 1, 3)
    assert (value.validated_share, value.data_capture) == (0.5, 0.333)


def test_stations_are_judged_each_by_its_own_limit() -> None:
    high = replace(PRESSURE, low=0.2)
    plan = town_plan({index("p1", Kind.PRESSURE): high, index("p2", Kind.PRESSURE): PRESSURE})
    readings = dict.fromkeys(range(len(POINTS)), NOTHING)
    readings[index("p1", Kind.PRESSURE)] = series(0.3)
    readings[index("p2", Kind.PRESSURE)] = series(0.16)
    latest = build_snapshot(plan, readings, INTERVAL, now=NOON_NS, written_at=NOON_NS)
    value = value_of(latest, Kind.PRESSURE)
    assert value.within_limit is True
    assert value.limit is not None
    assert value.limit.low == 0.2  # of several the narrowest is shown


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (0.125, 2, 0.12),  # 五成双: from the middle to the even digit
        (0.135, 2, 0.14),
        (1.004, 2, 1.0),
        (1.005, 2, 1.0),  # as written; its binary form lies below the middle anyway
        (2.675, 2, 2.68),  # as written; its binary form lies below the middle
        (612.5, 0, 612.0),
        (-0.004, 2, 0.0),
    ],
)
def test_rounding_is_half_to_even_on_the_number_as_written(
    value: float, decimals: int, shown: float
) -> None:
    assert repr(rounded(value, decimals)) == repr(shown)


@given(st.floats(0, 3, allow_nan=False))
def test_rounding_never_hides_an_exceedance(turbidity: float) -> None:
    value = value_of(snapshot(q1_turbidity=series(turbidity)), Kind.TURBIDITY)
    mean = float(np.full(20, turbidity).mean())
    assert value.within_limit is (mean <= 1.0)
    assert (value.remark is not None) is (mean > 1.0)
    assert value.value is not None
    assert abs(value.value - turbidity) <= 0.005 + 1e-9


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1_000))
def test_how_bad_a_value_is_never_decides_whether_it_is_published(turbidity: float) -> None:
    assert value_of(snapshot(q1_turbidity=series(turbidity)), Kind.TURBIDITY).value is not None


def test_every_code_has_words_in_both_languages() -> None:
    assert set(REASONS) == set(Withheld)
    assert set(REMARKS) == set(Remark)
    texts = itertools.chain(
        REASONS.values(), REMARKS.values(), WATERS.values(), (k.title for k in PUBLISHED.values())
    )
    assert all(text.zh and text.en for text in texts)
