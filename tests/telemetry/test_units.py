"""Units: golden values, spellings, refusals."""

from __future__ import annotations

import pytest

from telemetry.errors import UnitError
from telemetry.kinds import FACTS, Kind
from telemetry.units import _CONVERSIONS, conversion


def canonical(kind: Kind, unit: str, value: float) -> float:
    found = conversion(kind, unit)
    return value * found.factor + found.shift


@pytest.mark.parametrize(
    ("kind", "unit", "value", "expected"),
    [
        (Kind.PRESSURE, "kPa", 180.0, 0.18),
        (Kind.PRESSURE, "Pa", 250_000.0, 0.25),
        (Kind.PRESSURE, "bar", 2.5, 0.25),
        (Kind.PRESSURE, "mH2O", 28.0, 0.2745862),
        (Kind.PRESSURE, "kgf/cm²", 2.0, 0.196133),
        (Kind.PRESSURE, "psi", 100.0, 0.6894757293168361),
        (Kind.FLOW, "L/s", 10.0, 36.0),
        (Kind.FLOW, "L/min", 100.0, 6.0),
        (Kind.FLOW, "L/h", 500.0, 0.5),
        (Kind.FLOW, "m³/s", 0.5, 1_800.0),
        (Kind.FLOW, "m³/d", 2_400.0, 100.0),
        (Kind.FLOW, "gpm", 100.0, 22.712470704),
        (Kind.LEVEL, "cm", 350.0, 3.5),
        (Kind.LEVEL, "mm", 3_500.0, 3.5),
        (Kind.LEVEL, "ft", 10.0, 3.048),
        (Kind.VOLUME, "L", 2_500.0, 2.5),
        (Kind.FREE_CHLORINE, "µg/L", 300.0, 0.3),
        (Kind.TOTAL_CHLORINE, "ppm", 0.5, 0.5),
        (Kind.TURBIDITY, "mNTU", 250.0, 0.25),
        (Kind.CONDUCTIVITY, "mS/cm", 0.6, 600.0),
        (Kind.REDOX, "V", 0.7, 700.0),
        (Kind.TEMPERATURE, "°F", 212.0, 100.0),
        (Kind.TEMPERATURE, "°F", -40.0, -40.0),
        (Kind.POWER, "W", 1_500.0, 1.5),
        (Kind.POWER, "MW", 0.4, 400.0),
        (Kind.ENERGY, "MWh", 1.2, 1_200.0),
        (Kind.ENERGY, "kW·h", 7.0, 7.0),
        (Kind.ENERGY, "Wh", 500.0, 0.5),
        (Kind.CURRENT, "mA", 4_000.0, 4.0),
        (Kind.VOLTAGE, "kV", 10.0, 10_000.0),
    ],
)
def test_a_value_arrives_in_the_canonical_unit(
    kind: Kind, unit: str, value: float, expected: float
) -> None:
    assert canonical(kind, unit, value) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", Kind)
def test_the_canonical_unit_and_no_unit_change_nothing(kind: Kind) -> None:
    assert canonical(kind, FACTS[kind].unit, 3.25) == 3.25
    assert canonical(kind, "", 3.25) == 3.25


@pytest.mark.parametrize("kind", _CONVERSIONS)
def test_every_table_holds_its_canonical_unit_as_identity(kind: Kind) -> None:
    found = _CONVERSIONS[kind][FACTS[kind].unit]
    assert (found.factor, found.shift) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("kind", "unit", "same"),
    [
        (Kind.TEMPERATURE, "℃", "°C"),
        (Kind.TEMPERATURE, "℉", "°F"),
        (Kind.FLOW, "㎥/h", "m³/h"),
        (Kind.FLOW, "m3/s", "m³/s"),
        (Kind.CONDUCTIVITY, "μS/cm", "µS/cm"),  # Greek mu, as most input methods type it
        (Kind.FREE_CHLORINE, "㎎/L", "mg/L"),
        (Kind.FREE_CHLORINE, "μg/L", "µg/L"),
        (Kind.PRESSURE, "kgf/cm2", "kgf/cm²"),
        (Kind.PRESSURE, " MPa ", "MPa"),
        (Kind.POWER, "㎾", "kW"),
    ],
)
def test_spellings_of_spreadsheets_are_read(kind: Kind, unit: str, same: str) -> None:
    assert conversion(kind, unit) == conversion(kind, same)


@pytest.mark.parametrize(
    ("kind", "unit", "sentence"),
    [
        (Kind.PRESSURE, "kpa", "did you mean 'kPa'"),
        (Kind.PRESSURE, "m³/h", "does not measure pressure: use one of MPa, kPa"),
        (Kind.FLOW, "l/s", "did you mean 'L/s'"),
        (Kind.PH, "mV", "use one of pH"),
        (Kind.STATE, "A", "use one of no unit"),
    ],
)
def test_a_unit_of_something_else_is_refused_with_those_that_fit(
    kind: Kind, unit: str, sentence: str
) -> None:
    with pytest.raises(UnitError, match=sentence.replace("?", r"\?")):
        conversion(kind, unit)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sane_range_and_decimals(kind: Kind) -> None:
    facts = FACTS[kind]
    assert facts.low < facts.high
    assert 0 <= facts.decimals <= 4
