"""A scaled reading is the decimal that the instrument shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collectors.scaling import as_fractions, scaled


@given(raw=st.integers(-(2**31), 2**31), digits=st.integers(0, 5))
def test_decimal_scales_give_the_nearest_number_to_the_decimal(raw: int, digits: int) -> None:
    assert scaled(raw, float(f"1e-{digits}"), 0.0) == float(f"{raw}e-{digits}")


@given(st.floats(1e-9, 1e9), st.floats(-1e6, 1e6))
def test_any_other_scale_is_plain_multiplication_to_the_last_bits(scale: float, raw: float) -> None:
    assert abs(scaled(raw, scale, 0.0) - raw * scale) <= 4e-16 * abs(raw * scale)


def test_arrays_and_single_numbers_are_scaled_alike() -> None:
    scales = [0.1, 1.0, 1 / 3, 0.006894757293168361]
    factor, divisor = as_fractions(scales)
    assert (7.0 * factor / divisor).tolist() == [scaled(7.0, scale, 0.0) for scale in scales]
