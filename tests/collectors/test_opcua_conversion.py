"""What an OPC UA server says becomes value, quality and time."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from hypothesis import given
from hypothesis import strategies as st

from collectors.opcua.convert import Sample, convert, place_in_time, quality_of_status
from telemetry.clock import SECOND
from telemetry.quality import GOOD, Reason, Severity, bad, quality, severity_of, uncertain
from tests.collectors.opcua_server import answer

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
NOW = int(NOON.timestamp()) * SECOND
TOLERANCE = 300 * SECOND
HOUR = 3_600 * SECOND


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0x00000000, GOOD),
        (0x00960000, quality(Severity.GOOD, Reason.MANUAL)),
        (0x408F0000, uncertain(Reason.STALE)),
        (0x40900000, uncertain(Reason.STALE)),
        (0x40910000, uncertain(Reason.SUBSTITUTED)),
        (0x40920000, uncertain(Reason.SUBSTITUTED)),
        (0x40930000, uncertain(Reason.SUSPECT)),
        (0x40940000, uncertain(Reason.SUSPECT)),
        (0x40950000, uncertain(Reason.SUSPECT)),
        (0x80000000, bad(Reason.DEVICE)),
        (0x80050000, bad(Reason.COMM)),
        (0x80310000, bad(Reason.COMM)),
        (0x80340000, bad(Reason.CONFIG)),
        (0x80890000, bad(Reason.CONFIG)),
        (0x808A0000, bad(Reason.COMM)),
        (0x808B0000, bad(Reason.DEVICE)),
        (0x808C0000, bad(Reason.SENSOR)),
        (0x808D0000, bad(Reason.OUT_OF_SERVICE)),
        (0x800A0000, bad(Reason.TIMEOUT)),
        (0x80320000, bad(Reason.WAITING)),
    ],
)
def test_each_status_has_its_quality_whatever_its_low_bits_U7_U9(code: int, expected: int) -> None:
    assert quality_of_status(code) == expected
    assert quality_of_status(code | 0x0480) == expected


@given(st.integers(0, 0xFFFFFFFF))
def test_no_status_becomes_better_than_its_severity(code: int) -> None:
    worst = min(code >> 30, 2)
    assert severity_of(quality_of_status(code)) == worst


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (ua.Variant(0.35, ua.VariantType.Float), 0.35),
        (ua.Variant(-7, ua.VariantType.Int16), -7.0),
        (ua.Variant(True, ua.VariantType.Boolean), 1.0),
        (ua.Variant(2**40, ua.VariantType.UInt64), float(2**40)),
    ],
)
def test_numbers_and_truth_values_are_values(content: ua.Variant, value: float) -> None:
    sample = convert(answer(content))
    assert (sample.value, sample.quality) == (value, GOOD)


@pytest.mark.parametrize(
    "content",
    [
        ua.Variant("0.35", ua.VariantType.String),
        ua.Variant([0.35, 0.4], ua.VariantType.Double),
        ua.Variant(None, ua.VariantType.Null),
        ua.Variant(NOON, ua.VariantType.DateTime),
        ua.Variant(b"\x00", ua.VariantType.ByteString),
        None,
    ],
    ids=["text", "array", "null", "time", "bytes", "none"],
)
def test_what_is_no_single_number_is_bad_type_U7(content: ua.Variant | None) -> None:
    sample = convert(answer(content))
    assert math.isnan(sample.value)
    assert sample.quality == bad(Reason.TYPE)


def test_a_bad_status_keeps_its_own_reason_when_the_value_is_missing_U7() -> None:
    said = answer(ua.Variant(None), StatusCodes.BadSensorFailure)
    assert convert(said).quality == bad(Reason.SENSOR)


def test_an_uncertain_value_stands_beside_its_status_U7() -> None:
    said = answer(ua.Variant(0.3), StatusCodes.UncertainLastUsableValue)
    assert convert(said)[:2] == (0.3, uncertain(Reason.STALE))


def test_source_and_server_times_are_kept_to_the_microsecond_U8() -> None:
    moment = NOON + timedelta(microseconds=123_456)
    said = answer(ua.Variant(1.0), source=moment, server=NOON.replace(tzinfo=None))
    assert convert(said)[2:] == (NOW + 123_456_000, NOW)


def at(source: int | None, server: int | None = NOW) -> Sample:
    return Sample(1.0, GOOD, source, server)


def test_a_believable_source_time_is_the_samples_time_U8() -> None:
    assert place_in_time(at(NOW - 2 * SECOND), NOW, None, TOLERANCE) == (NOW - 2 * SECOND, False)


@pytest.mark.parametrize(
    ("source", "previous"),
    [
        (NOW + HOUR, None),
        (NOW + HOUR, NOW + HOUR),
        (NOW - HOUR, NOW - HOUR - SECOND),
        (-11_644_473_600 * SECOND, None),
    ],
    ids=["an-hour-ahead", "an-hour-ahead-and-stopped", "an-hour-behind", "year-1601"],
)
def test_a_wrong_source_clock_gives_way_to_the_servers_and_is_flagged_U8(
    source: int, previous: int | None
) -> None:
    assert place_in_time(at(source, NOW - SECOND), NOW, previous, TOLERANCE) == (NOW - SECOND, True)


def test_when_the_servers_clock_is_wrong_too_ours_is_used_U8() -> None:
    placed = place_in_time(at(NOW + HOUR, NOW + HOUR), NOW, None, TOLERANCE)
    assert placed == (NOW, True)


def test_an_unchanged_value_is_as_old_as_its_reading_not_as_its_last_change() -> None:
    assert place_in_time(at(NOW - HOUR), NOW, NOW - HOUR, TOLERANCE) == (NOW, False)


def test_an_old_time_at_first_sight_only_says_that_the_value_is_steady() -> None:
    assert place_in_time(at(NOW - HOUR), NOW, None, TOLERANCE) == (NOW, False)


def test_without_a_source_time_the_servers_is_used() -> None:
    assert place_in_time(at(None, NOW - SECOND), NOW, None, TOLERANCE) == (NOW - SECOND, False)
    assert place_in_time(at(None, None), NOW, None, TOLERANCE) == (NOW, False)
