"""Words become values."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.blocks import Layout, ReadLimits, plan_layout
from collectors.modbus.decode import DecodePlan
from collectors.modbus.encode import encode_words
from collectors.modbus.reading import RegisterReading
from collectors.modbus.slot import Slot
from telemetry.addresses import ModbusAddress, RegisterTable, RegisterType, WordOrder
from telemetry.devices import Channel
from telemetry.quality import GOOD, Reason, bad
from tests.collectors.making import by_point, pressure_points, registers, wide_points

NOW = 1_767_225_600_000_000_000


def decoded(
    channels: tuple[Channel[ModbusAddress], ...],
    payload: bytes,
    *,
    sentinels: dict[str, tuple[int, ...]] | None = None,
    pressures: bool = False,
) -> dict[int, tuple[float, int]]:
    """Decode one block's data bytes."""
    layout = plan_layout(channels, ReadLimits())
    assert len(layout.blocks) == 1
    points = (pressure_points if pressures else wide_points)(len(channels))
    plan = DecodePlan([layout], points, [sentinels or {}])
    reading = RegisterReading.blank(layout, plan, NOW)
    reading.fill(layout.blocks[0], payload, NOW)
    return by_point(reading.batch())


@pytest.mark.parametrize(
    ("order", "wire", "value"),
    [
        ("ABCD", "3EB33333", 0.35),
        ("CDAB", "33333EB3", 0.35),
        ("BADC", "B33E3333", 0.35),
        ("DCBA", "3333B33E", 0.35),
        ("ABCD", "42F6E979", 123.456),
        ("CDAB", "E97942F6", 123.456),
    ],
)
def test_published_float_vectors_in_their_orders_M10(order: str, wire: str, value: float) -> None:
    shown = decoded(registers(f"holding:0 float32 {order}"), bytes.fromhex(wire))
    assert math.isclose(shown[0][0], value, rel_tol=1e-7)
    assert shown[0][1] == GOOD


@given(raw=st.integers(0, 65_535), decimals=st.integers(0, 6))
def test_scaled_register_is_the_decimal_number_that_it_stands_for(raw: int, decimals: int) -> None:
    """Else 3 with a scale of 0.1 would lie beyond a limit of 0.3."""
    address = ModbusAddress(RegisterTable.HOLDING, 0)
    channel = Channel(0, "value", address, scale=float(f"1e-{decimals}"))
    shown = decoded((channel,), raw.to_bytes(2, "big"))
    assert shown[0][0] == float(f"{raw}e-{decimals}")


RANGES = {
    RegisterType.INT16: (-(2**15), 2**15 - 1),
    RegisterType.UINT16: (0, 2**16 - 1),
    RegisterType.INT32: (-(2**31), 2**31 - 1),
    RegisterType.UINT32: (0, 2**32 - 1),
}


@given(
    st.data(), st.sampled_from([*RANGES, RegisterType.FLOAT32]), st.sampled_from(list(WordOrder))
)
def test_what_is_encoded_is_decoded_again(
    data: st.DataObject, kind: RegisterType, order: WordOrder
) -> None:
    value = data.draw(
        st.floats(width=32, allow_nan=False, allow_infinity=False)
        if kind is RegisterType.FLOAT32
        else st.integers(*RANGES[kind])
    )
    address = ModbusAddress(RegisterTable.HOLDING, 7, kind, order)
    shown = decoded((Channel(0, "p0", address),), encode_words(address, float(value)))
    assert shown[0] == (float(value), GOOD)


@given(st.integers(0, 0xFFFF))
def test_each_bit_of_a_word_is_its_own_point(word: int) -> None:
    shown = decoded(registers(*(f"holding:3.{bit}" for bit in range(16))), struct.pack(">H", word))
    assert [shown[bit][0] for bit in range(16)] == [word >> bit & 1 for bit in range(16)]


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_coils_come_lowest_bit_first(states: list[bool]) -> None:
    packed = np.packbits(np.array(states), bitorder="little").tobytes()
    shown = decoded(registers(*(f"coil:{i}" for i in range(len(states)))), packed)
    assert [shown[i][0] for i in range(len(states))] == [float(s) for s in states]


def test_scale_and_offset_give_the_canonical_unit() -> None:
    address = registers("holding:0 int16")[0].address
    shown = decoded((Channel(0, "p0", address, 0.01, -1.0),), struct.pack(">h", 135))
    assert shown[0][0] == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("7FC00000", "nan"),
        ("7F800000", "inf"),
        ("FF800000", "-inf"),
        ("7F800001", "signalling nan"),
    ],
)
def test_no_number_is_bad_nan_M10(wire: str, name: str) -> None:
    value, quality = decoded(registers("holding:0 float32"), bytes.fromhex(wire))[0]
    assert math.isnan(value), name
    assert quality == bad(Reason.NAN)


@pytest.mark.parametrize(
    ("address", "wire", "sentinel"),
    [
        ("holding:0", "FFFF", 0xFFFF),
        ("holding:0 int16", "8000", 0x8000),
        ("holding:0 uint32", "FFFFFFFF", 0xFFFF),
        ("holding:0 int32 CDAB", "7FFF7FFF", 0x7FFF),
    ],
)
def test_a_sentinel_is_a_failed_sensor_M10(address: str, wire: str, sentinel: int) -> None:
    shown = decoded(registers(address), bytes.fromhex(wire), sentinels={"p0": (sentinel,)})
    assert math.isnan(shown[0][0])
    assert shown[0][1] == bad(Reason.SENSOR)


def test_a_sentinel_word_in_half_of_a_long_value_is_a_value() -> None:
    shown = decoded(
        registers("holding:0 uint32"), bytes.fromhex("0001FFFF"), sentinels={"p0": (0xFFFF,)}
    )
    assert shown[0] == (131_071.0, GOOD)


def test_the_sentinel_of_one_signal_is_a_value_of_another() -> None:
    shown = decoded(
        registers("holding:0", "holding:1"), b"\xff\xff\xff\xff", sentinels={"p1": (0xFFFF,)}
    )
    assert shown[0] == (65_535.0, GOOD)
    assert shown[1][1] == bad(Reason.SENSOR)


def test_what_cannot_be_true_is_out_of_range_and_has_no_value() -> None:
    channels = registers("holding:0", "holding:1", scale=0.001)
    shown = decoded(channels, struct.pack(">HH", 350, 65_535), pressures=True)
    assert math.isclose(shown[0][0], 0.35)
    assert shown[0][1] == GOOD
    assert math.isnan(shown[1][0])
    assert shown[1][1] == bad(Reason.OUT_OF_RANGE)


def test_a_block_that_was_not_read_keeps_its_reason_even_over_a_sentinel() -> None:
    layout = plan_layout(registers("holding:0"), ReadLimits())
    plan = DecodePlan([layout], pressure_points(1), [{"p0": (0,)}])
    reading = RegisterReading.blank(layout, plan, NOW)
    reading.fail(layout.blocks[0], Reason.GATEWAY, NOW + 1)
    batch = reading.batch()
    assert by_point(batch)[0][1] == bad(Reason.GATEWAY)
    assert math.isnan(batch.value[0])
    assert batch.time.tolist() == [NOW + 1]
    assert reading.tally.faults == {"gateway": 1}


MIXED = (
    "holding:0 float32 DCBA",
    "holding:2 uint32 CDAB",
    "holding:4 int16",
    "holding:5.7",
    "holding:6 int32 BADC",
    "coil:3",
    "input:9",
)


def made_reading(layout: Layout, plan: DecodePlan, number: int) -> RegisterReading:
    """Random words for one device, the same for the same number."""
    reading = RegisterReading.blank(layout, plan, NOW + number)
    noise = np.random.default_rng(number)
    for block in layout.blocks:
        size = (block.count + 7) // 8 if block.bits else 2 * block.count
        reading.fill(block, noise.bytes(size), NOW + number)
    return reading


@given(st.lists(st.integers(0, 7), unique=True))
def test_a_slot_of_many_devices_decodes_as_each_alone(present: list[int]) -> None:
    points = wide_points(8 * len(MIXED))
    layouts, alone = [], []
    # Places of devices that are absent hold zeros, which must mark nobody's rows.
    sentinels = {"p2": (0,), "p6": (0, 1)}
    for device in range(8):
        channels = tuple(
            Channel(device * len(MIXED) + c.point, c.signal, c.address, c.scale)
            for c in registers(*MIXED)
        )
        layouts.append(plan_layout(channels, ReadLimits()))
        alone.append(DecodePlan([layouts[-1]], points, [sentinels]))
    slot = Slot(layouts, points, [sentinels] * 8)
    expected: dict[int, tuple[float, int]] = {}
    for number in present:
        reading = made_reading(layouts[number], alone[number], number)
        slot.put(reading)
        expected |= by_point(reading.batch())
    assert slot.samples == len(present) * len(MIXED)
    together = slot.take()
    np.testing.assert_equal(by_point(together), expected)
    assert sorted({int(t) for t in together.time}) == sorted(NOW + n for n in present)
    assert len(slot.take()) == 0


def test_a_slot_refuses_to_lose_a_reading() -> None:
    layout = plan_layout(registers("holding:0"), ReadLimits())
    slot = Slot([layout], wide_points(1))
    reading = RegisterReading.blank(layout, slot.plan, NOW)
    slot.put(reading)
    with pytest.raises(ValueError, match="holds a reading already"):
        slot.put(reading)
