"""What stands in a controller's registers."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client.mixin import ModbusClientMixin

from simulators.faces.encoding import Form, decode, encode
from telemetry.addresses import RegisterType, WordOrder


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (WordOrder.ABCD, (0x0102, 0x0304)),
        (WordOrder.CDAB, (0x0304, 0x0102)),
        (WordOrder.BADC, (0x0201, 0x0403)),
        (WordOrder.DCBA, (0x0403, 0x0201)),
    ],
)
def test_word_order_places_the_bytes_M10(order, words):
    assert encode(0x01020304, Form(RegisterType.UINT32, order)) == words


def test_one_register_has_no_word_order():
    assert encode(0x0102, Form(RegisterType.UINT16, WordOrder.DCBA)) == (0x0102,)


@pytest.mark.parametrize(
    ("type_", "value", "raw"),
    [
        (RegisterType.UINT16, 70_000.0, 65_535),
        (RegisterType.UINT16, -3.0, 0),
        (RegisterType.INT16, 40_000.0, 32_767),
        (RegisterType.INT16, -40_000.0, 0x8000),
        (RegisterType.UINT16, math.inf, 65_535),
    ],
)
def test_value_beyond_the_register_saturates(type_, value, raw):
    assert encode(value, Form(type_)) == (raw,)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (Form(RegisterType.UINT16), (0xFFFF,)),
        (Form(RegisterType.INT16), (0x7FFF,)),
        (Form(RegisterType.INT16, sentinel=0x8000), (0x8000,)),
        (Form(RegisterType.UINT32), (0xFFFF, 0xFFFF)),
        (Form(RegisterType.INT32, WordOrder.CDAB), (0xFFFF, 0x7FFF)),
        (Form(RegisterType.BIT), (0,)),
    ],
)
def test_no_value_becomes_the_sentinel_M10(form, words):
    assert encode(math.nan, form) == words


def test_no_value_in_a_float_is_a_nan_M10():
    words = encode(math.nan, Form(RegisterType.FLOAT32, WordOrder.BADC))
    assert math.isnan(decode(list(words), Form(RegisterType.FLOAT32, WordOrder.BADC)))


def test_true_value_never_looks_like_the_sentinel():
    assert encode(65_535.0, Form(RegisterType.UINT16, sentinel=0xFFFF)) == (65_534,)
    assert encode(-32_768.0, Form(RegisterType.INT16, sentinel=0x8000)) == (0x8001,)
    assert encode(65_535.0, Form(RegisterType.UINT16)) == (65_535,)


def test_scale_and_offset_are_undone():
    assert encode(0.18, Form(RegisterType.INT16, scale=0.001, offset=-0.1)) == (280,)


@given(
    value=st.floats(-1e6, 1e6),
    order=st.sampled_from(WordOrder),
    scale=st.sampled_from([1, 0.5, 10]),
)
def test_what_is_encoded_is_decoded_within_half_a_step(value, order, scale):
    form = Form(RegisterType.INT32, order, scale=scale, offset=3.0)
    assert decode(list(encode(value, form)), form) == pytest.approx(value, abs=scale / 2 + 1e-6)


@given(value=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_agrees_with_pymodbus(value):
    mixin = ModbusClientMixin
    expected = mixin.convert_to_registers(value, mixin.DATATYPE.FLOAT32)
    assert list(encode(value, Form(RegisterType.FLOAT32))) == expected
    swapped = mixin.convert_to_registers(value, mixin.DATATYPE.FLOAT32, word_order="little")
    assert list(encode(value, Form(RegisterType.FLOAT32).swapped())) == swapped


@given(number=st.integers(0, 2**32 - 1), order=st.sampled_from(WordOrder))
def test_swapping_words_twice_changes_nothing(number, order):
    form = Form(RegisterType.UINT32, order)
    assert encode(number, form.swapped().swapped()) == encode(number, form)
    assert encode(number, form.swapped()) == encode(number, form)[::-1]


def test_float_beyond_single_precision_saturates():
    (high, low) = encode(1e300, Form(RegisterType.FLOAT32))
    assert struct.pack(">HH", high, low) == struct.pack(">f", 3.4028234663852886e38)
